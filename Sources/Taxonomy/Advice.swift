/// What the taxonomy has to say about a task: its place, the rules that fired, regimes by weight.
public struct Advice: Codable, Sendable, Equatable {
  /// The schema and its version.
  public static let schema = "graft.taxonomy/1"

  /// The schema and its version, as encoded.
  public let schema: String
  /// The task's place.
  public let placement: Placement
  /// All facts that the rules saw, derived ones included.
  public let facts: Facts
  /// The rules that fired, weightiest first.
  public let findings: [Finding]
  /// Every regime with its weight, best first.
  public let regimes: [RegimeAdvice]
  /// The warnings among the findings, weightiest first.
  public let warnings: [Warning]
  /// Facts that were not known and the rules that would have used them.
  public let missing: [MissingFact]

  /// A warning that a rule gave.
  public struct Warning: Codable, Sendable, Equatable {
    /// The rule.
    public let ruleID: String
    /// What to beware of.
    public let message: String
    /// How much the rule applies, 0 to 1.
    public let membership: Double
  }

  /// A fact that nobody gave.
  public struct MissingFact: Codable, Sendable, Equatable {
    /// The fact.
    public let fact: Fact
    /// The rules that could not be evaluated without it.
    public let rules: [String]
  }
}

/// A rule that fired on a task.
public struct Finding: Codable, Sendable, Equatable {
  /// A work the rule rests on.
  public struct CitedWork: Codable, Sendable, Equatable {
    /// The citation key.
    public let key: String
    /// The reference in one line.
    public let text: String
    /// The place in the work.
    public let place: String
    /// A web address, if there is one.
    public let url: String?

    private enum CodingKeys: String, CodingKey {
      case key, text, url
      case place = "where"
    }
  }

  /// The rule's identifier.
  public let ruleID: String
  /// What the rule says, in a few words.
  public let title: String
  /// What to do.
  public let message: String
  /// Why.
  public let why: String
  /// How much the rule's condition holds, 0 to 1.
  public let membership: Double
  /// How good its evidence is.
  public let strength: Rule.Strength
  /// What it counts for: membership × strength, less what overriding rules take away.
  public let weight: Double
  /// How the evidence reached the rule.
  public let provenance: [Rule.Provenance]
  /// The works it rests on.
  public let citations: [CitedWork]
  /// The rules that fired and took weight from this one.
  public let overriddenBy: [String]
}

/// How well a regime suits a task, and with which hyper-parameters.
public struct RegimeAdvice: Codable, Sendable, Equatable {
  /// A rule's part in the score.
  public struct Reason: Codable, Sendable, Equatable {
    /// The rule.
    public let ruleID: String
    /// What it added to the score (negative: took away).
    public let contribution: Double
  }

  /// The regime, such as `linear-probe`.
  public let regime: String
  /// What the regime does, in one line.
  public let summary: String
  /// Its share among all regimes; the weights sum to one.
  public let weight: Double
  /// The least weight over the similarity's interval.
  public let low: Double
  /// The greatest weight over the similarity's interval.
  public let high: Double
  /// The sum behind the weight: the base score plus the contributions.
  public let score: Double
  /// What the rules contributed, largest effect first.
  public let reasons: [Reason]
  /// Bands for its hyper-parameters, by name.
  public let hyperparameters: [HyperparameterBand]

  /// The band of one hyper-parameter, nil where no rule speaks of it.
  public func band(_ name: Hyperparameter) -> HyperparameterBand? {
    hyperparameters.first { $0.name == name }
  }
}
