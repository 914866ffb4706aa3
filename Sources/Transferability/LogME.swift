import Foundation
import Tensors

/// Logarithm of maximum evidence: how well a Bayesian linear model on the features explains labels.
///
/// For each class c, with target t = 1[y = c], prior w ~ N(0, α⁻¹I) and noise N(0, β⁻¹), the
/// evidence at the α, β that maximise it, over N, averaged over the classes that occur:
///
///     L = k/2 ln α + N/2 ln β − ½ Σ_k ln(α + βσ) − β/2 e² − α/2 m² − N/2 ln 2π
///
/// with σ the k nonzero eigenvalues of XᵀX, m the posterior mean and e² = ‖Xm − t‖². The D − k null
/// directions add ½ ln α − ½ ln α each; the authors' fixed-point code leaves only half of that pair
/// out and explodes for N < D. Here they cancel, and L does not depend on D.
///
/// Choices: columns that are constant are left out; the rest is divided by its root mean square, so
/// that ε = 10⁻⁵ in α = γ/(m² + ε), β = (N − γ)/(e² + ε) is relative and the score keeps its value
/// when all features are scaled. The fixed point of these in λ = α/β is found by bisection:
/// iterated, as in public code, it takes hundreds of steps where N < D. Perfect separation stays finite through ε.
///
/// Eigenvalues are only a way to get there. Where λ is not at the edge of what Float64 can tell the
/// maximum is found on curves over λ that need none (`EvidenceCurves`), to the same value.
/// - Complexity: O(ND² + D³).
/// - Reference: You et al., "LogME: practical assessment of pre-trained models for transfer
///   learning", ICML 2021, eq. 2 and Algorithm 1; arXiv:2102.11005.
public enum LogME {
  static let epsilon = 1e-5
  /// In ln λ.
  static let tolerance = 1e-12
  static let farthest = 64.0

  static let score = Score(
    id: "logme", name: "LogME",
    summary: "Mean over classes of the maximum log evidence per row of a Bayesian linear model.",
    need: .features, scope: .allRows, cost: "O(ND² + D³) time, O(D² + CD) memory",
    reference: "You et al., ICML 2021, eq. 2 and Algorithm 1, with the term of the null directions",
    evaluate: outcome)

  /// The score from statistics; nil for fewer than two classes or features that do not vary.
  ///
  /// - Throws: `LinearAlgebraError` where the eigenvalues cannot be found.
  public static func value(of statistics: FeatureStatistics) throws -> Double? {
    let columns = statistics.varyingColumns
    guard let moments = try ReducedMoments(statistics, columns: columns) else { return nil }
    if let curves = EvidenceCurves(moments) { return curves.value }
    let (sums, gram) = statistics.secondMoments(columns)
    return try Spectrum(gram: gram, rows: statistics.count)?
      .evidence(classSums: sums, counts: statistics.counts, rows: statistics.count)
  }

  private static func outcome(_ candidate: Candidate) throws -> Score.Outcome {
    if let moments = try candidate.reducedMoments, let curves = EvidenceCurves(moments) {
      let blocks = try candidate.reducedMomentsWithoutEachBlock
      return Score.Outcome(
        value: curves.value,
        replicates: blocks.map { $0.flatMap { EvidenceCurves.value($0, in: curves.range) } })
    }
    return try outcomeByEigenvalues(candidate)
  }

  /// Where a class is fitted so well, or so badly, that its λ is out of the curves' reach.
  private static func outcomeByEigenvalues(_ candidate: Candidate) throws -> Score.Outcome {
    let statistics = candidate.statistics
    let columns = statistics.varyingColumns
    let (sums, gram) = statistics.secondMoments(columns)
    guard let spectrum = try Spectrum(gram: gram, rows: statistics.count) else {
      return Score.Outcome(undefined: "no feature varies over the images")
    }
    let value = spectrum.evidence(
      classSums: sums, counts: statistics.counts, rows: statistics.count)
    guard value.isFinite else { return Score.Outcome(undefined: "the evidence is not finite") }
    let basis = spectrum.basis
    let replicates = candidate.withoutEachBlock { rest in
      guard rest.classCount >= 2 else { return nil }
      var (sums, gram) = rest.secondMoments(columns)
      // Without a block no direction appears that the whole lacks.
      if basis.columns < basis.rows {
        gram = LinearAlgebra.multiply(
          basis, transposed: true, LinearAlgebra.multiply(gram, basis))
        sums = LinearAlgebra.multiply(sums, basis)
      }
      let spectrum = try? Spectrum(gram: gram, rows: rest.count, features: columns.count)
      let value = spectrum?.evidence(classSums: sums, counts: rest.counts, rows: rest.count)
      return value.flatMap { $0.isFinite ? $0 : nil }
    }
    return Score.Outcome(value: value, replicates: replicates)
  }

  /// The eigenvalues of XᵀX that are not rounding, after scaling, and their directions.
  struct Spectrum {
    /// σ, k of them, of the features divided by their root mean square.
    let eigenvalues: [Double]
    /// The directions, [D, k].
    let basis: Matrix
    /// The root mean square of the features.
    let rms: Double

    /// Decomposes a Gram matrix; nil where all features are zero.
    ///
    /// `features` is the D that the root mean square is over, where `gram` is in fewer directions.
    init?(gram: Matrix, rows: Int, features: Int? = nil) throws(LinearAlgebraError) {
      let width = gram.columns
      let trace = (0..<width).reduce(0) { $0 + gram.values[$1 * width + $1] }
      guard width > 0, rows > 0, trace > 0 else { return nil }
      let square = trace / (Double(rows) * Double(features ?? width))
      let eigen = try LinearAlgebra.symmetricEigen(gram)
      let largest = eigen.values.last ?? 0
      let floor = largest * Double(max(rows, width)) * 0x1p-52
      var kept = eigen.values.indices.filter { eigen.values[$0] > floor }
      if kept.count > rows { kept = Array(kept.suffix(rows)) }  // rank ≤ N; the rest is rounding
      guard !kept.isEmpty else { return nil }
      var basis = Matrix(rows: width, columns: kept.count)
      for row in 0..<width {
        for (index, column) in kept.enumerated() {
          basis.values[row * kept.count + index] = eigen.vectors.values[row * width + column]
        }
      }
      self.eigenvalues = kept.map { eigen.values[$0] / square }
      self.basis = basis
      self.rms = square.squareRoot()
    }

    /// The mean over classes of the maximum evidence per row.
    func evidence(classSums: Matrix, counts: [Int], rows: Int) -> Double {
      // Xᵀt is the class sum; z = Uᵀt = Vᵀ(Xᵀt) / √σ.
      let projections = LinearAlgebra.multiply(classSums, basis)
      let rank = eigenvalues.count
      let present = counts.indices.filter { counts[$0] > 0 }
      let sum = present.reduce(0.0) { sum, row in
        let squares = (0..<rank).map { index in
          let projection = projections.values[row * rank + index] / rms
          return projection * projection / eigenvalues[index]
        }
        return sum + maximum(squares: squares, targetSquare: Double(counts[row]), rows: rows)
      }
      return sum / Double(present.count)
    }

    /// The maximum evidence per row of one target, z² given; ‖t‖² = n_c.
    private func maximum(
      squares: [Double], targetSquare: Double, rows: Int
    ) -> Double {
      let count = Double(rows)
      let rank = eigenvalues.count
      // With as many directions as rows the target lies in their span.
      let outside = rank >= rows ? 0 : max(0, targetSquare - squares.reduce(0, +))
      var (alpha, beta) = (1.0, 1.0)
      var (meanSquare, residual) = (0.0, 0.0)
      /// One step of the fixed point from ln λ: how far ln (α/β) is above it.
      func step(_ logRatio: Double) -> Double {
        let ratio = exp(logRatio)
        var gamma = 0.0
        (meanSquare, residual) = (0, outside)
        for index in 0..<rank {
          let shrunk = 1 / (ratio + eigenvalues[index])
          gamma += eigenvalues[index] * shrunk
          meanSquare += eigenvalues[index] * squares[index] * shrunk * shrunk
          residual += squares[index] * (ratio * shrunk) * (ratio * shrunk)
        }
        alpha = gamma / (meanSquare + LogME.epsilon)
        beta = (count - gamma) / (residual + LogME.epsilon)
        return log(alpha / beta) - logRatio
      }
      // From λ = 1 the way that the iteration goes, until it would turn back.
      let direction = step(0) > 0 ? 1.0 : -1
      var (near, far) = (0.0, direction)
      while step(far) * direction > 0, abs(far) < LogME.farthest { (near, far) = (far, 2 * far) }
      while abs(far - near) > LogME.tolerance {
        let middle = (near + far) / 2
        if step(middle) * direction > 0 { near = middle } else { far = middle }
      }
      _ = step((near + far) / 2)
      let determinant = eigenvalues.reduce(0) { $0 + log(alpha + beta * $1) }
      let evidence =
        Double(rank) / 2 * log(alpha) + count / 2 * log(beta) - determinant / 2
        - beta / 2 * residual - alpha / 2 * meanSquare - count / 2 * log(2 * Double.pi)
      return evidence / count
    }
  }
}
