import Tensors

/// Label–feature correlation: whether rows of one class have features alike.
///
///     LFC = ⟨K̃, L̃⟩ / (‖K̃‖ ‖L̃‖),  K = XXᵀ,  L_ij = 1 for the same class, else −1
///
/// with K̃ and L̃ less their grand means k̄ and l̄. No N × N matrix is needed: with s_c the class sums
/// and s their sum, ⟨K, L⟩ = 2 Σ ‖s_c‖² − ‖s‖², k̄ = ‖s‖²/N², l̄ = 2 Σ n_c²/N² − 1 and ‖K‖ = ‖XᵀX‖, so
///
///     LFC = (2 Σ ‖s_c‖² − ‖s‖² − N² k̄ l̄) / (√(‖XᵀX‖² − N² k̄²) · N √(1 − l̄²))
///
/// −1 ≤ LFC ≤ 1; it keeps its value when all features are scaled. Columns that are constant are left
/// out; not defined where no column varies.
/// - Complexity: O(ND²) for the statistics, then O(D² + CD).
/// - Reference: Deshpande et al., "A linearized framework and a new benchmark for model selection for
///   fine-tuning", 2021, eq. 4; arXiv:2102.00084.
public enum LFC {
  static let score = Score(
    id: "lfc", name: "LFC",
    summary: "Correlation of XXᵀ with the ±1 matrix of same-class pairs, −1 to 1.",
    need: .features, scope: .allRows, cost: "O(ND²) time, O(D² + CD) memory",
    reference: "Deshpande et al., 2021, eq. 4", evaluate: outcome)

  /// The score from statistics; nil for fewer than two classes or features that do not vary.
  public static func value(of statistics: FeatureStatistics) -> Double? {
    value(of: statistics, columns: statistics.varyingColumns)
  }

  private static func value(of statistics: FeatureStatistics, columns: [Int]) -> Double? {
    guard statistics.classCount >= 2, !columns.isEmpty else { return nil }
    let (sums, gram) = statistics.secondMoments(columns)
    let total = statistics.sum
    let sum = columns.map { total[$0] }
    let rows = Double(statistics.count)
    let sumSquare = FeatureStatistics.dot(sum, sum)
    let kernelMean = sumSquare / (rows * rows)
    let pairs = statistics.counts.reduce(0.0) { $0 + Double($1) * Double($1) }
    let labelMean = 2 * pairs / (rows * rows) - 1
    let alike = FeatureStatistics.dot(sums.values, sums.values)
    let square = FeatureStatistics.dot(gram.values, gram.values)
    let spread = square - rows * rows * kernelMean * kernelMean
    // Less is rounding of the difference.
    guard spread > 1e-14 * square, labelMean < 1 else { return nil }
    let product = 2 * alike - sumSquare - rows * rows * kernelMean * labelMean
    let value = product / (spread.squareRoot() * rows * (1 - labelMean * labelMean).squareRoot())
    return min(1, max(-1, value))
  }

  private static func outcome(_ candidate: Candidate) throws -> Score.Outcome {
    let columns = candidate.statistics.varyingColumns
    guard let value = value(of: candidate.statistics, columns: columns) else {
      return Score.Outcome(undefined: "no feature varies over the images")
    }
    return Score.Outcome(
      value: value,
      replicates: candidate.withoutEachBlock { Self.value(of: $0, columns: columns) })
  }
}
