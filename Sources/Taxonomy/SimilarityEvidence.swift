/// One measurement that says something about how similar target and source are.
public struct SimilarityEvidence: Codable, Sendable, Equatable {
  /// What was measured.
  ///
  /// The raw value keeps the measurement's own unit; the calibration in `rules/placement.yaml`
  /// turns it into a similarity.
  public enum Kind: String, CaseIterable, Codable, Sendable {
    /// Mean symmetric Kullback–Leibler divergence between the Gaussian of a batch-norm layer's
    /// running statistics and that of its inputs on target images, in nats (≥ 0; 0 is equal).
    case batchNormDivergence
    /// Mean of the source head's largest softmax probability on target images, 0 to 1.
    case headConfidence
    /// Share of label entropy that the source head's labels explain, 1 + LEEP / H(Y), at most 1.
    case leepShare
    /// Skill of a linear probe above chance, (accuracy − chance) / (1 − chance), at most 1.
    case probeSkill
    /// Scratch accuracy minus probe accuracy, −1 to 1: low where source features fit.
    case scratchMinusProbe
    /// Earth mover's distance between class-mean features of source and target (≥ 0).
    case classMeanDistance
    /// Fréchet distance between source and target features (≥ 0).
    case frechetDistance
    /// Similarity stated by a person, 0 to 1.
    case stated
  }

  /// What was measured.
  public let kind: Kind
  /// The measurement, in the kind's own unit.
  public let rawValue: Double
  /// Lower end of the measurement's 95 % interval, nil where unknown.
  public let low: Double?
  /// Upper end of the measurement's 95 % interval, nil where unknown.
  public let high: Double?

  /// Notes a measurement.
  ///
  /// - Precondition: the values are finite and `low ≤ rawValue ≤ high`.
  public init(kind: Kind, rawValue: Double, low: Double? = nil, high: Double? = nil) {
    precondition(rawValue.isFinite, "similarity evidence must be finite")
    precondition((low ?? rawValue) <= rawValue && rawValue <= (high ?? rawValue))
    self.kind = kind
    self.rawValue = rawValue
    self.low = low
    self.high = high
  }
}
