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
    need: .features, cost: "O(ND² + D³) time, O(D² + CD) memory",
    reference: "Ibrahim et al., ECML PKDD 2022, eq. 7; Ledoit & Wolf 2004", evaluate: outcome)

  /// The score from statistics; nil for fewer than two classes or features that do not vary.
  ///
  /// - Throws: `LinearAlgebraError` where the covariance cannot be factored.
  public static func value(of statistics: FeatureStatistics) throws -> Double? {
    try value(of: statistics, columns: statistics.varyingColumns)
  }

  private static func outcome(_ candidate: Candidate) throws -> Score.Outcome {
    let columns = candidate.statistics.varyingColumns
    guard let value = try value(of: candidate.statistics, columns: columns) else {
      return Score.Outcome(undefined: "no feature varies over the images")
    }
    return Score.Outcome(
      value: value,
      replicates: candidate.withoutEachBlock { try? Self.value(of: $0, columns: columns) })
  }

  private static func value(
    of statistics: FeatureStatistics, columns: [Int]
  ) throws -> Double? {
    let width = columns.count
    guard statistics.classCount >= 2, width > 0 else { return nil }
    var moments = CentredMoments(statistics, columns: columns)
    let rows = Double(moments.count)
    let dimension = Double(width)
    let trace = (0..<width).reduce(0) { $0 + moments.covariance.values[$1 * width + $1] }
    guard trace > 0 else { return nil }
    let mean = trace / dimension
    let norm = FeatureStatistics.dot(moments.covariance.values, moments.covariance.values)
    let delta = (norm - dimension * mean * mean) / dimension
    let noise = (statistics.centredFourthMoment / rows - norm) / (dimension * rows)
    // δ is 0 when S is a multiple of the identity already: then nothing is left to shrink.
    let shrinkage = delta > 0 ? min(max(noise, 0), delta) / delta : 0
    let kept = 1 - shrinkage
    for index in 0..<width * width { moments.covariance.values[index] *= kept }
    for index in 0..<width {
      moments.covariance.values[index * width + index] += shrinkage * mean
    }
    guard kept > 0 else { return 0 }
    let factor = try LinearAlgebra.cholesky(moments.covariance)
    let solved = factor.solveLower(moments.classDeviations.transposed)
    return kept * rows / (rows - 1) * FeatureStatistics.dot(solved.values, solved.values)
  }
}
