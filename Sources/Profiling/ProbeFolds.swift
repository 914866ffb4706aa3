internal import Datasets
internal import Tensors

/// Parts labelled rows into folds of equal classes that don't part pictures of the same thing.
package struct ProbeFolds: Sendable {
  /// The fold of each row, 0..<count.
  package let fold: [Int]
  /// How many folds there are.
  package let count: Int

  /// Deals the groups of each class out in turn, in an order drawn from the seed and the rows' names.
  ///
  /// - Parameters:
  ///   - labels: the class of each row.
  ///   - keys: the name of each row.
  ///   - groups: rows that stay together; the class of a group is that of its first row.
  package init(labels: [Int], keys: [String], groups: [[Int]], count: Int, seed: UInt64) {
    var fold = [Int](repeating: -1, count: labels.count)
    var members: [Int: [Int]] = [:]
    for group in groups {
      guard let first = group.first else { continue }
      members[first] = group
      for row in group.dropFirst() { fold[row] = -2 }
    }
    let order = labels.indices.filter { fold[$0] != -2 }
      .map { (labels[$0], CounterRandom(seed: seed, key: "fold/\(keys[$0])").bits(at: 0), $0) }
      .sorted { $0 < $1 }
    // One count through all classes, so that small classes don't all fall into the first folds.
    for (place, entry) in order.enumerated() {
      for row in members[entry.2] ?? [entry.2] { fold[row] = place % count }
    }
    self.fold = fold
    self.count = count
  }
}
