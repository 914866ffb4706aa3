import Tensors

/// The principal components of a network's features: all directions in which they vary.
///
///     X_c = U diag(s) Vᵀ,  Σ v vᵀ s²/N = covariance
///
/// of the scaled, centred rows X_c of `OrderedFeatures`. The number k of components is the rank: at
/// most N − 1 and d, without what is rounding. The first entry of greatest magnitude of each
/// direction is positive, so that signs are no accident of the library.
struct PrincipalComponents: Sendable {
  /// s², descending, [k]; divide by N for variances.
  let squares: [Double]
  /// V, [d, k].
  let directions: Matrix
  private let features: OrderedFeatures
  /// U where the rows' products gave it, [N, k].
  private let left: Matrix?

  /// The number of components, k.
  var count: Int { squares.count }

  /// Decomposes the covariance, or with fewer rows than features the rows' products.
  ///
  /// - Throws: `LinearAlgebraError` where LAPACK fails.
  /// - Complexity: O(m³ + Nd·m) with m = min(N, d); memory O(m² + dk).
  init(_ features: OrderedFeatures, statistics: FeatureStatistics) throws(LinearAlgebraError) {
    self.features = features
    let (rows, width) = (features.rowCount, features.featureCount)
    let moments = CentredMoments(statistics, columns: features.columns)
    let unit = Double(rows) / (features.rms * features.rms)
    let isWide = rows < width
    let centred = isWide ? features.centred : features.values
    var square = moments.covariance
    if isWide {
      square = LinearAlgebra.multiply(centred, transposed: false, centred, transposed: true)
    } else {
      square.values.withUnsafeMutableBufferPointer { values in
        for index in values.indices { values[index] *= unit }
      }
    }
    let eigen = try LinearAlgebra.symmetricEigen(square)
    let largest = eigen.values.last ?? 0
    // Centring subtracts numbers as large as the mean squares: below that it is all rounding.
    let floor = max(largest, moments.scale * unit) * Double(max(rows, width)) * 0x1p-52
    var kept = Array(eigen.values.indices.filter { eigen.values[$0] > floor }.reversed())
    if kept.count > rows - 1 { kept = Array(kept.prefix(rows - 1)) }
    var vectors = eigen.vectors.columns(kept)
    squares = kept.map { eigen.values[$0] }
    var left: Matrix?
    if isWide {
      left = vectors
      vectors = LinearAlgebra.multiply(centred, transposed: true, vectors)
      vectors.scaleColumns(squares.map { 1 / $0.squareRoot() })
    }
    let signs = vectors.signs
    vectors.scaleColumns(signs)
    left?.scaleColumns(signs)
    directions = vectors
    self.left = left
  }

  /// U, [N, k], rows in class order, from the scores of all components.
  ///
  /// - Complexity: O(Nk), or O(1) with fewer rows than features.
  func leftVectors(_ scores: @autoclosure () throws -> Matrix) rethrows -> Matrix {
    if let left { return left }
    var vectors = try scores()
    vectors.scaleColumns(squares.map { 1 / $0.squareRoot() })
    return vectors
  }

  /// X_c V of the first `count` components, [N, count], rows in class order.
  ///
  /// - Complexity: O(Nd·count).
  func scores(_ count: Int) -> Matrix {
    precondition(count <= self.count, "\(count) of \(self.count) components")
    var scores = LinearAlgebra.multiply(features.values, directions.columns(Array(0..<count)))
    let shift = LinearAlgebra.multiply(
      directions.columns(Array(0..<count)), transposed: true, features.mean)
    scores.values.withUnsafeMutableBufferPointer { values in
      for row in 0..<features.rowCount {
        for column in 0..<count { values[row * count + column] -= shift[column] }
      }
    }
    return scores
  }
}

extension Matrix {
  /// Some of the columns, in the order given.
  func columns(_ chosen: [Int]) -> Matrix {
    var result = Matrix(rows: rows, columns: chosen.count)
    let width = columns
    values.withUnsafeBufferPointer { source in
      result.values.withUnsafeMutableBufferPointer { target in
        chosen.withUnsafeBufferPointer { chosen in
          for row in 0..<rows {
            for index in 0..<chosen.count {
              target[row * chosen.count + index] = source[row * width + chosen[index]]
            }
          }
        }
      }
    }
    return result
  }

  /// The first columns of some rows, in the order given.
  func rows(_ chosen: [Int], columns count: Int) -> Matrix {
    var result = Matrix(rows: chosen.count, columns: count)
    let width = columns
    values.withUnsafeBufferPointer { source in
      result.values.withUnsafeMutableBufferPointer { target in
        for (place, row) in chosen.enumerated() {
          for column in 0..<count { target[place * count + column] = source[row * width + column] }
        }
      }
    }
    return result
  }

  /// Multiplies each column by its factor.
  mutating func scaleColumns(_ factors: [Double]) {
    precondition(factors.count == columns)
    let (height, width) = (rows, columns)
    values.withUnsafeMutableBufferPointer { values in
      for row in 0..<height {
        for column in 0..<width { values[row * width + column] *= factors[column] }
      }
    }
  }

  /// Multiplies each row by its factor.
  mutating func scaleRows(_ factors: [Double]) {
    precondition(factors.count == rows)
    let width = columns
    values.withUnsafeMutableBufferPointer { values in
      for (row, factor) in factors.enumerated() {
        for column in 0..<width { values[row * width + column] *= factor }
      }
    }
  }

  /// 1 or −1 for each column, the sign of its first entry of greatest magnitude.
  ///
  /// Magnitudes are compared to within rounding, so that equal ones count as equal.
  var signs: [Double] {
    let (height, width) = (rows, columns)
    var greatest = [Double](repeating: 0, count: width)
    values.withUnsafeBufferPointer { values in
      for row in 0..<height {
        for column in 0..<width
        where abs(values[row * width + column]) > abs(greatest[column]) * (1 + 1e-9) {
          greatest[column] = values[row * width + column]
        }
      }
    }
    return greatest.map { $0 < 0 ? -1 : 1 }
  }
}
