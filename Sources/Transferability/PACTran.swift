import Foundation
import Tensors

/// A PAC-Bayesian bound on the error of a linear classifier, with a Gaussian prior and posterior.
///
///     F(λ)    = min over W, b of mean_i −ln p(y_i | x_i) + ‖W‖²/(2λN)
///     h(λ)    = Σ_i ‖x_i‖² Σ_c p_ic (1 − p_ic) + KD/(λN) + Σ_i Σ_c p_ic (1 − p_ic)
///     loss    = F + ½ · KD/(λN) · s/D · ln(λN h/(KD)),   score = −loss
///
/// on centred features without constant columns, divided by their root mean square; K is the number
/// of classes. The parts are the scores over the authors' grid, λ ∈ {0.1, 1, 10} and s ∈ {10λ, 100λ};
/// the value is the one at λ = 1, s = 10. As in the authors' code h sums the loss's second
/// derivatives over rows where F takes their mean. F is convex: it is minimised from nothing, until a
/// step lowers it by less than 10⁻¹⁴ of its value or 200 steps are made (10⁻⁵ and 40 where N·k·C is
/// above 10⁷), instead of from a random start, and the score does not depend on a seed. At most
/// max(1000, 10 C) rows are used, a stratified sample, centred as all rows are: the authors draw up to
/// ten rows of a class.
///
/// With a source head the Dirichlet form is a part too: see `PACTranDirichlet`.
/// - Complexity: O(NkC) for each of some tens of iterations, k the rank of the features.
/// - Reference: Ding et al., "PACTran: PAC-Bayesian metrics for estimating the transferability of
///   pretrained models to classification tasks", ECCV 2022, eq. 13; arXiv:2203.05126.
public enum PACTran {
  /// λ of the grid, and s/λ.
  static let widths = [0.1, 1, 10]
  static let ratios = [10.0, 100]
  static let score = Score(
    id: "pactran", name: "PACTran",
    summary:
      "Minus the PAC-Bayesian bound of a linear classifier with a Gaussian prior, λ 1, s 10.",
    need: .features, cost: "O(ND min(N, D) + NDC) time, O(ND) memory",
    reference: "Ding et al., ECCV 2022, eq. 13", evaluate: outcome)

  /// The most rows.
  private static func limit(classes: Int) -> Int { max(1000, 10 * classes) }

  private static func outcome(_ candidate: Candidate) throws -> Score.Outcome {
    guard let features = try candidate.ordered, var parts = try gaussian(candidate),
      let value = parts[name(1, 10)]
    else { return Score.Outcome(undefined: "no feature varies over the images") }
    if let dirichlet = PACTranDirichlet.value(candidate.table) { parts["dirichlet"] = dirichlet }
    let replicates = candidate.recomputedWithoutEachBlock(passes: 200) {
      try gaussian($0)?[name(1, 10)]
    }
    let limit = Self.limit(classes: features.classCount)
    var notes = features.rowCount > limit ? ["of \(limit) of the \(features.rowCount) rows"] : []
    if replicates.isEmpty { notes.append(Candidate.noReplicates) }
    return Score.Outcome(
      value: value, replicates: replicates,
      note: notes.isEmpty ? nil : notes.joined(separator: "; "), parts: parts)
  }

  /// The name of the part at one point of the grid.
  static func name(_ width: Double, _ variance: Double) -> String {
    let text = { (number: Double) in
      number == number.rounded() ? "\(Int(number))" : "\(number)"
    }
    return "lambda=\(text(width)),s=\(text(variance))"
  }

  /// The scores over the grid; nil where no feature varies.
  private static func gaussian(_ candidate: Candidate) throws -> [String: Double]? {
    guard let features = try candidate.ordered, let all = try candidate.principalScores,
      all.columns > 0
    else { return nil }
    let chosen = StratifiedSample.rows(
      of: features, limit: limit(classes: features.classCount),
      random: CounterRandom(seed: 0, key: "pactran"))
    let drawn = chosen.count < all.rows ? all.rows(chosen) : all
    let rows = drawn.rows < drawn.columns ? try rotatedOntoSpan(drawn) : drawn
    let classes = chosen.map { features.classOfRow[$0] }
    let problem = SoftmaxRegression.Problem(
      scores: rows, labels: classes, classCount: features.classCount)
    let dimension = Double(features.featureCount)
    let weights = dimension * Double(features.classCount)
    let solver =
      problem.isLarge
      ? LBFGS(memory: 5, maximumIterations: 40, gradientTolerance: 1e-9, valueTolerance: 1e-5)
      : LBFGS(maximumIterations: 200, gradientTolerance: 1e-9, valueTolerance: 1e-14)
    var parts: [String: Double] = [:]
    var solution: SoftmaxRegression?
    for width in widths {
      let scaled = width * Double(rows.rows)
      let minimum = problem.minimum(penalty: 1 / scaled, from: solution, solver: solver)
      solution = minimum.solution
      let trace = curvature(rows, minimum.solution) + weights / scaled
      for ratio in ratios {
        let variance = ratio * width
        let complexity =
          0.5 * weights / scaled * variance / dimension * log(scaled * trace / weights)
        parts[name(width, variance)] = -(minimum.value + complexity)
      }
    }
    return parts
  }

  /// Fewer rows than columns as principal component scores of their own, N columns at most.
  ///
  /// Products of rows stay, and with them norms, fits and penalties; the columns become uncorrelated, so
  /// that fits take fewer iterations, each of less work. XXᵀ = U S² Uᵀ gives U S.
  private static func rotatedOntoSpan(_ rows: Matrix) throws -> Matrix {
    let products = LinearAlgebra.multiply(rows, transposed: false, rows, transposed: true)
    let eigen = try LinearAlgebra.symmetricEigen(products)
    let floor = (eigen.values.last ?? 0) * Double(rows.columns) * 0x1p-52
    let kept = eigen.values.indices.filter { eigen.values[$0] > floor }
    var scores = eigen.vectors.columns(kept)
    scores.scaleColumns(kept.map { eigen.values[$0].squareRoot() })
    return scores
  }

  /// Σ_i (‖x_i‖² + 1) Σ_c p_ic (1 − p_ic).
  private static func curvature(_ rows: Matrix, _ solution: SoftmaxRegression) -> Double {
    let probabilities = Softmax.probabilities(
      rows, weights: solution.weights, bias: solution.bias)
    let (width, classes) = (rows.columns, solution.bias.count)
    var sums = [Double](repeating: 0, count: rows.rows)
    probabilities.values.withUnsafeBufferPointer { probabilities in
      rows.values.withUnsafeBufferPointer { values in
        sums.withUnsafeMutableBufferPointer { sums in
          Parallel.ranges(rows.rows, grain: 64) { begin, end in
            for row in begin..<end {
              var square = 1.0
              for value in values[row * width..<(row + 1) * width] { square += value * value }
              for p in probabilities[row * classes..<(row + 1) * classes] {
                sums[row] += square * p * (1 - p)
              }
            }
          }
        }
      }
    }
    return sums.reduce(0, +)
  }
}
