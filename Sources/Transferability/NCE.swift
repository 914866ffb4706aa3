import Foundation

/// Negative conditional entropy: how well the most probable source class tells the label.
///
///     NCE = Σ_{c,z} P(c, z) ln (P(c, z) / P(z)) = −H(Y | Z)
///
/// with z the source class of greatest probability (the first of equals) and P the shares of rows.
/// −ln C ≤ NCE ≤ 0. Source classes that no row votes for count for nothing; 0 ln 0 = 0. Not defined
/// without a source head. The public code behind LogME's tables swaps the two arguments and gives
/// −H(Z | Y).
/// - Complexity: O(NS) for the votes, then O(CS).
/// - Reference: Tran, Nguyen & Hassner, "Transferability and hardness of supervised classification
///   tasks", ICCV 2019, eq. 4 and 5.
public enum NCE {
  static let score = Score(
    id: "nce", name: "NCE",
    summary: "−H(label | most probable source class), −ln C to 0.",
    need: .sourceProbabilities, scope: .allRows, cost: "O(NS) time, O(CS) memory",
    reference: "Tran et al., ICCV 2019, eq. 4 and 5", evaluate: outcome)

  /// The score from the votes of a histogram; nil where it holds no rows.
  public static func value(of histogram: SourceHistogram) -> Double? {
    guard histogram.count > 0 else { return nil }
    var totals = [Int](repeating: 0, count: histogram.sourceClassCount)
    for votes in histogram.votes.values { for z in votes.indices { totals[z] += votes[z] } }
    // Labels in order: the sum then has the same bits every time.
    var sum = 0.0
    for (_, votes) in histogram.votes.sorted(by: { $0.key < $1.key }) {
      for z in votes.indices where votes[z] > 0 {
        sum += Double(votes[z]) * log(Double(votes[z]) / Double(totals[z]))
      }
    }
    return sum / Double(histogram.count)
  }

  private static func outcome(_ candidate: Candidate) throws -> Score.Outcome {
    guard let theta = candidate.source.sourceProbabilities else {
      return Score.Outcome(undefined: "the network has no source classifier")
    }
    let (whole, blocks) = try candidate.sourceHistograms(theta)
    guard let value = value(of: whole) else {
      return Score.Outcome(undefined: "there are no source probabilities")
    }
    return Score.Outcome(
      value: value,
      replicates: candidate.deletions.map { Self.value(of: whole.removing(blocks[$0])) })
  }
}
