public import Datasets

/// How many pictures of a data set are the same as others.
public struct DuplicateCounts: Codable, Sendable, Hashable {
  /// Pictures beyond the first of each set with equal pixels.
  public var exact: Int
  /// Pictures in groups of near-duplicates, exact ones counted once, beyond the first of each.
  public var near: Int
  /// Pictures of a later split (validation, test) of which an earlier one holds a copy, exact or near.
  public var leaked: Int
  /// Pictures of which another class holds a copy, exact or near.
  public var conflicting: Int

  /// The counts of these groups.
  public init(_ groups: DuplicateGroups, in dataset: Dataset) {
    exact = groups.exact.reduce(0) { $0 + $1.count - 1 }
    near = groups.together.reduce(0) { $0 + $1.count - 1 } - exact
    leaked = 0
    conflicting = 0
    for group in groups.together {
      let samples = group.map { dataset.samples[$0] }
      let earliest = Split.allCases.first { split in samples.contains { $0.split == split } }
      leaked += samples.count { $0.split != earliest }
      if Set(samples.map(\.label)).count > 1 { conflicting += group.count }
    }
  }
}
