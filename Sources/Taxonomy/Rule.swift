/// One rule of advice: a condition, what it advises, why, and where the evidence stands.
///
/// Rules are data: each is one YAML file under `rules/`, described by
/// `rules/schema/rule.schema.json`.
public struct Rule: Sendable, Equatable {
  /// How far along a rule is.
  public enum Status: String, CaseIterable, Codable, Sendable {
    /// Tried but may change.
    case preview
    /// Part of the advice.
    case stable
    /// Kept for its history; never fires.
    case retired
  }

  /// How good the evidence is; the factor on everything the rule votes for.
  public enum Strength: String, CaseIterable, Codable, Sendable {
    /// Several data sets or networks, measured with tuning.
    case strong
    /// A careful study of limited breadth.
    case moderate
    /// Few data sets, another task, or one laboratory.
    case weak
    /// Reasoned rather than measured.
    case tentative

    /// The factor on votes: 1, 0.7, 0.4, 0.2.
    public var factor: Double {
      switch self {
      case .strong: 1
      case .moderate: 0.7
      case .weak: 0.4
      case .tentative: 0.2
      }
    }
  }

  /// How the evidence reached the rule.
  public enum Provenance: String, CaseIterable, Codable, Sendable {
    /// The survey's own words.
    case survey = "SV"
    /// The primary paper was read.
    case paper = "P"
    /// Official code or its documentation was read.
    case code = "C"
    /// Notes that quote the paper were read.
    case secondary = "2"
    /// Only the abstract was read.
    case abstract = "A"
    /// From memory, unverified.
    case memory = "M"
    /// Derived by Graft's authors; in no paper.
    case derived = "D"
  }

  /// A band that a rule gives a hyper-parameter.
  public struct Band: Sendable, Equatable {
    /// Which hyper-parameter.
    public let name: Hyperparameter
    /// The low end.
    public let low: Double
    /// The high end.
    public let high: Double
    /// The regimes it is for, empty for all.
    public let regimes: [String]
  }

  /// A citation and the place in it.
  public struct Reference: Sendable, Equatable {
    /// The key in `rules/citations.yaml`.
    public let key: String
    /// The place in the work: section, table, figure.
    public let place: String
  }

  /// The identifier; equal to the file's name without `.yaml`.
  public let id: String
  /// The folder the file lies in.
  public let family: String
  /// What the rule says, in a few words.
  public let title: String
  /// How far along it is.
  public let status: Status
  /// The version of Graft that brought it.
  public let since: String
  /// How good the evidence is.
  public let strength: Strength
  /// How the evidence reached the rule.
  public let provenance: [Provenance]
  /// When it applies.
  public let condition: Condition
  /// What to do, in one or two sentences.
  public let message: String
  /// A warning to show where the rule fires, if it is one.
  public let warning: String?
  /// Votes for (up to 1) or against (down to −1) regimes.
  public let votes: [String: Double]
  /// Bands for hyper-parameters.
  public let bands: [Band]
  /// Why.
  public let why: String
  /// Where the evidence stands.
  public let references: [Reference]
  /// The rules that this one outweighs where both fire.
  public let overrides: [String]
  /// Tasks on which it must fire (membership ½ or more).
  public let firing: [Facts]
  /// Tasks on which it must stay silent (membership below ½ or unknown).
  public let silent: [Facts]
  /// The file, relative to the rules folder.
  public let file: String
}
