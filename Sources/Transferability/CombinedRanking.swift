import Foundation

/// Prior and scores together, each trusted as far as published tables say.
///
/// A network's standing z ~ N(0, 1) among the candidates is seen by witnesses s = ρz + √(1 − ρ²) e: the
/// static prior, and what the features say. Ranks become normal scores Φ⁻¹((r − ⅜)/(n + ¼)), and
///
///     E[z | s] = Σ w s / (1 + Σ w ρ),   w = ρ / (1 − ρ²)
///
/// All scores read the same features, and how their errors hang together was never published; so they
/// are one witness, the mean of their normal scores weighted by w, as reliable as the best of them and no
/// more. Only scores with a published reliability take part. A witness that doesn't know a network drops
/// out of its sums. The number is relative to the candidates: another candidate changes it.
/// - Reference: `benchmarks/prior.py`; Blom, "Statistical estimates and transformed beta-variables",
///   1958 (normal scores).
public struct CombinedRanking: Codable, Sendable, Equatable {
  /// One network.
  public struct Standing: Codable, Sendable, Equatable {
    /// The network's name.
    public let model: String
    /// Its place, 1 first.
    public let rank: Int
    /// Its expected standing, in standard deviations of the candidates.
    public let value: Double
  }

  /// The weight w of each witness: `prior` and `scores`.
  public let weights: [String: Double]
  /// The scores that were heard.
  public let scores: [String]
  /// The networks, best first.
  public let candidates: [Standing]

  /// Combines; nil for fewer than two networks, or where neither prior nor scores order any.
  ///
  /// - Parameters:
  ///   - prior: the static ranking of the networks.
  ///   - values: the value of each score by id, for each of `models`; nil where not defined.
  init?(models: [String], prior: StaticPrior, values: [String: [Double?]]) {
    guard models.count > 1 else { return nil }
    var witnesses: [(rho: Double, scores: [Double?])] = []
    var weights: [String: Double] = [:]
    if let basis = prior.basis {
      let reliability = PublishedReliability.of(basis)
      witnesses.append(
        (reliability.correlation, Self.normalScores(models.map { prior.value(of: $0) })))
      weights["prior"] = reliability.weight
    }
    let heard = values.keys.filter { id in
      PublishedReliability.ofScores[id] != nil && values[id]?.contains { $0 != nil } == true
    }.sorted()
    if let best = heard.compactMap({ PublishedReliability.ofScores[$0] }).max(by: {
      $0.correlation < $1.correlation
    }) {
      let voices = heard.map { id in
        (PublishedReliability.ofScores[id]?.weight ?? 0, Self.normalScores(values[id] ?? []))
      }
      let means = models.indices.map { index -> Double? in
        let known = voices.compactMap { weight, scores in scores[index].map { (weight, $0) } }
        let total = known.reduce(0) { $0 + $1.0 }
        return total > 0 ? known.reduce(0) { $0 + $1.0 * $1.1 } / total : nil
      }
      witnesses.append((best.correlation, Self.normalScores(means)))
      weights["scores"] = best.weight
    }
    let standings = models.indices.map { index -> Double? in
      var (sum, precision) = (0.0, 1.0)
      var isKnown = false
      for (rho, scores) in witnesses {
        guard let score = scores[index] else { continue }
        let weight = rho / (1 - rho * rho)
        sum += weight * score
        precision += weight * rho
        isKnown = true
      }
      return isKnown ? sum / precision : nil
    }
    let order = models.indices.filter { standings[$0] != nil }.sorted { a, b in
      let (first, second) = (standings[a] ?? 0, standings[b] ?? 0)
      return first == second ? a < b : first > second
    }
    guard !order.isEmpty else { return nil }
    self.weights = weights
    self.scores = heard
    candidates = order.enumerated().map { place, index in
      Standing(model: models[index], rank: place + 1, value: standings[index] ?? 0)
    }
  }

  /// Φ⁻¹((r − ⅜)/(n + ¼)) of the ranks among what is known, ties sharing their mean rank.
  static func normalScores(_ values: [Double?]) -> [Double?] {
    let known = values.compactMap { $0 }
    return values.map { value in
      guard let value else { return nil }
      let below = known.count { $0 < value }
      let equal = known.count { $0 == value }
      let rank = Double(below) + Double(equal + 1) / 2
      return normalQuantile((rank - 0.375) / (Double(known.count) + 0.25))
    }
  }

  /// Φ⁻¹ by Newton's method on Φ(x) = erfc(−x/√2)/2, for shares that ranks give.
  static func normalQuantile(_ share: Double) -> Double {
    var x = 0.0
    for _ in 0..<60 {
      let error = erfc(-x / 2.0.squareRoot()) / 2 - share
      let density = exp(-x * x / 2) / (2 * Double.pi).squareRoot()
      // At most one unit a step: far from the root Newton's own would leave the curve.
      let step = max(-1, min(1, error / density))
      x -= step
      if abs(step) < 1e-14 { break }
    }
    return x
  }
}
