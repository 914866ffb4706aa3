import Tensors

/// H-score with a Ledoit–Wolf shrunk covariance, for few rows or many features.
///
///     Σ_a = (1 − a) S + a μ I,  score = (1 − a) tr(Σ_a⁻¹ Σ_b),  μ = tr S / D
///
/// a = min(b, δ)/δ with δ = (‖S‖² − Dμ²)/D and b = (Σ‖x − x̄‖⁴/N − ‖S‖²)/(D N). Σ_b takes n_c/(N − 1)
/// as TLlib and TransformerRanker do. Columns that are constant are left out.
/// - Complexity: O(ND² + D³/3).
/// - Reference: Ibrahim, Ponomareva & Mazumder, "Newer is not always better: rethinking
///   transferability metrics, their peculiarities, stability and performance", ECML PKDD 2022,
///   eq. 7; Ledoit & Wolf, J. Multivariate Analysis 88 (2004).
public enum ShrunkHScore {
  static let score = Score(
    id: "hscore-shrunk", name: "H-score, shrunk",
    summary: "(1 − a) tr(Σ_a⁻¹ Σ_b) with the Ledoit–Wolf covariance Σ_a.",
    need: .features, scope: .allRows, cost: "O(ND² + D³) time, O(D² + CD) memory",
    reference: "Ibrahim et al., ECML PKDD 2022, eq. 7; Ledoit & Wolf 2004", evaluate: outcome)

  /// The score from statistics; nil for fewer than two classes or features that do not vary.
  ///
  /// - Throws: `LinearAlgebraError` where the covariance cannot be factored.
  public static func value(of statistics: FeatureStatistics) throws -> Double? {
    guard let moments = try ReducedMoments(statistics, columns: statistics.varyingColumns)
    else { return nil }
    return value(of: moments)
  }

  private static func outcome(_ candidate: Candidate) throws -> Score.Outcome {
    guard let moments = try candidate.reducedMoments else {
      return Score.Outcome(undefined: "no feature varies over the images")
    }
    guard let value = value(of: moments) else {
      return Score.Outcome(undefined: "the covariance has no inverse, and nothing to shrink it by")
    }
    let blocks = try candidate.reducedMomentsWithoutEachBlock
    return Score.Outcome(value: value, replicates: blocks.map { $0.flatMap(Self.value(of:)) })
  }

  private static func value(of moments: ReducedMoments) -> Double? {
    let rows = Double(moments.count)
    let dimension = Double(moments.dimension)
    guard moments.trace > 0 else { return nil }
    let mean = moments.trace / rows / dimension
    let norm = moments.squaredNorm / (rows * rows)
    let delta = (norm - dimension * mean * mean) / dimension
    let noise = (moments.fourthMoment / rows - norm) / (dimension * rows)
    // δ is 0 when S is a multiple of the identity already: then nothing is left to shrink.
    let shrinkage = delta > 0 ? min(max(noise, 0), delta) / delta : 0
    guard shrinkage < 1 else { return 0 }
    // (1 − a)Σ_a⁻¹ = N(S + λI)⁻¹ with S the scatter.
    let shift = rows * shrinkage * mean / (1 - shrinkage)
    guard let spread = moments.classSpread(shift: shift) else { return nil }
    return rows / (rows - 1) * spread.value
  }
}
