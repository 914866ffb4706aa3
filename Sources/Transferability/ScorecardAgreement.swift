/// How well the rankings of a scorecard foretold known accuracies, beside chance and the static prior.
public struct ScorecardAgreement: Codable, Sendable, Equatable {
  /// The known accuracy of each candidate that has one, in 0…1.
  public let accuracies: [String: Double]
  /// What orders drawn at random reach with these accuracies.
  public let chance: ChanceLevel
  /// Agreement of each ranking: scores by id, their values relative to the pool as `id.pooled` where
  /// papers define such, `prior`, `combined`; rankings of fewer than two of the
  /// networks are left out.
  public let rankings: [String: RankingAgreement]

  /// Compares; nil for fewer than two known accuracies, or where all are equal.
  ///
  /// Each ranking is judged on the candidates for which it is defined, whose number it tells.
  public init?(_ scorecard: Scorecard, accuracies: [String: Double], seed: UInt64 = 0) {
    let models = scorecard.candidates.map(\.model).filter { accuracies[$0] != nil }
    guard let chance = ChanceLevel(accuracies: models.compactMap { accuracies[$0] }, seed: seed)
    else { return nil }
    func agreement(_ value: (String) -> Double?) -> RankingAgreement? {
      let pairs = models.compactMap { model -> (Double, Double)? in
        guard let score = value(model), let accuracy = accuracies[model] else { return nil }
        return (score, accuracy)
      }
      return RankingAgreement(scores: pairs.map(\.0), accuracies: pairs.map(\.1))
    }
    var rankings: [String: RankingAgreement] = [:]
    for id in Set(scorecard.candidates.flatMap(\.scores.keys)) {
      let entry = { (model: String) in
        scorecard.candidates.first { $0.model == model }?.scores[id]
      }
      rankings[id] = agreement { entry($0)?.value }
      rankings[id + ".pooled"] = agreement { entry($0)?.pooled }
    }
    rankings["prior"] = agreement { scorecard.prior.value(of: $0) }
    rankings["combined"] = agreement { model in
      scorecard.combined?.candidates.first { $0.model == model }?.value
    }
    self.accuracies = accuracies.filter { models.contains($0.key) }
    self.chance = chance
    self.rankings = rankings
  }
}
