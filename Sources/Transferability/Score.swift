import Tensors

/// A transferability score: what it is called, what it means, and how it is computed.
///
/// `Score.all` is the one list; adding a score is its file and a line there. Higher is better for
/// every score. Scores of different data sets cannot be compared.
public struct Score: Sendable {
  /// What a score needs of a network.
  public enum Need: String, Sendable, Codable {
    /// Features alone.
    case features
    /// The probabilities of the source classes.
    case sourceProbabilities
  }

  /// Which rows a score is computed from when there are more than a table holds.
  public enum Scope: String, Sendable, Codable {
    /// From sums over all rows, or from passes over them.
    case allRows
    /// From `Candidate.table`: all rows up to its limit, a stratified draw above.
    case table
  }

  /// What a score came to.
  public struct Outcome: Sendable, Equatable {
    /// The value, nil where it is not defined.
    public let value: Double?
    /// The value without each block of rows, nil where not computed or not defined.
    public let replicates: [Double?]
    /// Why there is no value, or what to know about it.
    public private(set) var note: String?
    /// Numbers that the value is made of or was chosen from, by name; empty for most scores.
    ///
    /// They belong to this network alone, whatever other candidates there are; a score that its
    /// paper defines relative to a pool is combined from them by `Score.poolCombination`.
    public let parts: [String: Double]

    /// A value with its replicates and parts.
    public init(
      value: Double, replicates: [Double?], note: String? = nil, parts: [String: Double] = [:]
    ) {
      precondition(value.isFinite, "a score that is not finite is undefined")
      precondition(parts.values.allSatisfy(\.isFinite), "a part that is not finite is left out")
      self.value = value
      self.replicates = replicates
      self.note = note
      self.parts = parts
    }

    /// The same with a further remark.
    func noting(_ remark: String) -> Outcome {
      var copy = self
      copy.note = note.map { "\($0); \(remark)" } ?? remark
      return copy
    }

    /// No value, and why.
    public init(undefined note: String) {
      self.value = nil
      self.replicates = []
      self.note = note
      self.parts = [:]
    }
  }

  /// The identifier in commands and JSON.
  public let id: String
  /// The name people use.
  public let name: String
  /// The formula and its meaning, in one line.
  public let summary: String
  /// What it needs.
  public let need: Need
  /// Which rows it is computed from.
  public let scope: Scope
  /// Time and memory, in N rows, D features, C classes, S source classes.
  public let cost: String
  /// Where it is from, with the equation.
  public let reference: String
  /// Computes it; throws where a decomposition fails.
  let evaluate: @Sendable (Candidate) throws -> Outcome
  /// The score relative to a pool of candidates, from their parts, where its paper defines it so.
  ///
  /// One element for each candidate in and out; nil stands for a candidate without a value, which
  /// takes no part. nil for the scores, most of them, whose value is the paper's by itself.
  public let poolCombination: (@Sendable ([[String: Double]?]) -> [Double?])?

  init(
    id: String, name: String, summary: String, need: Need, scope: Scope = .table, cost: String,
    reference: String, evaluate: @escaping @Sendable (Candidate) throws -> Outcome,
    poolCombination: (@Sendable ([[String: Double]?]) -> [Double?])? = nil
  ) {
    self.id = id
    self.name = name
    self.summary = summary
    self.need = need
    self.scope = scope
    self.cost = cost
    self.reference = reference
    self.evaluate = evaluate
    self.poolCombination = poolCombination
  }

  /// Every score, in the order of reports.
  public static let all: [Score] = [
    LogME.score, LEEP.score, HScore.score, ShrunkHScore.score,
    NCE.score,
    LFC.score,
    TransRate.score,
    GBC.score,
    NearestNeighbours.score,
    RidgeProbe.score,
    NLEEP.score,
    SFDA.score,
    PARC.score,
    ETran.score,
    NCTI.score,
    PACTran.score,
    CrossValidatedProbe.score,
  ]

  /// The score with an identifier.
  ///
  /// - Throws: `.unknownScore` with the known identifiers.
  public static func named(_ id: String) throws(TransferabilityError) -> Score {
    guard let score = all.first(where: { $0.id == id }) else {
      throw .unknownScore(id, known: all.map(\.id))
    }
    return score
  }

  /// The value on a network's features, with replicates for its interval.
  ///
  /// Undefined, with a note, for fewer than two classes and for a network without the source head
  /// that the score needs.
  /// - Throws: `TransferabilityError.decomposition` where LAPACK fails, and what a reader of rows throws.
  public func callAsFunction(_ candidate: Candidate) throws -> Outcome {
    guard candidate.statistics.classCount >= 2 else {
      return Outcome(undefined: "a score needs at least two classes")
    }
    if need == .sourceProbabilities, candidate.source.sourceProbabilities == nil {
      return Outcome(undefined: "the network has no source classifier")
    }
    do {
      guard scope == .table, candidate.isTableDrawn else { return try evaluate(candidate) }
      let outcome = try evaluate(try candidate.onTable)
      return outcome.noting(
        "from \(candidate.table.labels.count) rows drawn from \(candidate.source.labels.count)")
    } catch let error as LinearAlgebraError {
      throw TransferabilityError.decomposition(model: candidate.source.model, reason: "\(error)")
    }
  }
}
