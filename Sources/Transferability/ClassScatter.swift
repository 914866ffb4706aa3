import Tensors

/// Class means and the covariance within classes, of rows in class order.
struct ClassScatter {
  /// μ_c, [C, k].
  let means: Matrix
  /// n_c.
  let counts: [Int]
  /// S_w = Σ (x − μ_c)(x − μ_c)ᵀ / N, [k, k].
  let within: Matrix
  /// The trace of Σ (x − μ)(x − μ)ᵀ / N: the variance of all rows.
  let variance: Double

  /// N.
  var rowCount: Int { counts.reduce(0, +) }

  /// Of any rows.
  ///
  /// - Parameters:
  ///   - rows: [N, k], class after class.
  ///   - starts: where each class begins, and N; no class is empty.
  /// - Complexity: O(Nk²).
  init(_ rows: Matrix, starts: [Int]) {
    let width = rows.columns
    let means = Self.means(rows, starts)
    var deviations = rows
    deviations.values.withUnsafeMutableBufferPointer { values in
      for class_ in 0..<starts.count - 1 {
        for row in starts[class_]..<starts[class_ + 1] {
          for column in 0..<width {
            values[row * width + column] -= means.values[class_ * width + column]
          }
        }
      }
    }
    var within = LinearAlgebra.gram(deviations)
    let share = 1 / Double(rows.rows)
    within.values.withUnsafeMutableBufferPointer { for index in $0.indices { $0[index] *= share } }
    self.init(means: means, starts: starts, within: within)
  }

  /// Of principal component scores, whose covariance is diagonal.
  ///
  /// - Parameters:
  ///   - scores: [N, k], class after class, centred.
  ///   - squares: the sum of squares of each column.
  ///   - starts: where each class begins, and N; no class is empty.
  /// - Complexity: O(Nk + Ck²).
  init(scores: Matrix, squares: [Double], starts: [Int]) {
    let width = scores.columns
    let rows = Double(scores.rows)
    let means = Self.means(scores, starts)
    var within = LinearAlgebra.gram(Self.weighted(means, starts))
    within.values.withUnsafeMutableBufferPointer { values in
      for index in values.indices { values[index] = -values[index] }
      for column in 0..<width { values[column * width + column] += squares[column] / rows }
    }
    self.init(means: means, starts: starts, within: within)
  }

  private init(means: Matrix, starts: [Int], within: Matrix) {
    let width = means.columns
    self.means = means
    self.counts = (0..<starts.count - 1).map { starts[$0 + 1] - starts[$0] }
    self.within = within
    let rows = Double(starts.last ?? 0)
    var centre = [Double](repeating: 0, count: width)
    for (class_, size) in counts.enumerated() {
      for column in 0..<width {
        centre[column] += Double(size) / rows * means.values[class_ * width + column]
      }
    }
    var variance = (0..<width).reduce(0) { $0 + max(0, within.values[$1 * width + $1]) }
    for (class_, size) in counts.enumerated() {
      for column in 0..<width {
        let deviation = means.values[class_ * width + column] - centre[column]
        variance += Double(size) / rows * deviation * deviation
      }
    }
    self.variance = variance
  }

  private static func means(_ rows: Matrix, _ starts: [Int]) -> Matrix {
    let width = rows.columns
    var means = Matrix(rows: starts.count - 1, columns: width)
    means.values.withUnsafeMutableBufferPointer { means in
      rows.values.withUnsafeBufferPointer { values in
        Parallel.forEach(starts.count - 1) { class_ in
          for row in starts[class_]..<starts[class_ + 1] {
            for column in 0..<width {
              means[class_ * width + column] += values[row * width + column]
            }
          }
          let share = 1 / Double(starts[class_ + 1] - starts[class_])
          for column in 0..<width { means[class_ * width + column] *= share }
        }
      }
    }
    return means
  }

  /// √(n_c / N) μ_c, whose Gram matrix is the covariance between the classes of centred rows.
  var weightedMeans: Matrix {
    Self.weighted(means, counts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) })
  }

  private static func weighted(_ means: Matrix, _ starts: [Int]) -> Matrix {
    var weighted = means
    let width = means.columns
    let rows = Double(starts.last ?? 1)
    for class_ in 0..<starts.count - 1 {
      let factor = (Double(starts[class_ + 1] - starts[class_]) / rows).squareRoot()
      for column in 0..<width { weighted.values[class_ * width + column] *= factor }
    }
    return weighted
  }

  /// S' = (1 − a) S_w + a tr(S_w)/D I, factored.
  ///
  /// Where the classes hold no variance beyond rounding, tr S_w ≤ 10⁻¹² tr S, S' is
  /// 10⁻¹² tr S/D I.
  /// - Parameters:
  ///   - shrinkage: a, in (0, 1].
  ///   - dimension: D, the number of features that the k directions are of.
  /// - Throws: `LinearAlgebraError` where S' cannot be factored.
  /// - Complexity: k³/3.
  func shrunkWithin(_ shrinkage: Double, dimension: Int) throws(LinearAlgebraError) -> Cholesky {
    let width = within.columns
    let trace = (0..<width).reduce(0) { $0 + within.values[$1 * width + $1] }
    let least = 1e-12 * variance
    guard trace > least else {
      var ridge = Matrix(rows: width, columns: width)
      for index in 0..<width { ridge.values[index * width + index] = least / Double(dimension) }
      return try LinearAlgebra.cholesky(ridge)
    }
    var shrunk = within
    shrunk.values.withUnsafeMutableBufferPointer { values in
      for index in values.indices { values[index] *= 1 - shrinkage }
      for index in 0..<width {
        values[index * width + index] += shrinkage * trace / Double(dimension)
      }
    }
    return try LinearAlgebra.cholesky(shrunk)
  }

  /// Whether S_w must be singular: fewer rows than the classes and directions have unknowns.
  var isSingular: Bool { rowCount - counts.count < within.columns }
}
