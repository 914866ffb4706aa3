import Tensors

/// A seeded sample of rows in which classes keep their shares.
enum StratifiedSample {
  /// Rows to keep, ascending; all of them where there are no more than `limit`.
  ///
  /// Class c gives ⌊n_c · limit/N⌋ rows, and one more in the order of the largest remainder (the
  /// larger class first, then the first) until there are `limit`. Which rows, follows from the
  /// random bits at the row's place in the table.
  /// - Parameters:
  ///   - features: rows in class order.
  ///   - limit: the largest number of rows.
  ///   - random: a stream for this purpose.
  /// - Complexity: O(N log N).
  static func rows(of features: OrderedFeatures, limit: Int, random: CounterRandom) -> [Int] {
    let total = features.rowCount
    guard total > limit else { return Array(0..<total) }
    let counts = features.counts
    var quota = counts.map { $0 * limit / total }
    let order = counts.indices.sorted { a, b in
      let (first, second) = (counts[a] * limit % total, counts[b] * limit % total)
      if first != second { return first > second }
      return counts[a] != counts[b] ? counts[a] > counts[b] : a < b
    }
    for class_ in order.prefix(limit - quota.reduce(0, +)) { quota[class_] += 1 }
    return counts.indices.flatMap { class_ in
      shuffled(features, class_, random).prefix(quota[class_]).sorted()
    }
  }

  /// The rows of a class in an order that is random, and the same whatever other classes there are.
  static func shuffled(
    _ features: OrderedFeatures, _ class_: Int, _ random: CounterRandom
  ) -> [Int] {
    (features.starts[class_]..<features.starts[class_ + 1])
      .map { (row: $0, bits: random.bits(at: UInt64(features.rows[$0]))) }
      .sorted { $0.bits < $1.bits }
      .map(\.row)
  }
}
