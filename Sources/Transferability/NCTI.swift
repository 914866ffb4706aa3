import Foundation
import Tensors

/// Neural collapse: how near the features are to the state that fine-tuning ends in.
///
///     Z    = the first min(64, rank) principal component scores
///     a    = max(e^(−Σ of the 32 largest variances), 10⁻¹⁰),  S' = (1 − a) S_w + a tr(S_w)/k I
///     seli = ‖Z P‖_*,  P the min(C − 1, k) leading directions of S_b against S', PᵀS'P = I
///     ncc  = mean_i p(y_i | z_i),  p the posteriors of discriminant analysis with S'
///     vc   = ln Σ_c ‖P_c‖_*,  P_c the posteriors of the rows of class c, [n_c, C]
///
/// on features divided by their root mean square; ‖·‖_* is the sum of singular values, variances are
/// over N − 1. Where S_w is singular (N − C < k) a is at least 0.1.
///
/// The interval is of ncc without each block; for large tables the components stay those of all rows.
///
/// The paper's score is relative to a pool of candidates: min–max scaled seli + ncc − vc (`combine`).
/// The value by itself is ncc, in (0, 1]: the only part that does not grow with N and C. All three
/// are parts.
/// - Complexity: O(NkC) with k ≤ 64, besides the principal components, which scores share.
/// - Reference: Wang et al., "How far pre-trained models are from neural collapse on the target
///   dataset informs their transferability", ICCV 2023, eq. 5–9.
public enum NCTI {
  /// The number of components kept, and how many of them set the shrinkage.
  static let components = 64
  static let leading = 32

  static let score = Score(
    id: "ncti", name: "NCTI",
    summary:
      "Nearness to neural collapse: own-class posterior; nuclear norms of features, classes.",
    need: .features, cost: "O(ND min(N, D)) time, O(ND) memory",
    reference: "Wang et al., ICCV 2023, eq. 5 to 9", evaluate: outcome, poolCombination: combine)

  /// The paper's score in a pool of candidates: seli + ncc − vc, each min–max scaled.
  ///
  /// A candidate that is nil, or lacks a part, gets nil and takes no part; a part that is the same
  /// for all, as with one candidate, counts 0.
  public static func combine(_ parts: [[String: Double]?]) -> [Double?] {
    PoolCombination.minMax(parts, weights: [("seli", 1), ("ncc", 1), ("vc", -1)])
  }

  private static func outcome(_ candidate: Candidate) throws -> Score.Outcome {
    guard let features = try candidate.ordered, let analysis = try Analysis(candidate) else {
      return Score.Outcome(undefined: "no feature varies over the images")
    }
    var note = "the value is part ncc; relative to a pool the paper adds seli and subtracts vc"
    var replicates = candidate.recomputedWithoutEachBlock { try Analysis($0)?.ncc }
    if replicates.isEmpty {
      replicates = self.replicates(candidate, analysis.rows, features)
      note += "; the interval holds the components"
    }
    let parts = [
      "seli": try featureNorm(
        analysis.scatter, within: analysis.within, squares: analysis.squares),
      "ncc": analysis.ncc,
      "vc": try classNorm(analysis.posteriors, starts: features.starts),
    ]
    return Score.Outcome(value: analysis.ncc, replicates: replicates, note: note, parts: parts)
  }

  /// The discriminant analysis of the leading components.
  private struct Analysis {
    let rows: Matrix
    let squares: [Double]
    let scatter: ClassScatter
    let within: Cholesky
    let posteriors: Matrix
    let ncc: Double

    /// nil where no feature varies.
    init?(_ candidate: Candidate) throws {
      guard let features = try candidate.ordered, let principal = try candidate.principal,
        principal.count > 0
      else { return nil }
      let count = min(NCTI.components, principal.count)
      rows = principal.scores(count)
      squares = Array(principal.squares.prefix(count))
      scatter = ClassScatter(scores: rows, squares: squares, starts: features.starts)
      within = try scatter.shrunkWithin(
        NCTI.shrinkage(scatter, squares: squares), dimension: count)
      posteriors = LinearDiscriminant(scatter, within: within).posteriors(rows)
      ncc = LinearDiscriminant.meanOwn(posteriors, starts: features.starts)
    }
  }

  private static func shrinkage(_ scatter: ClassScatter, squares: [Double]) -> Double {
    let variance = squares.prefix(leading).reduce(0, +) / Double(scatter.rowCount - 1)
    return max(exp(-variance), scatter.isSingular ? 0.1 : 1e-10)
  }

  /// The nuclear norm of the rows in the discriminant directions, from their Gram matrix.
  private static func featureNorm(
    _ scatter: ClassScatter, within: Cholesky, squares: [Double]
  ) throws -> Double {
    // S_b = MᵀM; against S' = LLᵀ its directions are L⁻ᵀ times those of (L⁻¹Mᵀ)(L⁻¹Mᵀ)ᵀ.
    let whitened = within.solveLower(scatter.weightedMeans.transposed)
    let eigen = try LinearAlgebra.symmetricEigen(
      LinearAlgebra.multiply(whitened, transposed: false, whitened, transposed: true))
    let width = squares.count
    let kept = min(scatter.counts.count - 1, width)
    let leading = eigen.vectors.columns(Array((width - kept)..<width))
    var directions = within.solveUpper(leading)
    // ZᵀZ is diagonal: the Gram matrix of ZP is that of P with rows scaled.
    for row in 0..<width {
      for column in 0..<kept { directions.values[row * kept + column] *= squares[row].squareRoot() }
    }
    return try LinearAlgebra.singularValues(directions).reduce(0, +)
  }

  /// ln of the sum over classes of the nuclear norms of their rows' posteriors.
  private static func classNorm(_ posteriors: Matrix, starts: [Int]) throws -> Double {
    let classes = starts.count - 1
    var norms = [Double?](repeating: nil, count: classes)
    norms.withUnsafeMutableBufferPointer { norms in
      Parallel.forEach(classes) { class_ in
        let range = starts[class_]..<starts[class_ + 1]
        let rows = Matrix(
          rows: range.count, columns: classes,
          values: Array(
            posteriors.values[range.lowerBound * classes..<range.upperBound * classes]))
        norms[class_] = (try? LinearAlgebra.singularValues(rows))?.reduce(0, +)
      }
    }
    let known = norms.compactMap { $0 }
    guard known.count == classes else {
      throw LinearAlgebraError.noConvergence(operation: "svd")
    }
    return log(known.reduce(0, +))
  }

  /// ncc without each block, in the components of all rows.
  private static func replicates(
    _ candidate: Candidate, _ rows: Matrix, _ features: OrderedFeatures
  ) -> [Double?] {
    var results = [Double?](repeating: nil, count: candidate.deletions.count)
    results.withUnsafeMutableBufferPointer { results in
      Parallel.forEach(candidate.deletions.count) { block in
        results[block] = try? own(rows, features, without: block)
      }
    }
    return results
  }

  private static func own(
    _ rows: Matrix, _ features: OrderedFeatures, without block: Int
  ) throws -> Double? {
    let width = rows.columns
    let chosen = (0..<rows.rows).filter { features.blockOfRow[$0] != block }
    let kept = rows.rows(chosen)
    let classes = chosen.map { features.classOfRow[$0] }
    var starts = [0]
    for index in 1..<max(1, classes.count) where classes[index] != classes[index - 1] {
      starts.append(index)
    }
    starts.append(classes.count)
    guard starts.count > 2 else { return nil }
    let scatter = ClassScatter(kept, starts: starts)
    // The centre moves with the block; a discriminant does not ask where it is.
    let mean = LinearAlgebra.multiply(
      kept, transposed: true, [Double](repeating: 1 / Double(kept.rows), count: kept.rows))
    var squares = [Double](repeating: 0, count: width)
    for row in 0..<kept.rows {
      for column in 0..<width {
        let deviation = kept.values[row * width + column] - mean[column]
        squares[column] += deviation * deviation
      }
    }
    let within = try scatter.shrunkWithin(
      shrinkage(scatter, squares: squares), dimension: width)
    return LinearDiscriminant.meanOwn(
      LinearDiscriminant(scatter, within: within).posteriors(kept), starts: starts)
  }
}
