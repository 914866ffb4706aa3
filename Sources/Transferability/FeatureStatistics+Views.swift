import Tensors

extension FeatureStatistics {
  /// The columns that vary.
  ///
  /// A column is constant when its variance is below 10⁻¹² of its mean square, which is all that
  /// sums in Float64 can tell.
  var varyingColumns: [Int] {
    let sum = sum
    let rows = Double(max(1, count))
    return (0..<dimension).filter { column in
      let square = gram.values[column * dimension + column]
      return square - sum[column] * sum[column] / rows > 1e-12 * square
    }
  }

  /// The class sums and the Gram matrix in some of the columns only.
  ///
  /// Σ‖x‖²x and Σ‖x‖⁴ cannot be restricted so, and are not: see `shrinkageMoments`.
  func secondMoments(_ columns: [Int]) -> (classSums: Matrix, gram: Matrix) {
    guard columns.count < dimension else { return (classSums, gram) }
    var sums = Matrix(rows: labels.count, columns: columns.count)
    for row in 0..<labels.count {
      for (index, column) in columns.enumerated() {
        sums.values[row * columns.count + index] = classSums.values[row * dimension + column]
      }
    }
    var square = Matrix(rows: columns.count, columns: columns.count)
    for (i, row) in columns.enumerated() {
      for (j, column) in columns.enumerated() {
        square.values[i * columns.count + j] = gram.values[row * dimension + column]
      }
    }
    return (sums, square)
  }

  /// Σ ‖x − μ‖⁴ over all rows, from the moments about zero.
  ///
  /// With s = Σ x, q = Σ ‖x‖² and m = ‖μ‖²:
  /// Σ‖x‖⁴ + 4 μᵀGμ + N m² − 4 μᵀΣ‖x‖²x + 2 m q − 4 m μᵀs. Constant columns cancel by themselves.
  var centredFourthMoment: Double {
    let rows = Double(count)
    let mean = sum.map { $0 / rows }
    let gramMean = LinearAlgebra.multiply(gram, mean)
    let meanSquare = Self.dot(mean, mean)
    let total = (0..<dimension).reduce(0) { $0 + gram.values[$1 * dimension + $1] }
    return fourthMoment + 4 * Self.dot(mean, gramMean) + rows * meanSquare * meanSquare
      - 4 * Self.dot(mean, normWeightedSum) + 2 * meanSquare * total
      - 4 * meanSquare * rows * meanSquare
  }

  static func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

/// Mean and covariance of feature rows, and the class means about the mean.
struct CentredMoments {
  /// N.
  let count: Int
  /// Number of classes with rows.
  let classCount: Int
  /// Σ (x − μ)(x − μ)ᵀ / N over the varying columns, [D, D].
  var covariance: Matrix
  /// Row c: √(n_c / N) (μ_c − μ) for each class with rows, [C, D].
  var classDeviations: Matrix
  /// The largest mean square of a column, the scale on which sums lose digits.
  let scale: Double

  /// From statistics, in the columns given.
  init(_ statistics: FeatureStatistics, columns: [Int]) {
    let (sums, gram) = statistics.secondMoments(columns)
    let rows = Double(statistics.count)
    let width = columns.count
    let total = statistics.sum
    let mean = columns.map { total[$0] / rows }
    let present = statistics.counts.indices.filter { statistics.counts[$0] > 0 }
    var covariance = gram
    covariance.values.withUnsafeMutableBufferPointer { values in
      for i in 0..<width {
        for j in 0..<width {
          values[i * width + j] = values[i * width + j] / rows - mean[i] * mean[j]
        }
      }
    }
    var deviations = Matrix(rows: present.count, columns: width)
    for (index, row) in present.enumerated() {
      let size = Double(statistics.counts[row])
      let factor = (size / rows).squareRoot()
      for column in 0..<width {
        deviations.values[index * width + column] =
          factor * (sums.values[row * width + column] / size - mean[column])
      }
    }
    self.count = statistics.count
    self.classCount = present.count
    self.covariance = covariance
    self.classDeviations = deviations
    self.scale = (0..<width).reduce(0) { max($0, gram.values[$1 * width + $1] / rows) }
  }

  /// The moments of y = Bᵀx for a basis B of shape [D, k].
  func projected(onto basis: Matrix) -> CentredMoments {
    var moments = self
    moments.covariance = LinearAlgebra.multiply(
      basis, transposed: true, LinearAlgebra.multiply(covariance, basis))
    moments.classDeviations = LinearAlgebra.multiply(classDeviations, basis)
    return moments
  }
}
