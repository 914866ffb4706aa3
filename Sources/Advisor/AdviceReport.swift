public import FineTuning
public import Taxonomy
public import Transferability

/// What `graft advise` answers: where the task lies, what the rules found, and what to do.
public struct AdviceReport: Codable, Sendable {
  /// The version of this value's written form.
  public static let schema = "graft.advice/1"

  /// What was learned about one candidate network.
  public struct CandidateSummary: Codable, Sendable, Equatable {
    /// The model's id.
    public var model: String
    /// The architecture's id.
    public var architecture: String
    /// Trained numbers in the network with its source head.
    public var parameterCount: Int
    /// Numbers in an embedding.
    public var featureCount: Int
    /// Side of the square input in pixels.
    public var imageSize: Int
    /// What it was pre-trained on, where the card says.
    public var sourceData: String?
    /// What a linear probe on its features reaches, by cross-validation.
    public var probe: Recipe.Estimate
    /// How similar the data is to what the network was trained on.
    public var similarity: Estimate
    /// Images embedded per second on this machine, decoding included; nil when taken from the cache.
    public var imagesPerSecond: Double?
  }

  /// The version of the written form.
  public var schema = AdviceReport.schema
  /// The data set's name.
  public var dataset: String
  /// Images that were looked at to compare the candidates.
  public var imagesLookedAt: Int
  /// The candidates, best first by cross-validated probe.
  public var candidates: [CandidateSummary]
  /// The transferability scores of the candidates.
  public var scorecard: Scorecard
  /// The task's place in the taxonomy, with the first candidate as source.
  public var placement: Placement
  /// What the rules saw.
  public var facts: Facts
  /// The rules that fired, weightiest first.
  public var findings: [Finding]
  /// What to beware of.
  public var warnings: [Advice.Warning]
  /// Every regime with its weight, those that can't be run yet included.
  public var regimes: [RegimeAdvice]
  /// What can be run, best first.
  public var recipes: [Recipe]
}
