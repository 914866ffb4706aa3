/// A value with its 95 % interval.
public struct Estimate: Codable, Sendable, Equatable {
  /// The best single value.
  public let value: Double
  /// The lower end of the 95 % interval.
  public let low: Double
  /// The upper end of the 95 % interval.
  public let high: Double

  /// Makes an estimate.
  ///
  /// - Precondition: `low ≤ value ≤ high`.
  public init(value: Double, low: Double, high: Double) {
    precondition(low <= value && value <= high, "\(value) is not within \(low) to \(high)")
    self.value = value
    self.low = low
    self.high = high
  }
}

/// A task's place on the two continuous axes of the taxonomy.
///
/// Size and similarity lie in [0, 1]; the four quadrant memberships are their products and sum to
/// one, so nothing ever falls from one quadrant into another.
/// - Reference: Plested, Phiri & Gedeon, arXiv:2205.09904, Figure 5.
public struct Placement: Codable, Sendable, Equatable {
  /// How much the task belongs to each quadrant; the four sum to one.
  public struct Quadrants: Codable, Sendable, Equatable {
    /// size · similarity.
    public let largeSimilar: Double
    /// size · (1 − similarity).
    public let largeDissimilar: Double
    /// (1 − size) · similarity.
    public let smallSimilar: Double
    /// (1 − size) · (1 − similarity).
    public let smallDissimilar: Double
  }

  /// What one piece of evidence said about similarity, and how much it counted.
  public struct EvidenceShare: Codable, Sendable, Equatable {
    /// The kind of evidence.
    public let kind: SimilarityEvidence.Kind
    /// The measurement, in the kind's own unit.
    public let rawValue: Double
    /// The similarity that it alone points to, in [0, 1].
    public let similarity: Double
    /// Its share of the blend; the shares and the prior's sum to one.
    public let share: Double
  }

  /// Size, 0 (small) to 1 (large).
  public let size: Double
  /// Similarity of target and source, 0 to 1, with its interval.
  public let similarity: Estimate
  /// The four memberships.
  public let quadrants: Quadrants
  /// What the similarity was blended from; empty where it was given or nothing was known.
  public let evidence: [EvidenceShare]

  /// Makes a placement from its two coordinates.
  ///
  /// - Precondition: size and similarity lie in [0, 1].
  public init(size: Double, similarity: Estimate, evidence: [EvidenceShare] = []) {
    precondition((0...1).contains(size) && (0...1).contains(similarity.value))
    self.size = size
    self.similarity = similarity
    self.evidence = evidence
    let near = similarity.value
    self.quadrants = Quadrants(
      largeSimilar: size * near, largeDissimilar: size * (1 - near),
      smallSimilar: (1 - size) * near, smallDissimilar: (1 - size) * (1 - near))
  }

  /// The same place with another similarity, to see what its interval does to the advice.
  func movingSimilarity(to value: Double) -> Placement {
    Placement(
      size: size, similarity: Estimate(value: value, low: value, high: value), evidence: evidence)
  }
}
