internal import Datasets
internal import Images

/// Which pictures of a data set are the same, exactly or nearly.
public struct DuplicateGroups: Sendable, Hashable {
  /// Indices of samples with the same size and pixels: groups of more than one, ascending, in the
  /// order of their first member.
  public let exact: [[Int]]
  /// Pairs of samples that were found to be near-duplicates and not exact ones; enough of them to
  /// connect each group.
  public let nearPairs: [[Int]]
  /// Indices of samples connected by exact or near duplication, likewise.
  public let together: [[Int]]

  /// Groups from what was found; `count` is the number of samples.
  init(exact: [[Int]], nearPairs: [[Int]], count: Int) {
    self.exact = exact
    self.nearPairs = nearPairs
    var sets = DisjointSets(count: count)
    for group in exact { for member in group.dropFirst() { sets.join(group[0], member) } }
    for pair in nearPairs { sets.join(pair[0], pair[1]) }
    together = sets.groups()
  }

  /// The groups of equal pixels.
  static func exact(_ table: InspectionTable) -> [[Int]] {
    var groups: [PixelHash: [Int]] = [:]
    for (index, record) in table.records.enumerated() {
      if let hash = record.hash { groups[hash, default: []].append(index) }
    }
    // In the order of the first member, so that hashing leaves no trace.
    return groups.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
  }

  /// The groups without the near pairs that a second opinion doesn't confirm.
  func confirmed(count: Int, by agrees: (Int, Int) -> Bool) -> DuplicateGroups {
    DuplicateGroups(
      exact: exact, nearPairs: nearPairs.filter { agrees($0[0], $0[1]) }, count: count)
  }
}
