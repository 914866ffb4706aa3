import Tensors

/// H-score: how much of the features' variance, whitened, the classes explain.
///
///     H = tr(Σ⁺ Σ_b),  Σ = Σ (x − μ)(x − μ)ᵀ / N,  Σ_b = Σ_c n_c/N (μ_c − μ)(μ_c − μ)ᵀ
///
/// 0 ≤ H ≤ C − 1. The pseudo-inverse keeps the eigenvalues above rounding, in Float64: public code
/// in Float32 reports values far above the bound. With N ≤ D + C there are so many directions that H
/// comes near C − 1 whatever the features; the outcome says so, and `hscore-shrunk` is to be read
/// instead.
/// - Complexity: O(ND² + D³).
/// - Reference: Bao et al., "An information-theoretic approach to transferability in task transfer
///   learning", ICIP 2019, eq. 2.
public enum HScore {
  static let score = Score(
    id: "hscore", name: "H-score",
    summary: "tr(Σ⁺ Σ_b): class-mean variance in whitened features, 0 to C − 1.",
    need: .features, scope: .allRows, cost: "O(ND² + D³) time, O(D² + CD) memory",
    reference: "Bao et al., ICIP 2019, eq. 2", evaluate: outcome)

  /// The score from statistics; nil for fewer than two classes or features that do not vary.
  ///
  /// - Throws: `LinearAlgebraError` where the eigenvalues cannot be found.
  public static func value(of statistics: FeatureStatistics) throws -> Double? {
    let columns = statistics.varyingColumns
    guard let reduced = try ReducedMoments(statistics, columns: columns) else { return nil }
    if let value = value(reduced) { return value }
    let moments = CentredMoments(statistics, columns: columns)
    return try whitening(moments).map { value(moments.projected(onto: $0)) }
  }

  private static func outcome(_ candidate: Candidate) throws -> Score.Outcome {
    let statistics = candidate.statistics
    if let reduced = try candidate.reducedMoments, let value = value(reduced) {
      let blocks = try candidate.reducedMomentsWithoutEachBlock
      return Score.Outcome(
        value: value, replicates: blocks.map { $0.flatMap { Self.value($0, isWhole: false) } })
    }
    let columns = statistics.varyingColumns
    let moments = CentredMoments(statistics, columns: columns)
    guard let basis = try whitening(moments) else {
      return Score.Outcome(undefined: "no feature varies over the images")
    }
    let value = value(moments.projected(onto: basis))
    if statistics.count <= columns.count + moments.classCount {
      let bound =
        "\(statistics.count) rows, \(columns.count) features, \(moments.classCount) classes"
      return Score.Outcome(
        value: value, replicates: [],
        note: "saturated near C − 1 (\(bound)): read hscore-shrunk instead")
    }
    // The whole's whitening leaves what a block's removal keeps well-conditioned.
    let replicates = candidate.withoutEachBlock { rest in
      let left = CentredMoments(rest, columns: columns).projected(onto: basis)
      guard left.classCount >= 2, let factor = try? LinearAlgebra.cholesky(left.covariance)
      else { return nil }
      let solved = factor.solveLower(left.classDeviations.transposed)
      return bounded(FeatureStatistics.dot(solved.values, solved.values), left.classCount)
    }
    return Score.Outcome(value: value, replicates: replicates)
  }

  /// The score where the covariance has full rank beyond doubt, else nil.
  private static func value(_ moments: ReducedMoments, isWhole: Bool = true) -> Double? {
    let (rows, width) = (moments.count, moments.dimension)
    guard rows > width + (isWhole ? moments.counts.count : 0),
      let (value, pivot) = moments.classSpread(shift: 0)
    else { return nil }
    let scale = max(moments.trace, moments.meanSquare * Double(rows) * Double(width))
    guard pivot > (isWhole ? 1e3 : 1) * scale * Double(rows) * 0x1p-52 else { return nil }
    return bounded(value, moments.counts.count)
  }

  /// B with BᵀΣB = I over the directions in which the features vary, [D, k]; nil where none do.
  private static func whitening(_ moments: CentredMoments) throws -> Matrix? {
    let width = moments.covariance.columns
    guard width > 0 else { return nil }
    let eigen = try LinearAlgebra.symmetricEigen(moments.covariance)
    let largest = eigen.values.last ?? 0
    // Centring subtracts numbers as large as the mean squares: below that it is all rounding.
    let floor = max(largest, moments.scale) * Double(max(moments.count, width)) * 0x1p-52
    var kept = eigen.values.indices.filter { eigen.values[$0] > floor }
    if kept.count > moments.count - 1 { kept = Array(kept.suffix(max(0, moments.count - 1))) }
    guard !kept.isEmpty else { return nil }
    var basis = Matrix(rows: width, columns: kept.count)
    for (index, column) in kept.enumerated() {
      let factor = 1 / eigen.values[column].squareRoot()
      for row in 0..<width {
        basis.values[row * kept.count + index] = factor * eigen.vectors.values[row * width + column]
      }
    }
    return basis
  }

  /// ‖M‖² of the class deviations in a basis where the covariance is white.
  private static func value(_ moments: CentredMoments) -> Double {
    let deviations = moments.classDeviations.values
    return bounded(FeatureStatistics.dot(deviations, deviations), moments.classCount)
  }

  private static func bounded(_ value: Double, _ classes: Int) -> Double {
    min(max(value, 0), Double(classes - 1))
  }
}
