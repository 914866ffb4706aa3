internal import Tensors

/// The scores of candidate networks on one data set, with intervals, ranks and ties.
///
/// Encodes as `{"schema": "graft.scorecard/1", "candidates": [{"model", "rank", "scores": {id:
/// {"value", "low", "high", "note"?}}}], "rankedBy", "indistinguishable": [[…]]}`, undefined numbers
/// as null.
public struct Scorecard: Codable, Sendable, Equatable {
  /// The schema and its version.
  public static let schema = "graft.scorecard/1"

  /// One score of one network.
  public struct Entry: Codable, Sendable, Equatable {
    /// The value, nil where it is not defined.
    public let value: Double?
    /// Lower end of the 95 % interval, nil where there is none.
    public let low: Double?
    /// Upper end of the 95 % interval, nil where there is none.
    public let high: Double?
    /// Why a number is missing, or what to know about it.
    public let note: String?

    private enum CodingKeys: String, CodingKey { case value, low, high, note }

    /// Writes nil numbers as null, and leaves an absent note out.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(value, forKey: .value)
      try container.encode(low, forKey: .low)
      try container.encode(high, forKey: .high)
      try container.encodeIfPresent(note, forKey: .note)
    }
  }

  /// One network.
  public struct CandidateScores: Codable, Sendable, Equatable {
    /// The network's name.
    public let model: String
    /// Its place by the ranking score, 1 first; nil where that score is not defined for it.
    public let rank: Int?
    /// Number of rows scored.
    public let rowCount: Int
    /// Number of features.
    public let featureCount: Int
    /// Its scores by id.
    public let scores: [String: Entry]

    private enum CodingKeys: String, CodingKey { case model, rank, rowCount, featureCount, scores }

    /// Writes an absent rank as null.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(model, forKey: .model)
      try container.encode(rank, forKey: .rank)
      try container.encode(rowCount, forKey: .rowCount)
      try container.encode(featureCount, forKey: .featureCount)
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

  /// Scores networks and ranks them.
  ///
  /// Two networks are indistinguishable when the 95 % jackknife interval of the difference of their
  /// ranking scores holds 0, paired over blocks where both saw the same labels in the same order. A
  /// network without an interval cannot be told from any. Groups are runs of the ranking in which
  /// every pair is so.
  /// - Parameters:
  ///   - tables: one table for each network.
  ///   - scores: the scores to compute.
  ///   - ranking: the id of the score that ranks; must be among `scores`.
  ///   - progress: called before each network with its place (from 0) and name.
  /// - Throws: `TransferabilityError.decomposition`, or what `progress` throws.
  public init(
    _ tables: [FeatureTable], scores: [Score] = Score.all, rankedBy ranking: String = "logme",
    progress: (Int, String) throws -> Void = { _, _ in }
  ) throws {
    precondition(scores.contains { $0.id == ranking }, "\(ranking) is not among the scores")
    var results: [Result] = []
    for (index, table) in tables.enumerated() {
      try progress(index, table.model)
      let candidate = Candidate(table)
      var outcomes: [String: Score.Outcome] = [:]
      for score in scores { outcomes[score.id] = try score(candidate) }
      results.append(Result(table: table, outcomes: outcomes, ranking: ranking))
    }
    results.sort { $0.isBefore($1) }
    self.schema = Self.schema
    self.rankedBy = ranking
    self.candidates = results.enumerated().map { index, result in
      CandidateScores(
        model: result.table.model, rank: result.leading.value == nil ? nil : index + 1,
        rowCount: result.table.labels.count, featureCount: result.table.features.rowLength,
        scores: result.outcomes.mapValues(Entry.init))
    }
    self.indistinguishable = Self.groups(results.filter { $0.leading.value != nil })
  }

  /// What scoring one network gave.
  private struct Result {
    let table: FeatureTable
    let outcomes: [String: Score.Outcome]
    let leading: Score.Outcome

    init(table: FeatureTable, outcomes: [String: Score.Outcome], ranking: String) {
      self.table = table
      self.outcomes = outcomes
      self.leading = outcomes[ranking] ?? Score.Outcome(undefined: "not computed")
    }

    func isBefore(_ other: Result) -> Bool {
      switch (leading.value, other.leading.value) {
      case (let mine?, let theirs?):
        return mine == theirs ? table.model < other.table.model : mine > theirs
      case (nil, nil): return table.model < other.table.model
      case (let mine, _): return mine != nil
      }
    }

    func cannotBeTold(from other: Result) -> Bool {
      guard let mine = leading.value, let theirs = other.leading.value else { return true }
      let half: Double?
      if table.labels == other.table.labels,
        leading.replicates.count == other.leading.replicates.count
      {
        half = Jackknife.halfWidth(
          zip(leading.replicates, other.leading.replicates).map { pair in
            pair.0.flatMap { a in pair.1.map { a - $0 } }
          })
      } else if let a = Jackknife.halfWidth(leading.replicates),
        let b = Jackknife.halfWidth(other.leading.replicates)
      {
        half = (a * a + b * b).squareRoot()
      } else {
        half = nil
      }
      return half.map { abs(mine - theirs) <= $0 } ?? true
    }
  }

  /// The maximal runs of the ranking in which no pair can be told apart.
  private static func groups(_ ranked: [Result]) -> [[String]] {
    var groups: [[String]] = []
    var covered = 0
    for first in ranked.indices {
      var end = first + 1
      while end < ranked.count,
        ranked[first..<end].allSatisfy({ $0.cannotBeTold(from: ranked[end]) })
      { end += 1 }
      if end - first > 1, end > covered { groups.append(ranked[first..<end].map(\.table.model)) }
      covered = max(covered, end)
    }
    return groups
  }
}

extension Scorecard.Entry {
  /// A score's value with its jackknife interval.
  public init(_ outcome: Score.Outcome) {
    let half = Jackknife.halfWidth(outcome.replicates)
    self.value = outcome.value
    self.low = outcome.value.flatMap { value in half.map { value - $0 } }
    self.high = outcome.value.flatMap { value in half.map { value + $0 } }
    self.note = outcome.note
  }
}
