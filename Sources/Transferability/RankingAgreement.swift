/// How well a ranking of networks foretold the accuracies that fine-tuning gave.
///
/// Where scores tie, the network of lower accuracy is taken as named first, so that a tie never
/// flatters a ranking.
/// - Reference: You et al., ICML 2021, §5.1 (τ_w); Shao et al., "Not all models are equal: predicting
///   model transferability in a self-challenging Fisher space", ECCV 2022, §5.1 (Rel@k); Bolya, Mittapalli
///   & Hoffman, "Scalable diverse model selection for accessible transfer learning", NeurIPS 2021, §4
///   (Pearson).
public struct RankingAgreement: Codable, Sendable, Equatable {
  /// Number of networks with a score and an accuracy.
  public let modelCount: Int
  /// Weighted τ, the mean of both orders; nil where it is not defined.
  public let weightedTau: Double?
  /// Weighted τ with the ranks of the accuracies as weights; nil where it is not defined.
  public let weightedTauByAccuracy: Double?
  /// Pearson's correlation of score and accuracy; nil where one of them is constant.
  public let pearson: Double?
  /// Rel@k for k = 1, 3, 5 below the number of networks: the best accuracy among the first k by score
  /// over the best of all, at most 1.
  public let rel: [String: Double]
  /// Recall@k for the same k: the share of the k truly best that are among the first k by score.
  public let recall: [String: Double]
  /// What following the ranking costs: the best accuracy less that of the network named first, in the
  /// unit of the accuracies times 100, so percentage points for accuracies in 0…1.
  public let regretPoints: Double

  private enum CodingKeys: String, CodingKey {
    case modelCount, weightedTau, weightedTauByAccuracy, pearson, rel, recall, regretPoints
  }

  /// Writes what is not defined as null.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(modelCount, forKey: .modelCount)
    try container.encode(weightedTau, forKey: .weightedTau)
    try container.encode(weightedTauByAccuracy, forKey: .weightedTauByAccuracy)
    try container.encode(pearson, forKey: .pearson)
    try container.encode(rel, forKey: .rel)
    try container.encode(recall, forKey: .recall)
    try container.encode(regretPoints, forKey: .regretPoints)
  }

  /// Compares; nil for fewer than two networks or numbers that are not finite.
  ///
  /// - Parameters:
  ///   - scores: of each network, higher is better.
  ///   - accuracies: of the same networks after fine-tuning, as shares in 0…1.
  /// - Precondition: as many scores as accuracies.
  /// - Complexity: O(n²).
  public init?(scores: [Double], accuracies: [Double]) {
    precondition(scores.count == accuracies.count, "a score for each accuracy")
    guard scores.count > 1, (scores + accuracies).allSatisfy(\.isFinite) else { return nil }
    let order = scores.indices.sorted { a, b in
      scores[a] == scores[b]
        ? (accuracies[a], a) < (accuracies[b], b) : scores[a] > scores[b]
    }
    let truth = accuracies.indices.sorted { accuracies[$0] > accuracies[$1] }
    let best = accuracies[truth[0]]
    modelCount = scores.count
    weightedTau = WeightedTau.value(scores: scores, accuracies: accuracies, .both)
    weightedTauByAccuracy = WeightedTau.value(
      scores: scores, accuracies: accuracies, .accuracy)
    pearson = Self.pearson(scores, accuracies)
    regretPoints = 100 * (best - accuracies[order[0]])
    var (rel, recall) = ([String: Double](), [String: Double]())
    for k in [1, 3, 5] where k < scores.count {
      let found = order.prefix(k).map { accuracies[$0] }
      rel["\(k)"] = best > 0 ? (found.max() ?? 0) / best : 1
      // Networks as good as the k-th best are right answers too.
      let limit = accuracies[truth[k - 1]]
      recall["\(k)"] = Double(found.count { $0 >= limit }) / Double(k)
    }
    (self.rel, self.recall) = (rel, recall)
  }

  /// Σ (x − x̄)(y − ȳ) / √(Σ (x − x̄)² Σ (y − ȳ)²).
  static func pearson(_ x: [Double], _ y: [Double]) -> Double? {
    let count = Double(x.count)
    let (meanX, meanY) = (x.reduce(0, +) / count, y.reduce(0, +) / count)
    var (product, squareX, squareY) = (0.0, 0.0, 0.0)
    for (a, b) in zip(x, y) {
      product += (a - meanX) * (b - meanY)
      squareX += (a - meanX) * (a - meanX)
      squareY += (b - meanY) * (b - meanY)
    }
    guard squareX > 0, squareY > 0 else { return nil }
    return product / (squareX * squareY).squareRoot()
  }
}
