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
/// As a score it is a predicted accuracy, from 0 to 1. Its replicates leave a block out of the share
/// and not out of the fit: what varies is which rows are asked, as in a test set's interval.
///
/// - Reference: Golub, Heath & Wahba, "Generalized cross-validation", Technometrics 21 (1979),
///   eq. 1.4–1.6 (the PRESS identity); Allen (1974).
public struct RidgeProbe: Sendable, Equatable {
  static let score = Score(
    id: "ridge-probe", name: "Ridge probe",
    summary: "Exact leave-one-out accuracy of a ridge regression on class indicators, 0 to 1.",
    need: .features, cost: "O(NDm + m³ + NmC) time, m = min(N, D), O(ND) memory",
    reference: "Golub, Heath & Wahba 1979, eq. 1.4 to 1.6", evaluate: outcome)

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
  /// - Complexity: `O(N D² + min(N, D)³)`, and `O(N min(N, D) C)` for each penalty; memory
  ///   `O(N D + D²)` in Float64.
  public init?(features: Tensor, labels: [Int], classCount: Int) {
    precondition(features.shape.count == 2 && features.rowCount == labels.count)
    precondition(labels.allSatisfy { (0..<classCount).contains($0) })
    guard labels.count > 1,
      let table = try? FeatureTable(model: "probe", features: features, labels: labels)
    else { return nil }
    var statistics = FeatureStatistics(dimension: features.rowLength)
    statistics.add(features, labels: labels)
    let answers: LeftOut?
    if let ordered = OrderedFeatures(
      table, statistics: statistics, blockOfRow: [Int](repeating: 0, count: labels.count))
    {
      guard let principal = try? PrincipalComponents(ordered, statistics: statistics)
      else { return nil }
      answers = LeftOut(
        left: principal.leftVectors(principal.scores(principal.count)), squares: principal.squares,
        classes: ordered.classOfRow)
    } else {
      // Features that say nothing leave the intercept.
      answers = LeftOut(
        left: Matrix(rows: labels.count, columns: 0), squares: [], classes: labels)
    }
    guard let answers else { return nil }
    self.init(answers)
  }

  private init(_ answers: LeftOut) {
    rightCount = answers.isRight.count { $0 }
    accuracy = Double(rightCount) / Double(answers.isRight.count)
    penalty = answers.penalty
  }

  private static func outcome(_ candidate: Candidate) throws -> Score.Outcome {
    guard let features = try candidate.ordered, let principal = try candidate.principal,
      principal.count > 0
    else { return Score.Outcome(undefined: "no feature varies over the images") }
    guard
      let answers = LeftOut(
        left: try principal.leftVectors(
          candidate.principalScores ?? principal.scores(principal.count)),
        squares: principal.squares, classes: features.classOfRow)
    else { return Score.Outcome(undefined: "the leave-one-out error is not finite") }
    let replicates = candidate.deletions.map { block -> Double? in
      let asked = features.blockOfRow.indices.filter { features.blockOfRow[$0] != block }
      return asked.isEmpty
        ? nil : Double(asked.count { answers.isRight[$0] }) / Double(asked.count)
    }
    return Score.Outcome(value: RidgeProbe(answers).accuracy, replicates: replicates)
  }
}

/// What ridge regression answers for each sample without it, at the best of the penalties.
private struct LeftOut {
  /// Whether each sample's largest answer is its own class.
  private(set) var isRight: [Bool] = []
  private(set) var penalty = 0.0

  /// - Parameters:
  ///   - left: U, [N, k].
  ///   - squares: S², k of them.
  ///   - classes: the class of each row, from 0.
  init?(left: Matrix, squares: [Double], classes: [Int]) {
    let count = classes.count
    let classCount = (classes.max() ?? 0) + 1
    var targets = Matrix(rows: count, columns: classCount)
    var means = [Double](repeating: 0, count: classCount)
    for class_ in classes { means[class_] += 1 / Double(count) }
    targets.values.withUnsafeMutableBufferPointer { targets in
      for (row, class_) in classes.enumerated() {
        for c in 0..<classCount {
          targets[row * classCount + c] = (c == class_ ? 1 : 0) - means[c]
        }
      }
    }
    let projected = LinearAlgebra.multiply(left, transposed: true, targets)
    let unit = squares.reduce(0, +) / Double(count)
    var least = Double.infinity
    for penalty in RidgeProbe.penalties {
      let shrinkage = squares.map { $0 / ($0 + penalty * unit) }
      var shrunk = projected
      shrunk.scaleRows(shrinkage)
      let fitted = LinearAlgebra.multiply(left, shrunk)
      var errors = [Double](repeating: 0, count: count)
      var right = [Bool](repeating: false, count: count)
      errors.withUnsafeMutableBufferPointer { errors in
        right.withUnsafeMutableBufferPointer { right in
          Parallel.ranges(count, grain: 64) { begin, end in
            for row in begin..<end {
              let leverage = Self.leverage(left, row: row, shrinkage)
              (errors[row], right[row]) = Self.answer(
                fitted, targets, row: row, class_: classes[row], means: means,
                rest: max(1 - leverage, 1e-12))
            }
          }
        }
      }
      let error = errors.reduce(0, +)
      guard error.isFinite, error < least else { continue }
      least = error
      isRight = right
      self.penalty = penalty
    }
    if isRight.isEmpty { return nil }
  }

  /// Hᵢᵢ, the intercept's share included.
  private static func leverage(_ left: Matrix, row: Int, _ shrinkage: [Double]) -> Double {
    let rank = shrinkage.count
    return left.values.withUnsafeBufferPointer { values in
      shrinkage.withUnsafeBufferPointer { shrinkage in
        var sum = 1 / Double(left.rows)
        for k in 0..<rank {
          let u = values[row * rank + k]
          sum += u * u * shrinkage[k]
        }
        return sum
      }
    }
  }

  /// The squared error of a sample left out, and whether it is named rightly.
  private static func answer(
    _ fitted: Matrix, _ targets: Matrix, row: Int, class_: Int, means: [Double], rest: Double
  ) -> (error: Double, isRight: Bool) {
    let classCount = means.count
    return fitted.values.withUnsafeBufferPointer { fitted in
      targets.values.withUnsafeBufferPointer { targets in
        var error = 0.0
        var named = 0
        var highest = -Double.infinity
        for c in 0..<classCount {
          let target = targets[row * classCount + c]
          let residual = (target - fitted[row * classCount + c]) / rest
          error += residual * residual
          let answer = target + means[c] - residual
          if answer > highest { (named, highest) = (c, answer) }
        }
        return (error, named == class_)
      }
    }
  }
}
