/// The vocabulary of the rules: every fact that a rule may ask about, by its name in YAML.
///
/// `definition` gives kind, unit, range and meaning. Facts that follow from others are filled in
/// by `Facts.completed(placement:)`.
public enum Fact: String, CaseIterable, Codable, Sendable, Hashable, CodingKeyRepresentable {
  case trainingImages = "dataset.trainingImages"
  case classes = "dataset.classes"
  case imagesPerClassMedian = "dataset.imagesPerClass.median"
  case imagesPerClassMinimum = "dataset.imagesPerClass.minimum"
  case imbalanceRatio = "dataset.imbalanceRatio"
  case duplicateShare = "dataset.duplicateShare"
  case leakageShare = "dataset.leakageShare"
  case corruptShare = "dataset.corruptShare"
  case imageSideMedian = "dataset.imageSide.median"
  case greyscaleShare = "dataset.greyscaleShare"
  case unlabelledImages = "dataset.unlabelledImages"
  case domain = "dataset.domain"
  case flipsChangeLabel = "dataset.flipsChangeLabel"

  case similarity = "source.similarity"
  case sourceImageCount = "source.imageCount"
  case sourceClassCount = "source.classCount"
  case sourceHasHead = "source.hasHead"
  case sourceSelfSupervised = "source.selfSupervised"
  case sourceDomain = "source.domain"
  case sourceContainsTarget = "source.containsTarget"
  case sourceRegularisedHead = "source.regularisedHead"

  case parameters = "network.parameters"
  case trainableParameters = "network.trainableParameters"
  case parametersPerImage = "network.parametersPerImage"
  case isVisionTransformer = "network.isVisionTransformer"
  case hasBatchNorm = "network.hasBatchNorm"

  case probeAccuracy = "probe.accuracy"
  case probeChance = "probe.chance"
  case probeSkill = "probe.skill"
  case scratchAccuracy = "scratch.accuracy"
  case scratchMinusProbe = "scratch.minusProbe"

  case candidates = "scores.candidates"
  case topDistinguishable = "scores.topDistinguishable"

  case batchSize = "training.batchSize"
  case computeMinutes = "compute.minutes"
  case tuningTrials = "compute.tuningTrials"
  case needsRobustness = "goal.robustness"

  case size = "placement.size"
  case largeSimilar = "placement.largeSimilar"
  case largeDissimilar = "placement.largeDissimilar"
  case smallSimilar = "placement.smallSimilar"
  case smallDissimilar = "placement.smallDissimilar"

  /// The kinds of picture that `dataset.domain` and `source.domain` tell apart.
  public static let domains = [
    "natural", "fine-grained", "texture", "medical", "satellite", "document", "drawing", "other",
  ]

  private static func count(_ unit: String, _ summary: String) -> FactDefinition {
    FactDefinition(
      kind: .number(unit: unit, range: 0...1e13, scale: .logarithmic), summary: summary)
  }

  private static func share(_ summary: String) -> FactDefinition {
    FactDefinition(kind: .number(unit: "share", range: 0...1, scale: .linear), summary: summary)
  }

  private static func flag(_ summary: String) -> FactDefinition {
    FactDefinition(kind: .flag, summary: summary)
  }

  private static func degree(_ summary: String) -> FactDefinition {
    FactDefinition(kind: .degree, summary: summary)
  }

  /// Kind, unit, range and meaning of the fact.
  public var definition: FactDefinition {
    switch self {
    case .trainingImages: Self.count("images", "Labelled images to train on.")
    case .classes: Self.count("classes", "Classes with at least one training image.")
    case .imagesPerClassMedian: Self.count("images", "Training images of the median class.")
    case .imagesPerClassMinimum: Self.count("images", "Training images of the rarest class.")
    case .imbalanceRatio:
      FactDefinition(
        kind: .number(unit: "ratio", range: 1...1e9, scale: .logarithmic),
        summary: "Images of the most frequent class over images of the rarest.")
    case .duplicateShare: Self.share("Share of images that repeat another (byte or pixel equal).")
    case .leakageShare: Self.share("Share of held-out images that also lie in the training split.")
    case .corruptShare: Self.share("Share of files that cannot be decoded.")
    case .imageSideMedian: Self.count("pixels", "Median of the shorter side of the images.")
    case .greyscaleShare: Self.share("Share of images without colour.")
    case .unlabelledImages: Self.count("images", "Unlabelled images of the target domain at hand.")
    case .domain:
      FactDefinition(kind: .category(Self.domains), summary: "What the target's pictures show.")
    case .flipsChangeLabel:
      Self.flag("Whether mirroring an image can change its class (digits, letters, signs).")
    case .similarity: Self.degree("How similar target and source are, 0 to 1.")
    case .sourceImageCount: Self.count("images", "Images the network was pre-trained on.")
    case .sourceClassCount: Self.count("classes", "Classes the network was pre-trained on.")
    case .sourceHasHead: Self.flag("Whether the network still has its source classifier.")
    case .sourceSelfSupervised: Self.flag("Whether pre-training used no labels.")
    case .sourceDomain:
      FactDefinition(kind: .category(Self.domains), summary: "What the source's pictures show.")
    case .sourceContainsTarget:
      Self.flag("Whether the source's domain is known to contain the target's.")
    case .sourceRegularisedHead:
      Self.flag("Whether pre-training used label smoothing, dropout or auxiliary heads.")
    case .parameters: Self.count("parameters", "Parameters of the network.")
    case .trainableParameters: Self.count("parameters", "Parameters that training may change.")
    case .parametersPerImage:
      Self.count("parameters per image", "Trainable parameters over labelled images (derived).")
    case .isVisionTransformer: Self.flag("Whether the network is a vision transformer.")
    case .hasBatchNorm: Self.flag("Whether the network has batch normalisation layers.")
    case .probeAccuracy: Self.share("Validation accuracy of a linear probe on frozen features.")
    case .probeChance: Self.share("Accuracy of always answering the most frequent class.")
    case .probeSkill:
      FactDefinition(
        kind: .number(unit: "share", range: -1...1, scale: .linear),
        summary: "(probe accuracy − chance) / (1 − chance) (derived).")
    case .scratchAccuracy: Self.share("Validation accuracy of the network trained from scratch.")
    case .scratchMinusProbe:
      FactDefinition(
        kind: .number(unit: "share", range: -1...1, scale: .linear),
        summary: "Scratch accuracy minus probe accuracy (derived).")
    case .candidates: Self.count("networks", "Candidate networks that were scored.")
    case .topDistinguishable:
      Self.flag("Whether the best-scored network can be told apart from the second.")
    case .batchSize: Self.count("images", "Images in a training batch.")
    case .computeMinutes: Self.count("minutes", "Minutes of computing that may be spent.")
    case .tuningTrials: Self.count("runs", "Training runs that may be spent on tuning.")
    case .needsRobustness:
      Self.flag("Whether the model must hold up on images unlike the training set.")
    case .size: Self.degree("Place on the size axis: 0 small, 1 large (derived).")
    case .largeSimilar: Self.degree("Membership of the large, similar quadrant (derived).")
    case .largeDissimilar: Self.degree("Membership of the large, dissimilar quadrant (derived).")
    case .smallSimilar: Self.degree("Membership of the small, similar quadrant (derived).")
    case .smallDissimilar: Self.degree("Membership of the small, dissimilar quadrant (derived).")
    }
  }
}
