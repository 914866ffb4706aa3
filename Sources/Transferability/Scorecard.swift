/// The scores of candidate networks on one data set, with intervals, ranks, ties and the static prior.
///
/// Encodes as `{"schema": "graft.scorecard/1", "candidates": [{"model", "rank", "rowCount",
/// "populationCount", "featureCount", "expectedAccuracy", "pBest", "scores": {id: {"value", "low",
/// "high", "interval"?, "pooled"?, "parts"?, "note"?}}}], "rankedBy", "indistinguishable": [[…]], "prior", "combined", "agreement"?}`,
/// undefined numbers as null.
public struct Scorecard: Codable, Sendable, Equatable {
  /// The schema and its version.
  public static let schema = "graft.scorecard/1"

  /// One network.
  public struct CandidateScores: Codable, Sendable, Equatable {
    /// The network's name.
    public let model: String
    /// Its place by the ranking score, 1 first; nil where that score is not defined for it.
    public let rank: Int?
    /// Number of rows scored.
    public let rowCount: Int
    /// Number of rows there were before a limit drew from them.
    public let populationCount: Int
    /// Number of features.
    public let featureCount: Int
    /// What a linear probe on its features is expected to reach.
    public let expectedAccuracy: ExpectedAccuracy
    /// The probability that it is the best of the candidates by the ranking score; nil where that score
    /// is not defined for it, or has no interval for one of them.
    public let pBest: Double?
    /// Its scores by id.
    public let scores: [String: Entry]

    private enum CodingKeys: String, CodingKey {
      case model, rank, rowCount, populationCount, featureCount, expectedAccuracy, pBest, scores
    }

    /// Writes absent numbers as null.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(model, forKey: .model)
      try container.encode(rank, forKey: .rank)
      try container.encode(rowCount, forKey: .rowCount)
      try container.encode(populationCount, forKey: .populationCount)
      try container.encode(featureCount, forKey: .featureCount)
      try container.encode(expectedAccuracy, forKey: .expectedAccuracy)
      try container.encode(pBest, forKey: .pBest)
      try container.encode(scores, forKey: .scores)
    }
  }

  /// The schema and its version, as encoded.
  public let schema: String
  /// The score that ranks.
  public let rankedBy: String
  /// The networks, best first; those without the ranking score last.
  public let candidates: [CandidateScores]
  /// Groups of networks whose order the data cannot tell, best group first; each has at least two.
  public let indistinguishable: [[String]]
  /// What one would choose without looking at the data.
  public let prior: StaticPrior
  /// Prior and scores together; nil for a single network.
  public let combined: CombinedRanking?
  /// How well the rankings foretold known accuracies, where such were given.
  public var agreement: ScorecardAgreement?

  private enum CodingKeys: String, CodingKey {
    case schema, rankedBy, candidates, indistinguishable, prior, combined, agreement
  }

  /// Writes an absent combination as null.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(schema, forKey: .schema)
    try container.encode(rankedBy, forKey: .rankedBy)
    try container.encode(candidates, forKey: .candidates)
    try container.encode(indistinguishable, forKey: .indistinguishable)
    try container.encode(prior, forKey: .prior)
    try container.encode(combined, forKey: .combined)
    try container.encodeIfPresent(agreement, forKey: .agreement)
  }

  /// How far scoring has come.
  public enum Step: Sendable, Equatable {
    /// Rows of a network's features have been read.
    case reading(model: String, rows: Int, of: Int)
    /// A score of a network is about to be computed, the `place`-th of all scores of all networks.
    case scoring(model: String, score: String, place: Int, of: Int)
  }

  /// Scores networks in memory and ranks them; see `init(sources:facts:scores:rankedBy:seed:progress:)`.
  public init(
    _ tables: [FeatureTable], facts: [String: NetworkFacts] = [:], scores: [Score] = Score.all,
    rankedBy ranking: String = "logme", seed: UInt64 = 0,
    progress: (Step) throws -> Void = { _ in }
  ) throws {
    try self.init(
      sources: tables.map { FeatureSource($0) }, facts: facts, scores: scores, rankedBy: ranking,
      seed: seed, progress: progress)
  }

  /// Scores networks and ranks them.
  ///
  /// Two networks are indistinguishable when the 95 % jackknife interval of the difference of their
  /// ranking scores holds 0, paired over blocks where both saw the same labels in the same order. A
  /// network without an interval cannot be told from any. Groups are runs of the ranking in which
  /// every pair is so.
  /// - Parameters:
  ///   - sources: one for each network, read one after the other.
  ///   - facts: what is known of the networks beforehand, by name; the name itself where nothing is.
  ///   - scores: the scores to compute.
  ///   - ranking: the id of the score that ranks; must be among `scores`.
  ///   - seed: of the draws: rows for estimators that cannot read all, and `pBest`.
  ///   - progress: called before each step; may throw to stop.
  /// - Throws: `TransferabilityError`, what a reader of rows throws, or what `progress` throws.
  public init(
    sources: [FeatureSource], facts: [String: NetworkFacts] = [:], scores: [Score] = Score.all,
    rankedBy ranking: String = "logme", seed: UInt64 = 0,
    progress: (Step) throws -> Void = { _ in }
  ) throws {
    precondition(scores.contains { $0.id == ranking }, "\(ranking) is not among the scores")
    var results: [RankedCandidate] = []
    for (index, source) in sources.enumerated() {
      let candidate = try Candidate(source, seed: seed) {
        try progress(.reading(model: source.model, rows: $0, of: source.labels.count))
      }
      var outcomes: [String: Score.Outcome] = [:]
      for (place, score) in scores.enumerated() {
        try progress(
          .scoring(
            model: source.model, score: score.id, place: index * scores.count + place,
            of: sources.count * scores.count))
        outcomes[score.id] = try score(candidate)
      }
      results.append(
        RankedCandidate(
          model: source.model, labels: source.labels, featureCount: source.features.width,
          populationCount: source.populationCount,
          expectedAccuracy: try ExpectedAccuracy(candidate, probed: outcomes["ridge-probe"]),
          outcomes: outcomes,
          leading: outcomes[ranking] ?? Score.Outcome(undefined: "not computed")))
    }
    results.sort { $0.isBefore($1) }
    let ranked = results.filter { $0.leading.value != nil }
    let probabilities = RankedCandidate.probabilities(ranked, seed: seed)
    let names = results.map(\.model)
    let known = names.reduce(into: facts) { known, name in
      if known[name] == nil { known[name] = NetworkFacts(name: name) }
    }
    schema = Self.schema
    rankedBy = ranking
    indistinguishable = RankedCandidate.groups(ranked)
    prior = StaticPrior(models: names.sorted(), facts: known)
    combined = CombinedRanking(
      models: names, prior: prior,
      values: scores.reduce(into: [:]) { values, score in
        values[score.id] = results.map { $0.outcomes[score.id]?.value }
      })
    let pooled = Self.pooled(results, scores)
    candidates = results.enumerated().map { index, result in
      let isRanked = index < ranked.count
      return CandidateScores(
        model: result.model, rank: isRanked ? index + 1 : nil, rowCount: result.labels.count,
        populationCount: result.populationCount, featureCount: result.featureCount,
        expectedAccuracy: result.expectedAccuracy,
        pBest: isRanked ? probabilities?[index] : nil,
        scores: Dictionary(
          uniqueKeysWithValues: result.outcomes.map { id, outcome in
            let entry = Entry(
              outcome, rows: result.labels.count, of: result.populationCount,
              pooled: pooled[id]?[index])
            return (id, entry)
          }))
    }
  }

  /// For each score that its paper defines relative to a pool, that value of each network.
  private static func pooled(
    _ results: [RankedCandidate], _ scores: [Score]
  ) -> [String: [Double?]] {
    guard results.count > 1 else { return [:] }
    return scores.reduce(into: [:]) { pooled, score in
      pooled[score.id] = score.poolCombination?(
        results.map { result in
          result.outcomes[score.id].flatMap { $0.value == nil ? nil : $0.parts }
        })
    }
  }
}
