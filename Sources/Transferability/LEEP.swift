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
    need: .sourceProbabilities, cost: "O(NS) time, O(CS) memory",
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

  private static func outcome(_ candidate: Candidate) throws -> Score.Outcome {
    guard let theta = candidate.table.sourceProbabilities else {
      return Score.Outcome(undefined: "the network has no source classifier")
    }
    let labels = candidate.table.labels
    let width = theta.rowLength
    var blocks = (0..<candidate.blocks.count).map { _ in
      SourceHistogram(sourceClassCount: width)
    }
    theta.withUnsafeBufferPointer { theta in
      for (row, label) in labels.enumerated() {
        let values = UnsafeBufferPointer(rebasing: theta[row * width..<(row + 1) * width])
        blocks[candidate.blockOfRow[row]].add(row: values, label: label)
      }
    }
    var whole = SourceHistogram(sourceClassCount: width)
    for block in blocks { whole.merge(block) }
    guard whole.mass.values.contains(where: { $0.contains { $0 > 0 } }) else {
      return Score.Outcome(undefined: "all source probabilities are zero")
    }
    var replicates = [Double?](repeating: nil, count: blocks.count)
    theta.withUnsafeBufferPointer { theta in
      replicates.withUnsafeMutableBufferPointer { replicates in
        Parallel.forEach(blocks.count) { block in
          let conditional = whole.removing(blocks[block]).conditional
          var sum = 0.0
          var count = 0
          for (row, label) in labels.enumerated() where candidate.blockOfRow[row] != block {
            let values = UnsafeBufferPointer(rebasing: theta[row * width..<(row + 1) * width])
            sum += logLikelihood(values, conditional[label])
            count += 1
          }
          replicates[block] = count > 0 ? sum / Double(count) : nil
        }
      }
    }
    let value = sum(theta, labels: labels, under: whole) / Double(labels.count)
    return Score.Outcome(value: value, replicates: replicates)
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
