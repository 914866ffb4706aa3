import Foundation

/// The gamma function's logarithm and its derivative, for positive numbers.
///
/// Both step up to x ≥ 10 by their recurrences, and take the asymptotic series there: to some units
/// of 10⁻¹⁵ of max(1, |result|). The system's `lgamma` writes a global variable, so threads cannot
/// share it.
/// - Reference: Abramowitz & Stegun, "Handbook of mathematical functions", eq. 6.1.15, 6.1.40,
///   6.3.5 and 6.3.18.
enum GammaFunction {
  /// ln Γ(x), x > 0.
  static func logarithm(_ x: Double) -> Double {
    precondition(x > 0)
    var (x, product) = (x, 1.0)
    while x < 10 {
      product *= x
      x += 1
    }
    let square = 1 / (x * x)
    // B₂ₙ / (2n (2n − 1) x²ⁿ⁻¹)
    let coefficients: [Double] = [
      1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360_360, 1.0 / 156,
    ]
    let series = horner(coefficients, square) / x
    return (x - 0.5) * log(x) - x + 0.5 * log(2 * Double.pi) + series - log(product)
  }

  /// ψ(x) = d ln Γ(x)/dx, x > 0.
  static func digamma(_ x: Double) -> Double {
    precondition(x > 0)
    var (x, sum) = (x, 0.0)
    while x < 10 {
      sum += 1 / x
      x += 1
    }
    let square = 1 / (x * x)
    // B₂ₙ / (2n x²ⁿ)
    let coefficients: [Double] = [
      1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32_760, 1.0 / 12,
    ]
    let series = horner(coefficients, square) * square
    return log(x) - 0.5 / x - series - sum
  }

  /// The polynomial c₀ + c₁ x + c₂ x² and so on.
  private static func horner(_ coefficients: [Double], _ x: Double) -> Double {
    coefficients.reversed().reduce(0) { sum, coefficient in sum * x + coefficient }
  }
}
