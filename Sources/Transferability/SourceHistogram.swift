public import Tensors

/// The joint distribution of target labels and source probabilities, mergeable.
///
/// Row c holds Σ_{i∈c} θ_i over source classes, [C, S]. It is the first pass of LEEP; the second,
/// `LEEP.sum`, needs the probabilities again and P(y | z) from here. The votes, how often source class
/// z was the most probable one for rows of label c, are all that NCE needs.
public struct SourceHistogram: Sendable {
  /// Number of source classes, S.
  public let sourceClassCount: Int
  /// Number of rows seen.
  public private(set) var count = 0
  /// Σ θ of each label, S numbers.
  public private(set) var mass: [Int: [Double]] = [:]
  /// Rows of each label whose most probable source class is z (the first of equals), S numbers.
  public private(set) var votes: [Int: [Int]] = [:]

  /// No rows yet.
  public init(sourceClassCount: Int) {
    self.sourceClassCount = sourceClassCount
  }

  /// Adds rows.
  ///
  /// - Parameters:
  ///   - probabilities: θ, [n, S].
  ///   - labels: n labels.
  /// - Precondition: the shapes agree.
  /// - Complexity: O(n·S).
  public mutating func add(_ probabilities: Tensor, labels: [Int]) {
    precondition(probabilities.shape == [labels.count, sourceClassCount])
    probabilities.withUnsafeBufferPointer { theta in
      for (row, label) in labels.enumerated() {
        add(
          row: UnsafeBufferPointer(
            rebasing: theta[row * sourceClassCount..<(row + 1) * sourceClassCount]), label: label)
      }
    }
  }

  mutating func add(row: UnsafeBufferPointer<Float>, label: Int) {
    count += 1
    var vote = 0
    for index in 1..<max(1, row.count) where row[index] > row[vote] { vote = index }
    votes[label, default: [Int](repeating: 0, count: sourceClassCount)][vote] += 1
    mass[label, default: [Double](repeating: 0, count: sourceClassCount)]
      .withUnsafeMutableBufferPointer { sum in
        for index in 0..<row.count { sum[index] += Double(row[index]) }
      }
  }

  /// Adds the histogram of other rows.
  ///
  /// - Precondition: the same source classes.
  public mutating func merge(_ other: SourceHistogram) {
    precondition(other.sourceClassCount == sourceClassCount)
    combine(other, sign: 1)
  }

  /// The histogram without rows that it contains.
  public func removing(_ part: SourceHistogram) -> SourceHistogram {
    var rest = self
    rest.combine(part, sign: -1)
    return rest
  }

  private mutating func combine(_ other: SourceHistogram, sign: Int) {
    count += sign * other.count
    for (label, values) in other.mass {
      var sum = mass[label, default: Array(repeating: 0, count: sourceClassCount)]
      for index in values.indices { sum[index] += Double(sign) * values[index] }
      mass[label] = sum
    }
    for (label, values) in other.votes {
      var sum = votes[label, default: Array(repeating: 0, count: sourceClassCount)]
      for index in values.indices { sum[index] += sign * values[index] }
      votes[label] = sum
    }
  }

  /// P(y | z) by label, S numbers each; 0 for source classes with less than 10⁻¹² of the mass.
  public var conditional: [Int: [Double]] {
    var total = [Double](repeating: 0, count: sourceClassCount)
    for values in mass.values { for index in values.indices { total[index] += values[index] } }
    let floor = 1e-12 * Double(count)
    return mass.mapValues { values in
      values.indices.map { total[$0] > floor ? max(0, values[$0]) / total[$0] : 0 }
    }
  }
}
