import Foundation
public import Tensors

/// The accuracy of a linear probe, told by exact leave-one-out of a ridge regression.
///
/// Class indicators `Y` are regressed on centred features `X = U S Vᵀ` with an intercept. With the
/// hat matrix `H = U S²(S² + λ)⁻¹ Uᵀ + 1/N`, the answer for a sample that was left out follows
/// without fitting again: `yᵢ − (yᵢ − ŷᵢ) / (1 − Hᵢᵢ)`. The penalty is the one with the least
/// leave-one-out squared error; the accuracy is the share of samples whose largest answer is their
/// own class.
///
/// - Reference: Golub, Heath & Wahba (1979), "Generalized cross-validation", eq. 1.4–1.6 (the PRESS
///   identity); Allen (1974).
public struct RidgeProbe: Sendable, Equatable {
  /// Leave-one-out accuracy, in `[0, 1]`.
  public let accuracy: Double
  /// How many samples were named rightly.
  public let rightCount: Int
  /// The penalty that was chosen, relative to the mean squared norm of a centred sample.
  public let penalty: Double

  /// The penalties that are tried, relative to the mean squared norm of a centred sample.
  static let penalties = (-8...4).map { pow(10, Double($0) / 2) }

  /// Fits and leaves out.
  ///
  /// - Parameters:
  ///   - features: `[N, D]`.
  ///   - labels: `N` labels in `0..<classCount`; classes may be absent.
  /// - Returns: nil when there are fewer than two samples, or features are not finite.
  /// - Complexity: `O(N D min(N, D) + min(N, D)³)`, and `O(N min(N, D) C)` for each penalty; memory
  ///   `O(N D)` in Float64.
  public init?(features: Tensor, labels: [Int], classCount: Int) {
    precondition(features.shape.count == 2 && features.rowCount == labels.count)
    let count = labels.count
    guard count > 1, let basis = Self.leftBasis(features) else { return nil }
    let (left, squares) = basis
    var targets = [Double](repeating: 0, count: count * classCount)
    var means = [Double](repeating: 0, count: classCount)
    for label in labels { means[label] += 1 / Double(count) }
    for (row, label) in labels.enumerated() {
      for c in 0..<classCount { targets[row * classCount + c] = (c == label ? 1 : 0) - means[c] }
    }
    let rank = squares.count
    let projected = LinearAlgebra.multiply(
      left, transposed: true, Matrix(rows: count, columns: classCount, values: targets)
    ).values
    let unit = squares.reduce(0, +) / Double(count)

    var best: (error: Double, right: Int, penalty: Double)?
    let basisValues = left.values
    for penalty in Self.penalties {
      let shrinkage = squares.map { $0 / ($0 + penalty * unit) }
      var shrunk = projected
      for k in 0..<rank {
        for c in 0..<classCount { shrunk[k * classCount + c] *= shrinkage[k] }
      }
      let fitted = LinearAlgebra.multiply(
        left, Matrix(rows: rank, columns: classCount, values: shrunk)
      ).values
      var error = 0.0
      var right = 0
      for (row, label) in labels.enumerated() {
        var leverage = 1 / Double(count)
        for k in 0..<rank {
          let u = basisValues[row * rank + k]
          leverage += u * u * shrinkage[k]
        }
        let rest = max(1 - leverage, 1e-12)
        var named = 0
        var highest = -Double.infinity
        for c in 0..<classCount {
          let target = targets[row * classCount + c]
          let residual = (target - fitted[row * classCount + c]) / rest
          error += residual * residual
          let answer = target + means[c] - residual
          if answer > highest { (named, highest) = (c, answer) }
        }
        if named == label { right += 1 }
      }
      if best.map({ error < $0.error }) ?? true { best = (error, right, penalty) }
    }
    guard let best, best.error.isFinite else { return nil }
    accuracy = Double(best.right) / Double(count)
    rightCount = best.right
    penalty = best.penalty
  }

  /// `U` and the squared singular values of the centred features; numerically empty directions are
  /// left out.
  private static func leftBasis(_ features: Tensor) -> (left: Matrix, squares: [Double])? {
    let count = features.rowCount
    let width = features.rowLength
    var values = Matrix(features).values
    guard values.allSatisfy(\.isFinite) else { return nil }
    var mean = [Double](repeating: 0, count: width)
    for row in 0..<count { for d in 0..<width { mean[d] += values[row * width + d] } }
    for d in 0..<width { mean[d] /= Double(count) }
    for row in 0..<count { for d in 0..<width { values[row * width + d] -= mean[d] } }
    let centred = Matrix(rows: count, columns: width, values: values)
    // The smaller of the two Gram matrices has the same spectrum.
    let isWide = count <= width
    let gram =
      isWide
      ? LinearAlgebra.multiply(centred, transposed: false, centred, transposed: true)
      : LinearAlgebra.gram(centred)
    guard let eigen = try? LinearAlgebra.symmetricEigen(gram) else { return nil }
    let order = eigen.values.count
    let largest = eigen.values.max() ?? 0
    let kept = (0..<order).filter { eigen.values[$0] > largest * 1e-12 && eigen.values[$0] > 0 }
    let squares = kept.map { eigen.values[$0] }
    var vectors = Matrix(rows: order, columns: kept.count)
    let source = eigen.vectors.values
    var target = vectors.values
    for row in 0..<order {
      for (place, k) in kept.enumerated() {
        let scale = isWide ? 1 : 1 / squares[place].squareRoot()
        target[row * kept.count + place] = source[row * order + k] * scale
      }
    }
    vectors.values = target
    return (isWide ? vectors : LinearAlgebra.multiply(centred, vectors), squares)
  }
}
