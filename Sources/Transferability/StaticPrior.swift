/// The ranking of a person who doesn't look at the data, to be read beside every other.
///
/// On the field's standard tables it is better than most estimators, so that a score that disagrees with
/// it needs a reason. The best of three grounds is taken, weighing how many of the networks it covers by
/// how well it did on published tables (mean weighted τ): mean rank of the same architecture on eleven
/// published data sets (0.837), ImageNet top-1 accuracy, the card's or else the one published for the architecture (0.654), number of
/// parameters (0.578). Networks that it doesn't cover have no rank, and a note says so.
/// - Reference: `benchmarks/priors.md`; arXiv:2510.06448 for how hard a fixed list is to beat.
public struct StaticPrior: Codable, Sendable, Equatable {
  /// What a ranking goes by.
  public enum Basis: String, Codable, Sendable, CaseIterable {
    /// Mean rank after fine-tuning in published tables.
    case publishedRanks = "published-ranks"
    /// Published top-1 accuracy on ImageNet-1k.
    case sourceAccuracy = "source-accuracy"
    /// Number of parameters.
    case parameters
  }

  /// One network.
  public struct Standing: Codable, Sendable, Equatable {
    /// The network's name.
    public let model: String
    /// Its place, 1 first; nil where the basis says nothing of it.
    public let rank: Int?
    /// ImageNet-1k top-1 accuracy, in 0…1: its card's, else the one published for its architecture
    /// (torchvision's first weights).
    public let sourceAccuracy: Double?
    /// Number of parameters.
    public let parameterCount: Int?
    /// Mean rank of its architecture among eleven in published tables, 11 the best.
    public let publishedRank: Double?
    /// Why it has no rank.
    public let note: String?
  }

  /// What the ranking goes by; nil where nothing is known of any network.
  public let basis: Basis?
  /// Mean weighted τ of this basis on the published tables.
  public let publishedTau: Double?
  /// The networks, best first, those without rank last.
  public let candidates: [Standing]

  /// Ranks networks.
  ///
  /// - Parameters:
  ///   - models: names, in the order that decides ties.
  ///   - facts: by name.
  public init(models: [String], facts: [String: NetworkFacts]) {
    let coverage = Basis.allCases.map { basis in
      Double(models.count { Self.value(basis, facts[$0]) != nil })
        * PublishedReliability.of(basis).weightedTau
    }
    let best = coverage.indices.max { (coverage[$0], $1) < (coverage[$1], $0) } ?? 0
    let basis = coverage[best] > 0 ? Basis.allCases[best] : nil
    let values = models.map { model in basis.flatMap { Self.value($0, facts[model]) } }
    let order = models.indices.sorted { a, b in
      let (first, second) = (values[a] ?? -.infinity, values[b] ?? -.infinity)
      return first == second ? a < b : first > second
    }
    self.basis = basis
    publishedTau = basis.map { PublishedReliability.of($0).weightedTau }
    candidates = order.map { index in
      let known = facts[models[index]]
      // Equal values share the better place.
      let rank = values[index].map { own in 1 + values.count { ($0 ?? -.infinity) > own } }
      return Standing(
        model: models[index], rank: rank, sourceAccuracy: known?.sourceAccuracy,
        parameterCount: known?.parameters, publishedRank: known?.publishedRank,
        note: rank == nil ? "nothing is known of it that could rank it beforehand" : nil)
    }
  }

  /// The value by which a basis ranks a network.
  static func value(_ basis: Basis, _ facts: NetworkFacts?) -> Double? {
    switch basis {
    case .publishedRanks: facts?.publishedRank
    case .sourceAccuracy: facts?.sourceAccuracy
    case .parameters: facts?.parameters.map(Double.init)
    }
  }

  /// Higher is better; nil where the network has no rank.
  func value(of model: String) -> Double? {
    candidates.first { $0.model == model }?.rank.map { -Double($0) }
  }
}
