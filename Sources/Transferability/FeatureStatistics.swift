public import Tensors

/// Sums over labelled feature rows from which scores follow: one pass, Float64, mergeable.
///
/// Counts n_c, class sums Σ_{i∈c} x_i [C, D], the Gram matrix Σ x xᵀ [D, D], and for shrinkage
/// Σ ‖x‖² x [D] and Σ ‖x‖⁴. Statistics of shards, merged, equal those of the whole up to rounding.
/// Memory O(D² + CD) whatever the number of rows.
public struct FeatureStatistics: Sendable {
  /// Number of features, D.
  public let dimension: Int
  /// The labels seen, ascending; row c of `classSums` belongs to `labels[c]`.
  public private(set) var labels: [Int] = []
  /// Rows seen of each label.
  public private(set) var counts: [Int] = []
  /// Sum of the rows of each label, [C, D].
  public private(set) var classSums: Matrix
  /// Σ x xᵀ, [D, D], uncentred.
  public private(set) var gram: Matrix
  /// Σ ‖x‖² x, [D].
  private(set) var normWeightedSum: [Double]
  /// Σ ‖x‖⁴.
  private(set) var fourthMoment: Double = 0

  /// No rows yet, of `dimension` features.
  public init(dimension: Int) {
    precondition(dimension > 0, "features need at least one dimension")
    self.dimension = dimension
    self.classSums = Matrix(rows: 0, columns: dimension)
    self.gram = Matrix(rows: dimension, columns: dimension)
    self.normWeightedSum = Array(repeating: 0, count: dimension)
  }

  /// Number of rows seen.
  public var count: Int { counts.reduce(0, +) }

  /// Number of labels with at least one row.
  public var classCount: Int { counts.count { $0 > 0 } }

  /// Sum of all rows, [D].
  public var sum: [Double] {
    (0..<labels.count).reduce(into: [Double](repeating: 0, count: dimension)) { sum, row in
      for column in 0..<dimension { sum[column] += classSums.values[row * dimension + column] }
    }
  }

  /// Adds rows.
  ///
  /// - Parameters:
  ///   - features: [n, D].
  ///   - labels: n labels.
  /// - Precondition: the shapes agree. Finiteness is `FeatureTable`'s to check.
  /// - Complexity: O(n·D²).
  public mutating func add(_ features: Tensor, labels: [Int]) {
    precondition(
      features.shape == [labels.count, dimension],
      "statistics of \(dimension) features, \(labels.count) labels got \(features.shape)")
    features.withUnsafeBufferPointer { add($0, labels: labels) }
  }

  /// Adds rows that follow each other in memory; see `add(_:labels:)`.
  mutating func add(_ x: UnsafeBufferPointer<Float>, labels: [Int]) {
    let width = dimension
    precondition(x.count == labels.count * width)
    admit(labels)
    let row = Dictionary(uniqueKeysWithValues: self.labels.enumerated().map { ($1, $0) })
    let classes = labels.compactMap { row[$0] }
    for class_ in classes { counts[class_] += 1 }
    let squares = Self.squaredNorms(x, width: width)
    fourthMoment += squares.reduce(0) { $0 + $1 * $1 }
    classSums.values.withUnsafeMutableBufferPointer { sums in
      normWeightedSum.withUnsafeMutableBufferPointer { weighted in
        // Each column is summed by one thread, in the order of the rows.
        guard let x = x.baseAddress, let sums = sums.baseAddress,
          let weighted = weighted.baseAddress
        else { return }
        Parallel.ranges(width, grain: 128) { begin, end in
          for (index, class_) in classes.enumerated() {
            Self.add(
              x + index * width + begin, times: squares[index], count: end - begin,
              to: sums + class_ * width + begin, and: weighted + begin)
          }
        }
      }
    }
    LinearAlgebra.accumulateGram(x, rows: labels.count, into: &gram)
  }

  /// Adds numbers to sums, and times a factor to others, eight at a time.
  private static func add(
    _ x: UnsafePointer<Float>, times factor: Double, count: Int,
    to sums: UnsafeMutablePointer<Double>, and weighted: UnsafeMutablePointer<Double>
  ) {
    var column = 0
    while column + 8 <= count {
      let values = SIMD8<Double>(
        UnsafeRawPointer(x + column).loadUnaligned(as: SIMD8<Float>.self))
      let sum = UnsafeRawPointer(sums + column).loadUnaligned(as: SIMD8<Double>.self)
      UnsafeMutableRawPointer(sums + column).storeBytes(
        of: sum + values, as: SIMD8<Double>.self)
      let other = UnsafeRawPointer(weighted + column).loadUnaligned(as: SIMD8<Double>.self)
      UnsafeMutableRawPointer(weighted + column).storeBytes(
        of: other + values * factor, as: SIMD8<Double>.self)
      column += 8
    }
    while column < count {
      sums[column] += Double(x[column])
      weighted[column] += factor * Double(x[column])
      column += 1
    }
  }

  /// ‖x‖² of each row, in eight partial sums so that the processor can add them side by side.
  private static func squaredNorms(_ x: UnsafeBufferPointer<Float>, width: Int) -> [Double] {
    let count = width == 0 ? 0 : x.count / width
    return Array(unsafeUninitializedCapacity: count) { norms, initialised in
      Parallel.ranges(count, grain: 64) { begin, end in
        for row in begin..<end {
          var sum = SIMD8<Double>.zero
          let start = row * width
          var column = 0
          while column + 8 <= width {
            var values = SIMD8<Double>.zero
            for lane in 0..<8 { values[lane] = Double(x[start + column + lane]) }
            sum += values * values
            column += 8
          }
          var norm = sum.sum()
          while column < width {
            let value = Double(x[start + column])
            norm += value * value
            column += 1
          }
          norms[row] = norm
        }
      }
      initialised = count
    }
  }

  /// Adds the statistics of other rows.
  ///
  /// - Precondition: the same number of features.
  public mutating func merge(_ other: FeatureStatistics) {
    precondition(other.dimension == dimension, "merging \(other.dimension) with \(dimension)")
    admit(other.labels)
    combine(other, sign: 1)
  }

  /// The statistics without some rows that they contain, as a jackknife needs them.
  ///
  /// Labels left without rows stay with count 0, and scores pass them over.
  /// - Precondition: `part` was merged or added before.
  public func removing(_ part: FeatureStatistics) -> FeatureStatistics {
    precondition(Set(part.labels).isSubset(of: labels), "removing labels that were never added")
    var rest = self
    rest.combine(part, sign: -1)
    return rest
  }

  private mutating func combine(_ other: FeatureStatistics, sign: Double) {
    for (index, label) in other.labels.enumerated() {
      guard let row = labels.firstIndex(of: label) else { continue }
      counts[row] += Int(sign) * other.counts[index]
      for column in 0..<dimension {
        classSums.values[row * dimension + column] +=
          sign * other.classSums.values[index * dimension + column]
      }
    }
    Self.add(other.gram.values, times: sign, to: &gram.values)
    Self.add(other.normWeightedSum, times: sign, to: &normWeightedSum)
    fourthMoment += sign * other.fourthMoment
  }

  private static func add(_ source: [Double], times factor: Double, to target: inout [Double]) {
    target.withUnsafeMutableBufferPointer { target in
      source.withUnsafeBufferPointer { source in
        for index in 0..<source.count { target[index] += factor * source[index] }
      }
    }
  }

  /// Makes room for labels not seen before, keeping labels ascending.
  private mutating func admit(_ new: [Int]) {
    let all = Set(labels).union(new).sorted()
    guard all != labels else { return }
    var sums = Matrix(rows: all.count, columns: dimension)
    var grown = [Int](repeating: 0, count: all.count)
    for (index, label) in labels.enumerated() {
      guard let row = all.firstIndex(of: label) else { continue }
      grown[row] = counts[index]
      for column in 0..<dimension {
        sums.values[row * dimension + column] = classSums.values[index * dimension + column]
      }
    }
    (labels, counts, classSums) = (all, grown, sums)
  }
}
