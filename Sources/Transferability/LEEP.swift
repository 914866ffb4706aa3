import Foundation
public import Tensors

/// Log expected empirical prediction: how well source labels predict target labels.
///
///     LEEP = (1/N) Σ_i ln Σ_z P(y_i | z) θ(x_i)_z
///
/// P(y | z) is the empirical conditional of target label and source class under the source
/// probabilities θ. LEEP ≤ 0. Source classes without mass (below 10⁻¹²) count for nothing, and the
/// argument of the logarithm is at least 10⁻¹². Not defined without a source head.
/// - Complexity: O(NS), times the number of blocks for the interval.
/// - Reference: Nguyen et al., "LEEP: a new measure to evaluate transferability of learned
///   representations", ICML 2020, eq. 1 and 2; arXiv:2002.12462.
public enum LEEP {
  static let score = Score(
    id: "leep", name: "LEEP",
    summary:
      "Mean log likelihood of labels under P(label | source class) and the source head, ≤ 0.",
    need: .sourceProbabilities, scope: .allRows, cost: "O(NS) time, O(CS) memory",
    reference: "Nguyen et al., ICML 2020, eq. 1 and 2", evaluate: outcome)

  /// Σ_i ln Σ_z P(y_i | z) θ_iz over some rows: the second pass, additive over shards.
  ///
  /// Divide by the number of all rows to get LEEP.
  public static func sum(
    _ probabilities: Tensor, labels: [Int], under histogram: SourceHistogram
  ) -> Double {
    let width = histogram.sourceClassCount
    precondition(probabilities.shape == [labels.count, width])
    let conditional = histogram.conditional
    return probabilities.withUnsafeBufferPointer { theta in
      labels.enumerated().reduce(0) { sum, item in
        let row = UnsafeBufferPointer(
          rebasing: theta[item.offset * width..<(item.offset + 1) * width])
        return sum + logLikelihood(row, conditional[item.element])
      }
    }
  }

  /// Two passes over the rows: the joint distribution of each block, then the likelihoods under the
  /// distribution of all blocks and of all but each.
  private static func outcome(_ candidate: Candidate) throws -> Score.Outcome {
    let source = candidate.source
    guard let theta = source.sourceProbabilities else {
      return Score.Outcome(undefined: "the network has no source classifier")
    }
    let width = theta.width
    let blockOfRow = candidate.blockOfSourceRow
    let (whole, blocks) = try candidate.sourceHistograms(theta)
    guard whole.mass.values.contains(where: { $0.contains { $0 > 0 } }) else {
      return Score.Outcome(undefined: "all source probabilities are zero")
    }
    // The last is of all rows.
    let conditionals =
      candidate.deletions.map { whole.removing(blocks[$0]).conditional } + [whole.conditional]
    var sums = [Double](repeating: 0, count: conditionals.count)
    var counts = [Int](repeating: 0, count: conditionals.count)
    try theta.forEachRun(of: theta.comfortableRun) { rows, values in
      sums.withUnsafeMutableBufferPointer { sums in
        counts.withUnsafeMutableBufferPointer { counts in
          Parallel.forEach(conditionals.count) { block in
            for (place, row) in rows.enumerated()
            where block == candidate.deletions.count || blockOfRow[row] != block {
              sums[block] += logLikelihood(
                UnsafeBufferPointer(rebasing: values[place * width..<(place + 1) * width]),
                conditionals[block][source.labels[row]])
              counts[block] += 1
            }
          }
        }
      }
    }
    let means = zip(sums, counts).map { $1 > 0 ? $0 / Double($1) : nil }
    guard let value = means.last ?? nil else {
      return Score.Outcome(undefined: "there are no rows")
    }
    return Score.Outcome(value: value, replicates: Array(means.dropLast()))
  }

  private static func logLikelihood(
    _ theta: UnsafeBufferPointer<Float>, _ conditional: [Double]?
  ) -> Double {
    guard let conditional else { return log(1e-12) }
    var likelihood = 0.0
    conditional.withUnsafeBufferPointer { conditional in
      for index in 0..<theta.count { likelihood += conditional[index] * Double(theta[index]) }
    }
    return log(max(likelihood, 1e-12))
  }
}
