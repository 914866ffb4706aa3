import Foundation
public import Tensors

/// Multinomial logistic regression on features: the linear probe.
///
/// Minimises `1/N Σᵢ −ln softmax(xᵢᵀW + b)[yᵢ] + λ/2 ‖W‖²` by L-BFGS; the bias is not penalised.
/// Features are centred and divided by one number, the root mean square of all entries, before the
/// fit, so that a penalty means the same for every network; the result is given back for the
/// features as they were.
///
/// - Reference: Kornblith, Shlens & Le (2019), "Do better ImageNet models transfer better?",
///   appendix A.3 (L-BFGS probe, penalty chosen on validation data).
public struct SoftmaxRegression: Sendable, Equatable {
  /// The weights, `[D, C]`.
  public var weights: Matrix
  /// The biases, `C` values.
  public var bias: [Double]

  /// Creates a classifier from its parameters.
  /// - Precondition: as many biases as columns of weights.
  public init(weights: Matrix, bias: [Double]) {
    precondition(weights.columns == bias.count)
    self.weights = weights
    self.bias = bias
  }

  /// Class probabilities, one row of `C` for each row of `features` `[N, D]`.
  public func probabilities(of features: Tensor) -> [[Float]] {
    precondition(features.shape.count == 2 && features.shape[1] == weights.rows)
    let classCount = bias.count
    return stride(from: 0, to: features.rowCount, by: 1024).flatMap { start -> [[Float]] in
      let block = Matrix(features.rows(start..<min(start + 1024, features.rowCount)))
      let scores = LinearAlgebra.multiply(block, weights).values
      return (0..<block.rows).map { row in
        let values = (0..<classCount).map { scores[row * classCount + $0] + bias[$0] }
        let peak = values.max() ?? 0
        let powers = values.map { exp($0 - peak) }
        let sum = powers.reduce(0, +)
        return powers.map { Float($0 / sum) }
      }
    }
  }

  /// Features and labels made ready to be fitted with any number of penalties.
  public struct Problem: Sendable {
    private let features: Rows
    private let labels: [Int]
    private let mean: [Double]
    private let scale: Double
    private let width: Int
    private let classCount: Int
    /// Rows in Float64, or in Float32 where there is much to multiply.
    private enum Rows: Sendable {
      case double(Matrix)
      case single(SingleMatrix)
    }

    /// N·k·C above which principal component scores are multiplied in Float32.
    private static let manyProducts = 10_000_000

    /// Whether products are in Float32, so that only a fit that ends early makes sense.
    var isLarge: Bool {
      if case .single = features { true } else { false }
    }

    /// The mean square of each column, where columns are uncorrelated; nil where that is not known.
    private let curvatures: [Double]?

    /// Takes principal component scores `[N, k]`, or a part of their rows, as they are.
    ///
    /// Nothing is centred or scaled. Because the columns are uncorrelated, or nearly, a fit in
    /// variables that are scaled by what the loss bends along each column takes few iterations.
    /// Where N·k·C is above `manyProducts` products are in Float32, and the objective and its gradient
    /// have six digits: enough for a fit that ends at a decrease of 10⁻⁵ or more.
    ///
    /// - Precondition: at least one row; labels in `0..<classCount`.
    init(scores: Matrix, labels: [Int], classCount: Int) {
      precondition(scores.rows == labels.count && !labels.isEmpty)
      let width = scores.columns
      var squares = [Double](repeating: 0, count: width)
      scores.values.withUnsafeBufferPointer { values in
        for row in labels.indices {
          for column in 0..<width {
            squares[column] += values[row * width + column] * values[row * width + column]
          }
        }
      }
      let isLarge = scores.rows * width * classCount > Self.manyProducts
      self.features = isLarge ? .single(SingleMatrix(scores)) : .double(scores)
      self.labels = labels
      self.width = width
      self.mean = [Double](repeating: 0, count: width)
      self.scale = 1
      self.classCount = classCount
      self.curvatures = squares.map { $0 / Double(labels.count) }
    }

    /// Centres and scales the rows of `features` `[N, D]` named by `rows` (all when nil).
    ///
    /// - Precondition: at least one row; labels in `0..<classCount`.
    public init(features: Tensor, labels: [Int], classCount: Int, rows: [Int]? = nil) {
      precondition(features.shape.count == 2 && features.rowCount == labels.count)
      let rows = rows ?? Array(labels.indices)
      precondition(!rows.isEmpty)
      let width = features.rowLength
      var values = [Double](repeating: 0, count: rows.count * width)
      features.withUnsafeBufferPointer { source in
        for (place, row) in rows.enumerated() {
          for d in 0..<width { values[place * width + d] = Double(source[row * width + d]) }
        }
      }
      var mean = [Double](repeating: 0, count: width)
      for place in rows.indices {
        for d in 0..<width { mean[d] += values[place * width + d] }
      }
      for d in 0..<width { mean[d] /= Double(rows.count) }
      var square = 0.0
      for place in rows.indices {
        for d in 0..<width {
          values[place * width + d] -= mean[d]
          square += values[place * width + d] * values[place * width + d]
        }
      }
      let deviation = (square / Double(rows.count * width)).squareRoot()
      // Features that are all the same have nothing to be scaled.
      scale = deviation > 0 ? deviation : 1
      for i in values.indices { values[i] /= scale }
      self.features = .double(Matrix(rows: rows.count, columns: width, values: values))
      self.width = width
      self.labels = rows.map { labels[$0] }
      self.mean = mean
      self.classCount = classCount
      self.curvatures = nil
    }

    /// Fits with one penalty.
    ///
    /// - Parameters:
    ///   - penalty: `λ`, on the scaled features.
    ///   - start: a solution for a near-by penalty to start from, or nil for zeros.
    /// - Complexity: `O(N D C)` per iteration.
    public func fit(
      penalty: Double, from start: SoftmaxRegression? = nil, maximumIterations: Int = 300
    ) -> SoftmaxRegression {
      let solver = LBFGS(maximumIterations: maximumIterations, gradientTolerance: 1e-6)
      return minimum(penalty: penalty, from: start, solver: solver).solution
    }

    /// The solution for one penalty and the objective there.
    ///
    /// Where the columns are uncorrelated the variables are `u = w √(κ v + λ)`, with `v` a column's
    /// mean square and `κ = (1 − 1/C)/C` the bend of the loss where all classes are as likely.
    ///
    /// - Reference: Böhning, "Multinomial logistic regression algorithm", AISM 44 (1992), for the
    ///   bound on the Hessian that this takes the diagonal of.
    func minimum(
      penalty: Double, from start: SoftmaxRegression? = nil, solver: LBFGS
    ) -> (solution: SoftmaxRegression, value: Double) {
      let bend = max(1 - 1 / Double(classCount), 0.5) / Double(classCount)
      let units = curvatures.map { curvatures in
        (curvatures.map { 1 / ($0 * bend + penalty).squareRoot() } + [1 / bend.squareRoot()])
          .flatMap { [Double](repeating: $0, count: classCount) }
      }
      var first = start.map(packed) ?? [Double](repeating: 0, count: (width + 1) * classCount)
      guard let units else {
        let result = solver.minimize(from: first) { point, gradient in
          value(at: point, penalty: penalty, gradient: &gradient)
        }
        return (unpacked(result.point), result.value)
      }
      for index in first.indices { first[index] /= units[index] }
      let result = solver.minimize(from: first) { point, gradient in
        let value = value(at: Self.product(point, units), penalty: penalty, gradient: &gradient)
        for index in units.indices { gradient[index] *= units[index] }
        return value
      }
      return (unpacked(Self.product(result.point, units)), result.value)
    }

    private static func product(_ a: [Double], _ b: [Double]) -> [Double] {
      var result = a
      for index in result.indices { result[index] *= b[index] }
      return result
    }

    /// The objective and its gradient at `[W | b]`, `(D + 1) · C` values.
    package func value(at point: [Double], penalty: Double, gradient: inout [Double]) -> Double {
      let weightCount = width * classCount
      let weights = Matrix(rows: width, columns: classCount, values: Array(point[..<weightCount]))
      var residuals =
        switch features {
        case .double(let rows): LinearAlgebra.multiply(rows, weights)
        case .single(let rows): Matrix(LinearAlgebra.multiply(rows, SingleMatrix(weights)))
        }
      let loss = makeResiduals(&residuals, bias: Array(point[weightCount...]))
      let share = 1 / Double(labels.count)
      let products =
        switch features {
        case .double(let rows): LinearAlgebra.multiply(rows, transposed: true, residuals).values
        case .single(let rows):
          Matrix(LinearAlgebra.multiply(rows, transposed: true, SingleMatrix(residuals))).values
        }
      var square = 0.0
      for i in 0..<weightCount {
        gradient[i] = products[i] * share + penalty * point[i]
        square += point[i] * point[i]
      }
      for c in 0..<classCount { gradient[weightCount + c] = 0 }
      residuals.values.withUnsafeBufferPointer { residuals in
        for row in labels.indices {
          for c in 0..<classCount { gradient[weightCount + c] += residuals[row * classCount + c] }
        }
      }
      for c in 0..<classCount { gradient[weightCount + c] *= share }
      return loss * share + penalty / 2 * square
    }

    /// Turns scores less their bias into `softmax − one-hot`; returns the sum of the rows' losses.
    private func makeResiduals(_ scores: inout Matrix, bias: [Double]) -> Double {
      var losses = [Double](repeating: 0, count: labels.count)
      scores.values.withUnsafeMutableBufferPointer { scores in
        losses.withUnsafeMutableBufferPointer { losses in
          Parallel.ranges(labels.count, grain: 64) { begin, end in
            for index in begin..<end {
              let row = UnsafeMutableBufferPointer(
                rebasing: scores[index * classCount..<(index + 1) * classCount])
              for c in 0..<classCount { row[c] += bias[c] }
              let own = row[labels[index]]
              losses[index] = Softmax.apply(row) - own
              row[labels[index]] -= 1
            }
          }
        }
      }
      return losses.reduce(0, +)
    }

    private func packed(_ solution: SoftmaxRegression) -> [Double] {
      var point = solution.weights.values.map { $0 * scale }
      for c in 0..<classCount {
        let shift = (0..<width).reduce(0) { $0 + mean[$1] * solution.weights[$1, c] }
        point.append(solution.bias[c] + shift)
      }
      return point
    }

    private func unpacked(_ point: [Double]) -> SoftmaxRegression {
      let weights = Matrix(
        rows: width, columns: classCount,
        values: point[..<(width * classCount)].map { $0 / scale })
      let bias = (0..<classCount).map { c in
        point[width * classCount + c]
          - (0..<width).reduce(0) { $0 + mean[$1] * weights[$1, c] }
      }
      return SoftmaxRegression(weights: weights, bias: bias)
    }
  }
}
