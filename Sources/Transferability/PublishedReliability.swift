/// How far rankings are to be trusted, from published tables only.
///
/// The mean weighted τ of each ranking over eleven data sets and eleven networks, and the correlation ρ
/// of normal scores that gives that τ on average. `benchmarks/prior.py` computes them, and
/// `benchmarks/priors.md` records what leaving one data set out gives.
/// - Reference: Shao et al., ECCV 2022, group 1 (accuracies and τ_w of its repository).
struct PublishedReliability: Sendable, Equatable {
  /// Mean weighted τ.
  let weightedTau: Double
  /// ρ.
  let correlation: Double

  /// ρ / (1 − ρ²), the weight of a witness whose errors are independent of the others'.
  var weight: Double { correlation / (1 - correlation * correlation) }

  /// Of a static ranking.
  static func of(_ basis: StaticPrior.Basis) -> PublishedReliability {
    switch basis {
    case .publishedRanks: PublishedReliability(weightedTau: 0.837, correlation: 0.953)
    case .sourceAccuracy: PublishedReliability(weightedTau: 0.654, correlation: 0.816)
    case .parameters: PublishedReliability(weightedTau: 0.578, correlation: 0.741)
    }
  }

  /// Of the scores for which it was published, by id.
  static let ofScores: [String: PublishedReliability] = [
    "leep": PublishedReliability(weightedTau: 0.410, correlation: 0.550),
    "logme": PublishedReliability(weightedTau: 0.509, correlation: 0.666),
    "nleep": PublishedReliability(weightedTau: 0.611, correlation: 0.774),
    "parc": PublishedReliability(weightedTau: 0.467, correlation: 0.619),
    "sfda": PublishedReliability(weightedTau: 0.710, correlation: 0.865),
  ]
}
