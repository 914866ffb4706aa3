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

  /// What a score came to.
  public struct Outcome: Sendable, Equatable {
    /// The value, nil where it is not defined.
    public let value: Double?
    /// The value without each block of rows, nil where not computed or not defined.
    public let replicates: [Double?]
    /// Why there is no value, or what to know about it.
    public let note: String?

    /// A value with its replicates.
    public init(value: Double, replicates: [Double?], note: String? = nil) {
      precondition(value.isFinite, "a score that is not finite is undefined")
      self.value = value
      self.replicates = replicates
      self.note = note
    }

    /// No value, and why.
    public init(undefined note: String) {
      self.value = nil
      self.replicates = []
      self.note = note
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
  /// Time and memory, in N rows, D features, C classes, S source classes.
  public let cost: String
  /// Where it is from, with the equation.
  public let reference: String
  /// Computes it; throws where a decomposition fails.
  let evaluate: @Sendable (Candidate) throws -> Outcome

  /// Every score, in the order of reports.
  public static let all: [Score] = [
    LogME.score, LEEP.score, HScore.score, ShrunkHScore.score,
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
  /// - Throws: `.decomposition` where LAPACK fails.
  public func callAsFunction(_ candidate: Candidate) throws(TransferabilityError) -> Outcome {
    guard candidate.statistics.classCount >= 2 else {
      return Outcome(undefined: "a score needs at least two classes")
    }
    if need == .sourceProbabilities, candidate.table.sourceProbabilities == nil {
      return Outcome(undefined: "the network has no source classifier")
    }
    do {
      return try evaluate(candidate)
    } catch let error as TransferabilityError {
      throw error
    } catch {
      throw .decomposition(model: candidate.table.model, reason: "\(error)")
    }
  }
}
