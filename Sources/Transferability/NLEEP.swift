import Foundation
import Tensors

/// LEEP for networks without a source head: Gaussian components stand in for source classes.
///
///     Z = the leading principal component scores that hold 80 % of the variance
///     θ = posteriors of a mixture of K normal distributions with diagonal covariances on Z
///     score = (1/N) Σ_i ln Σ_z P(y_i | z) θ_iz,  P(y | z) = Σ_{i∈y} θ_iz / Σ_i θ_iz
///
/// ≤ 0, the mean over three mixtures from k-means++ seeds 0, 1, 2. K = 5C as in the paper; where that
/// would leave fewer than five rows to a component, K = max(min(C, ⌊N/5⌋), ⌊N/10⌋, 2), as PACTran's
/// authors do for few rows. Fewer distinct rows than that make as many components. Directions of the
/// same variance (to 10⁻⁹) as the last one kept are kept with it. Variances get 10⁻³ of the mean
/// variance of Z added, so that a component of few rows stays wide enough, whatever the scale. At
/// most 10,000 rows are scored, a stratified sample.
///
/// The interval of a large table holds the mixtures, and leaves a block's rows out of P(y | z) and of
/// the mean; a small one is fitted again.
/// - Complexity: O(NKd) for each step of k-means and of the mixture, besides the principal
///   components; memory O(N(d + K)).
/// - Reference: Li et al., "Ranking neural checkpoints", CVPR 2021, eq. 3 and section 4.2;
///   arXiv:2011.11200; Ding et al., ECCV 2022 (PACTran), code, for K with few rows.
public enum NLEEP {
  /// The share of the variance that is kept.
  static let energy = 0.8
  /// Mixtures whose scores are averaged.
  static let seeds = 3
  /// The most rows.
  static let limit = 10_000
  /// What is added to variances, of their mean.
  static let ridge = 1e-3

  static let score = Score(
    id: "nleep", name: "NLEEP",
    summary: "LEEP with the components of a Gaussian mixture for source classes, ≤ 0.",
    need: .features, cost: "O(ND min(N, D) + NKD) time, O(ND + NK) memory",
    reference: "Li et al., CVPR 2021, eq. 3", evaluate: outcome)

  private static func outcome(_ candidate: Candidate) throws -> Score.Outcome {
    guard let features = try candidate.ordered, let fit = try Fit(candidate) else {
      return Score.Outcome(undefined: "no feature varies over the images")
    }
    var notes =
      features.rowCount > limit ? ["of \(limit) of the \(features.rowCount) rows"] : []
    var replicates = candidate.recomputedWithoutEachBlock(passes: 600) {
      try Fit($0)?.mean(without: nil)
    }
    if replicates.isEmpty {
      replicates = [Double?](repeating: nil, count: candidate.deletions.count)
      replicates.withUnsafeMutableBufferPointer { replicates in
        Parallel.forEach(replicates.count) { replicates[$0] = fit.mean(without: $0) }
      }
      notes.append("the interval holds the mixtures")
    }
    guard let value = fit.mean(without: nil) else {
      return Score.Outcome(undefined: "there are no rows")
    }
    return Score.Outcome(
      value: value, replicates: replicates,
      note: notes.isEmpty ? nil : notes.joined(separator: "; "))
  }

  /// The posteriors of the mixtures for the rows scored.
  private struct Fit {
    let mixtures: [Matrix]
    let classes: [Int]
    let blocks: [Int]

    /// nil where no feature varies.
    init?(_ candidate: Candidate) throws {
      guard let features = try candidate.ordered, let principal = try candidate.principal,
        principal.count > 0, let scores = try candidate.principalScores
      else { return nil }
      let count = NLEEP.components(principal.squares)
      let random = CounterRandom(seed: 0, key: "nleep rows")
      // In the order of the table, so that draws do not depend on what classes are called.
      let chosen = StratifiedSample.rows(of: features, limit: NLEEP.limit, random: random)
        .sorted { features.rows[$0] < features.rows[$1] }
      let rows = scores.rows(chosen, columns: count)
      let square = principal.squares.prefix(count).reduce(0, +)
      let variance = square / Double(features.rowCount * count)
      mixtures = (0..<NLEEP.seeds).map { seed in
        let groups = KMeans(
          rows, count: NLEEP.componentCount(rows: rows.rows, classes: features.classCount),
          random: CounterRandom(seed: UInt64(seed), key: "nleep"))
        return DiagonalMixture(rows, groups: groups, ridge: NLEEP.ridge * variance).posteriors
      }
      classes = chosen.map { features.classOfRow[$0] }
      blocks = chosen.map { features.blockOfRow[$0] }
    }

    /// The mean over mixtures of LEEP of the rows that are not in a block; nil where none is left.
    func mean(without block: Int?) -> Double? {
      let kept = blocks.indices.filter { blocks[$0] != block }
      guard !kept.isEmpty else { return nil }
      let sum = mixtures.reduce(0) { $0 + NLEEP.leep($1, classes: classes, kept: kept) }
      return sum / Double(NLEEP.seeds)
    }
  }

  /// How many components hold 80 % of the variance, with those that equal the last.
  private static func components(_ squares: [Double]) -> Int {
    let total = squares.reduce(0, +)
    var (count, sum) = (0, 0.0)
    while count < squares.count, sum < energy * (1 - 1e-12) * total {
      sum += squares[count]
      count += 1
    }
    while count < squares.count, squares[count] > squares[count - 1] * (1 - 1e-9) { count += 1 }
    return count
  }

  /// K.
  private static func componentCount(rows: Int, classes: Int) -> Int {
    if 25 * classes <= rows { return 5 * classes }
    return min(rows, max(min(classes, rows / 5), rows / 10, 2))
  }

  /// The mean log likelihood of some rows' labels under their components' shares of labels.
  private static func leep(_ theta: Matrix, classes: [Int], kept: [Int]) -> Double {
    let width = theta.columns
    let height = (classes.max() ?? 0) + 1
    var joint = [Double](repeating: 0, count: height * width)
    var mass = [Double](repeating: 0, count: width)
    var sum = 0.0
    theta.values.withUnsafeBufferPointer { theta in
      joint.withUnsafeMutableBufferPointer { joint in
        for row in kept {
          let first = classes[row] * width
          for index in 0..<width {
            joint[first + index] += theta[row * width + index]
            mass[index] += theta[row * width + index]
          }
        }
        let floor = 1e-12 * Double(kept.count)
        for row in 0..<height {
          for index in 0..<width {
            joint[row * width + index] =
              mass[index] > floor ? joint[row * width + index] / mass[index] : 0
          }
        }
        for row in kept {
          let first = classes[row] * width
          var likelihood = 0.0
          for index in 0..<width {
            likelihood += joint[first + index] * theta[row * width + index]
          }
          sum += log(min(max(likelihood, 1e-12), 1))
        }
      }
    }
    return sum / Double(kept.count)
  }
}
