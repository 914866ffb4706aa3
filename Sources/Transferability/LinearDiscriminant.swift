import Foundation
import Tensors

/// Linear discriminant analysis: the posterior of classes that are normal with one covariance.
///
///     p(c | x) ∝ exp(xᵀW_c + b_c),  W_c = S'⁻¹ μ_c,  b_c = −½ μ_cᵀ W_c + ln(n_c / N)
///
/// - Reference: Hastie, Tibshirani & Friedman, "The elements of statistical learning", 2nd ed.,
///   eq. 4.10.
struct LinearDiscriminant {
  /// W, [k, C].
  private let weights: Matrix
  /// b, C of them.
  private let bias: [Double]

  /// From class means and the factor of S'.
  ///
  /// - Complexity: O(k²C).
  init(_ scatter: ClassScatter, within: Cholesky) {
    weights = within.solve(scatter.means.transposed)
    let (width, classes) = (scatter.means.columns, scatter.counts.count)
    let rows = Double(scatter.rowCount)
    var bias = scatter.counts.map { log(Double($0) / rows) }
    for column in 0..<width {
      for class_ in 0..<classes {
        bias[class_] -=
          0.5 * scatter.means.values[class_ * width + column]
          * weights.values[column * classes + class_]
      }
    }
    self.bias = bias
  }

  /// p(c | x) of each row, [N, C].
  ///
  /// - Complexity: O(NkC).
  func posteriors(_ rows: Matrix) -> Matrix {
    Softmax.probabilities(rows, weights: weights, bias: bias)
  }

  /// The mean over rows of the posterior of their own class.
  static func meanOwn(_ posteriors: Matrix, starts: [Int]) -> Double {
    let classes = starts.count - 1
    var sum = 0.0
    for class_ in 0..<classes {
      for row in starts[class_]..<starts[class_ + 1] {
        sum += posteriors.values[row * classes + class_]
      }
    }
    return sum / Double(posteriors.rows)
  }
}
