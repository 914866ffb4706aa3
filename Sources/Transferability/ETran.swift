import Foundation
import Tensors

/// Energy of the features and linear discriminant analysis.
///
///     energy = mean over the lowest ⌈0.005 N⌉ rows of ln Σ_d exp(x_d)
///     lda    = mean_i p(y_i | x_i),  discriminant analysis with S' = (1 − a) S_w + a tr(S_w)/D I
///
/// on features without constant columns divided by their root mean square. a = 10⁻⁴; 0.1 where S_w is
/// singular (N − C below the number of directions), because without it lda is 1 whatever the
/// features. All C − 1 discriminant directions are kept, which makes the posterior that of W = S'⁻¹ μ.
/// The authors' code takes the eigenvectors of S_w⁻¹ S_b for orthogonal, and so scores by the nearest
/// class mean without whitening; here it is the analysis that their paper describes.
///
/// The paper's score is relative to a pool of candidates: 0.15 of the min–max scaled energy plus 0.85
/// of the min–max scaled lda (`combine`). The value by itself is lda, in (0, 1]; both are parts.
/// - Complexity: O(ND·m + m³) with m = min(N, D), most of it shared with the other scores.
/// - Reference: Gholami et al., "ETran: energy-based transferability estimation", ICCV 2023, eq. 2–8;
///   arXiv:2308.02027.
public enum ETran {
  static let score = Score(
    id: "etran", name: "ETran",
    summary: "Mean posterior of the own class by discriminant analysis; energy of the features.",
    need: .features, cost: "O(ND min(N, D)) time, O(ND) memory",
    reference: "Gholami et al., ICCV 2023, eq. 2 to 8", evaluate: outcome,
    poolCombination: combine)

  /// The paper's score in a pool of candidates: 0.15 energy + 0.85 lda, each min–max scaled.
  ///
  /// A candidate that is nil, or lacks a part, gets nil and takes no part; a part that is the same
  /// for all, as with one candidate, counts 0.
  public static func combine(_ parts: [[String: Double]?]) -> [Double?] {
    PoolCombination.minMax(parts, weights: [("energy", 0.15), ("lda", 0.85)])
  }

  private static func outcome(_ candidate: Candidate) throws -> Score.Outcome {
    guard let features = try candidate.ordered, let lda = try discrimination(candidate) else {
      return Score.Outcome(undefined: "no feature varies over the images")
    }
    let replicates = candidate.recomputedWithoutEachBlock(discrimination)
    var note = "the value is part lda; relative to a pool the paper adds part energy"
    if replicates.isEmpty { note += "; " + Candidate.noReplicates }
    return Score.Outcome(
      value: lda, replicates: replicates, note: note,
      parts: ["energy": energy(features.values), "lda": lda])
  }

  private static func discrimination(_ candidate: Candidate) throws -> Double? {
    guard let features = try candidate.ordered, let principal = try candidate.principal,
      let rows = try candidate.principalScores, principal.count > 0
    else { return nil }
    let scatter = ClassScatter(
      scores: rows, squares: principal.squares, starts: features.starts)
    let within = try scatter.shrunkWithin(
      scatter.isSingular ? 0.1 : 1e-4, dimension: features.featureCount)
    let posteriors = LinearDiscriminant(scatter, within: within).posteriors(rows)
    return LinearDiscriminant.meanOwn(posteriors, starts: features.starts)
  }

  /// The mean of the lowest 0.5 % of ln Σ exp(x) over rows, at least one.
  private static func energy(_ rows: Matrix) -> Double {
    let width = rows.columns
    var energies = [Double](repeating: 0, count: rows.rows)
    energies.withUnsafeMutableBufferPointer { energies in
      rows.values.withUnsafeBufferPointer { values in
        Parallel.ranges(rows.rows, grain: 16) { begin, end in
          for row in begin..<end {
            let values = UnsafeBufferPointer(rebasing: values[row * width..<(row + 1) * width])
            var peak = -Double.infinity
            for value in values { peak = max(peak, value) }
            var sum = 0.0
            for value in values { sum += exp(value - peak) }
            energies[row] = peak + log(sum)
          }
        }
      }
    }
    let lowest = energies.sorted().prefix((rows.rows + 199) / 200)
    return lowest.reduce(0, +) / Double(lowest.count)
  }
}
