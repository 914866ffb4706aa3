public import Transferability

/// What `graft score --list` answers: every score and what it means.
public struct ScoreListing: Codable, Sendable, Equatable {
  /// The version of this value's written form.
  public static let schema = "graft.scores/1"

  /// One score.
  public struct Item: Codable, Sendable, Equatable {
    /// The identifier in commands and JSON.
    public let id: String
    /// The name people use.
    public let name: String
    /// The formula and its meaning.
    public let summary: String
    /// What it needs of a network.
    public let need: Score.Need
    /// Which rows it is computed from where there are more than 10,000.
    public let scope: Score.Scope
    /// Time and memory.
    public let cost: String
    /// Where it is from.
    public let reference: String
  }

  /// The version of the written form.
  public var schema = ScoreListing.schema
  /// Every score, in the order of reports.
  public var scores: [Item]

  /// Every score that there is.
  public init() {
    scores = Score.all.map {
      Item(
        id: $0.id, name: $0.name, summary: $0.summary, need: $0.need, scope: $0.scope,
        cost: $0.cost, reference: $0.reference)
    }
  }
}

/// The list of scores for the terminal.
public enum ScoreListingText {
  /// The list as text.
  public static func text(_ listing: ScoreListing) -> String {
    var text =
      "Higher is better for every score; scores of different data sets cannot be compared.\n"
      + "N rows, D features, C classes, S source classes.\n"
    for score in listing.scores {
      text += "\n\(score.id)  (\(score.name))\n"
      text += Wording.wrapped(score.summary, indent: 4)
      let need =
        score.need == .features ? "features" : "the probabilities of the source classifier"
      let rows =
        score.scope == .allRows ? "all rows in passes" : "at most 10,000 rows, drawn by class"
      text += Wording.wrapped("needs \(need); \(rows); \(score.cost)", indent: 4)
      text += Wording.wrapped(score.reference, indent: 4)
    }
    return text
  }
}
