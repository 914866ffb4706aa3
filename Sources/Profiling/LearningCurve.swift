internal import Foundation
internal import Tensors

/// A falling power law fitted to errors at several sizes: error(n) = a + b · n^−c.
///
/// Fitted by least squares over a grid of c, where a and b ≥ 0 follow linearly. The floor a is only
/// kept where the data support it: where Schwarz's criterion is better with it than without.
///
/// - Reference: Hestness et al., Deep learning scaling is predictable, empirically, 2017, eq. 1;
///   Viering & Loog, The shape of learning curves, IEEE TPAMI 2022, §3.
package struct LearningCurve: Sendable, Equatable {
  /// The error that no number of labels removes.
  package var floor: Double
  /// The factor b.
  package var scale: Double
  /// The exponent c.
  package var exponent: Double

  private static let exponents = (1...40).map { Double($0) * 0.05 }

  /// The error at a size.
  package func error(at size: Double) -> Double { floor + scale * pow(size, -exponent) }

  /// The curve through errors at sizes; nil with fewer than two sizes.
  package init?(sizes: [Double], errors: [Double]) {
    precondition(sizes.count == errors.count, "LearningCurve: \(sizes.count) sizes")
    guard Set(sizes).count > 1 else { return nil }
    let plain = Self.best(sizes, errors, withFloor: false)
    let raised = Self.best(sizes, errors, withFloor: true)
    let count = Double(sizes.count)
    func criterion(_ squares: Double, _ parameters: Double) -> Double {
      count * log(max(squares, 1e-12) / count) + parameters * log(count)
    }
    let prefersFloor =
      Set(sizes).count > 3 && criterion(raised.squares, 3) < criterion(plain.squares, 2)
    self = prefersFloor ? raised.curve : plain.curve
  }

  private init(floor: Double, scale: Double, exponent: Double) {
    self.floor = floor
    self.scale = scale
    self.exponent = exponent
  }

  private static func best(
    _ sizes: [Double], _ errors: [Double], withFloor: Bool
  ) -> (curve: LearningCurve, squares: Double) {
    var best: (curve: LearningCurve, squares: Double)?
    for exponent in exponents {
      let powers = sizes.map { pow($0, -exponent) }
      let (floor, scale) = line(powers, errors, withFloor: withFloor)
      let curve = LearningCurve(floor: floor, scale: scale, exponent: exponent)
      let squares = zip(powers, errors).reduce(0.0) {
        let rest = $1.1 - floor - scale * $1.0
        return $0 + rest * rest
      }
      if best.map({ squares < $0.squares }) ?? true { best = (curve, squares) }
    }
    return best ?? (LearningCurve(floor: 0, scale: 0, exponent: 1), .infinity)
  }

  /// Least squares of y ≈ floor + scale · x with both at least zero.
  private static func line(
    _ x: [Double], _ y: [Double], withFloor: Bool
  ) -> (floor: Double, scale: Double) {
    let count = Double(x.count)
    let (sx, sy) = (x.reduce(0, +), y.reduce(0, +))
    let sxx = x.reduce(0) { $0 + $1 * $1 }
    let sxy = zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
    let through = (floor: 0.0, scale: max(0, sxy / sxx))
    guard withFloor else { return through }
    let determinant = count * sxx - sx * sx
    guard determinant > 1e-300 else { return through }
    let scale = (count * sxy - sx * sy) / determinant
    let floor = (sy - scale * sx) / count
    if scale < 0 { return (max(0, sy / count), 0) }
    return floor < 0 ? through : (floor, scale)
  }
}
