internal import Tensors

/// Rows drawn from a table so that each class keeps its share, and at least one row while there is room.
enum StratifiedDraw {
  /// The chosen rows, ascending; all where there are no more than `limit`.
  ///
  /// Shares are rounded by largest remainder. A row's chance follows from (seed, its place within its
  /// class), so that two networks with the same labels get the same rows.
  /// - Complexity: O(N log N).
  static func rows(of labels: [Int], limit: Int, seed: UInt64) -> [Int] {
    guard labels.count > limit else { return Array(labels.indices) }
    let members = Dictionary(grouping: labels.indices, by: { labels[$0] })
    let classes = members.keys.sorted()
    let counts = classes.map { members[$0]?.count ?? 0 }
    let quotas = quotas(counts, limit: limit)
    let random = CounterRandom(seed: seed, key: "rows")
    return zip(classes, quotas).flatMap { label, quota -> ArraySlice<Int> in
      let rows = members[label] ?? []
      return rows.sorted {
        (random.bits(at: UInt64($0)), $0) < (random.bits(at: UInt64($1)), $1)
      }.prefix(quota)
    }.sorted()
  }

  /// One for each class, the largest classes first where there is not room for all; then in
  /// proportion to what is left of each, remainders to the largest.
  static func quotas(_ counts: [Int], limit: Int) -> [Int] {
    var quotas = [Int](repeating: 0, count: counts.count)
    let bySize = counts.indices.sorted { (counts[$1], $0) < (counts[$0], $1) }
    for index in bySize.prefix(limit) where counts[index] > 0 { quotas[index] = 1 }
    let left = limit - quotas.reduce(0, +)
    let spare = counts.indices.reduce(0) { $0 + counts[$1] - quotas[$1] }
    guard left > 0, spare > 0 else { return quotas }
    let shares = counts.indices.map { (counts[$0] - quotas[$0]) * left }
    for index in counts.indices { quotas[index] += shares[index] / spare }
    let byRemainder = counts.indices.sorted {
      (shares[$1] % spare, $0) < (shares[$0] % spare, $1)
    }
    for index in byRemainder.prefix(limit - quotas.reduce(0, +)) { quotas[index] += 1 }
    return quotas
  }
}
