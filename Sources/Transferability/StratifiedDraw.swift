internal import Tensors

/// Rows drawn from a table so that each class keeps its share, and at least one row while there is room.
enum StratifiedDraw {
  /// The chosen rows, ascending; all where there are no more than `limit`.
  ///
  /// Shares are those of `Quotas`. A row's chance follows from (seed, its place in the table), so that two
  /// networks with the same labels get the same rows.
  /// - Complexity: O(N log N).
  static func rows(of labels: [Int], limit: Int, seed: UInt64) -> [Int] {
    guard labels.count > limit else { return Array(labels.indices) }
    let members = Dictionary(grouping: labels.indices, by: { labels[$0] })
    let classes = members.keys.sorted()
    let counts = classes.map { members[$0]?.count ?? 0 }
    let quotas = Quotas.proportional(to: counts, limit: limit)
    let random = CounterRandom(seed: seed, key: "rows")
    return zip(classes, quotas).flatMap { label, quota -> ArraySlice<Int> in
      let rows = members[label] ?? []
      return rows.sorted {
        (random.bits(at: UInt64($0)), $0) < (random.bits(at: UInt64($1)), $1)
      }.prefix(quota)
    }.sorted()
  }
}
