import Foundation
import Tensors

/// Self-challenging Fisher discriminant analysis: how surely classes are told apart after the easy
/// rows were made harder.
///
///     S' = (1 − a) S_w + a tr(S_w)/D I,  a = max(e^(−5σ₁), 10⁻¹⁰),  σ₁ the top eigenvalue of S_w
///     p = posteriors of the discriminant analysis with S';  q_i = softmax(p_i)[y_i]
///     x'_i = q_i x_i + (1 − q_i) · mean of the other classes' means
///     score = mean_i p'_i[y_i] of the discriminant analysis refitted to x' with the same a
///
/// in (0, 1]. Features are divided by their root mean square first: a depends on scale, and so does
/// the authors' score. σ₁ is the Rayleigh quotient after three power steps from S_w·1, as in their
/// code. Where S_w is singular (N − C below the number of directions) the authors' score is 1
/// whatever the features; there a is at least 0.1, and the outcome says so.
/// - Complexity: O(ND·m + m³) with m = min(N, D), most of it shared with the other scores; two
///   factorisations and one Gram product are its own.
/// - Reference: Shao et al., "Not all models are equal: predicting model transferability in a
///   self-challenging Fisher space", ECCV 2022, eq. 5–9; arXiv:2207.03036.
public enum SFDA {
  static let score = Score(
    id: "sfda", name: "SFDA",
    summary: "Mean posterior of the own class by shrunk discriminant analysis, after mixing, ≤ 1.",
    need: .features, cost: "O(ND min(N, D)) time, O(ND) memory",
    reference: "Shao et al., ECCV 2022, eq. 5 to 9", evaluate: outcome)

  private static func outcome(_ candidate: Candidate) throws -> Score.Outcome {
    guard let features = try candidate.ordered, let result = try value(candidate) else {
      return Score.Outcome(undefined: "no feature varies over the images")
    }
    let replicates = candidate.recomputedWithoutEachBlock { try Self.value($0)?.score }
    var notes =
      result.isSingular ? ["shrinkage 0.1 or more: \(features.rowCount) rows are few"] : []
    if replicates.isEmpty { notes.append(Candidate.noReplicates) }
    return Score.Outcome(
      value: result.score, replicates: replicates,
      note: notes.isEmpty ? nil : notes.joined(separator: "; "))
  }

  private static func value(_ candidate: Candidate) throws -> (score: Double, isSingular: Bool)? {
    guard let features = try candidate.ordered, let principal = try candidate.principal,
      let rows = try candidate.principalScores, principal.count > 0, features.classCount > 1
    else { return nil }
    let starts = features.starts
    let scatter = ClassScatter(scores: rows, squares: principal.squares, starts: starts)
    let ones = LinearAlgebra.multiply(
      principal.directions, transposed: true,
      [Double](repeating: 1, count: features.featureCount))
    var shrinkage = max(exp(-5 * topEigenvalue(scatter.within, start: ones)), 1e-10)
    if scatter.isSingular { shrinkage = max(shrinkage, 0.1) }
    let first = LinearDiscriminant(
      scatter, within: try scatter.shrunkWithin(shrinkage, dimension: features.featureCount))
    let mixed = challenge(rows, first.posteriors(rows), scatter.means, starts)
    let harder = ClassScatter(mixed, starts: starts)
    let second = LinearDiscriminant(
      harder, within: try harder.shrunkWithin(shrinkage, dimension: features.featureCount))
    return (
      LinearDiscriminant.meanOwn(second.posteriors(mixed), starts: starts), scatter.isSingular
    )
  }

  /// The Rayleigh quotient of S after three power steps from S·start; 0 where S·start is nothing.
  private static func topEigenvalue(_ matrix: Matrix, start: [Double]) -> Double {
    var vector = LinearAlgebra.multiply(matrix, start)
    for _ in 0..<3 {
      guard let unit = normalised(vector) else { return 0 }
      vector = LinearAlgebra.multiply(matrix, unit)
    }
    guard let unit = normalised(vector) else { return 0 }
    return FeatureStatistics.dot(unit, LinearAlgebra.multiply(matrix, unit))
  }

  private static func normalised(_ vector: [Double]) -> [Double]? {
    let length = FeatureStatistics.dot(vector, vector).squareRoot()
    return length > 0 ? vector.map { $0 / length } : nil
  }

  /// Rows drawn to the mean of the other classes' means, the more so the less sure they are.
  private static func challenge(
    _ rows: Matrix, _ posteriors: Matrix, _ means: Matrix, _ starts: [Int]
  ) -> Matrix {
    let (width, classes) = (rows.columns, starts.count - 1)
    var sum = [Double](repeating: 0, count: width)
    for class_ in 0..<classes {
      for column in 0..<width { sum[column] += means.values[class_ * width + column] }
    }
    var mixed = rows
    mixed.values.withUnsafeMutableBufferPointer { mixed in
      Parallel.forEach(classes) { class_ in
        let others = (0..<width).map {
          (sum[$0] - means.values[class_ * width + $0]) / Double(classes - 1)
        }
        for row in starts[class_]..<starts[class_ + 1] {
          var total = 0.0
          for other in 0..<classes { total += exp(posteriors.values[row * classes + other]) }
          let sureness = exp(posteriors.values[row * classes + class_]) / total
          for column in 0..<width {
            mixed[row * width + column] =
              sureness * mixed[row * width + column] + (1 - sureness) * others[column]
          }
        }
      }
    }
    return mixed
  }
}
