/// A hyper-parameter that rules may give a band for.
public enum Hyperparameter: String, CaseIterable, Codable, Sendable, Hashable {
  case effectiveLearningRate
  case learningRateScale
  case headLearningRateFactor
  case layerDecay
  case momentum
  case weightDecay
  case epochs
  case batchSize
  case labelSmoothing
  case mixup
  case horizontalFlip
  case classWeighting
  case frozenShare
  case frozenBatchNorm
  case startingPointStrength
  case imageSide

  /// Unit, admissible range and meaning of a hyper-parameter.
  public struct Definition: Sendable, Equatable {
    /// The unit, as rules and reports print it.
    public let unit: String
    /// The values that make sense.
    public let range: ClosedRange<Double>
    /// Whether bands are blended as logarithms.
    public let logarithmic: Bool
    /// What it is, in one line.
    public let summary: String
  }

  /// Unit, range and meaning.
  public var definition: Definition {
    switch self {
    case .effectiveLearningRate:
      Definition(
        unit: "1", range: 1e-6...100, logarithmic: true,
        summary: "Learning rate / (1 − momentum), SGD at batch 256; scale it with the batch.")
    case .learningRateScale:
      Definition(
        unit: "factor", range: 1e-3...1e3, logarithmic: true,
        summary: "Factor on the learning rate that the kind of pre-training asks for.")
    case .headLearningRateFactor:
      Definition(
        unit: "factor", range: 1...1000, logarithmic: true,
        summary: "Learning rate of the new head over that of the backbone.")
    case .layerDecay:
      Definition(
        unit: "factor per stage", range: 0.1...1, logarithmic: false,
        summary: "Factor on the learning rate from each stage to the one below it.")
    case .momentum:
      Definition(unit: "1", range: 0...0.999, logarithmic: false, summary: "Momentum of SGD.")
    case .weightDecay:
      Definition(
        unit: "1", range: 1e-8...1, logarithmic: true,
        summary: "L2 penalty on the weights; 1e-8 stands for none.")
    case .epochs:
      Definition(
        unit: "epochs", range: 1...10_000, logarithmic: true,
        summary: "Passes over the training images.")
    case .batchSize:
      Definition(
        unit: "images", range: 1...65_536, logarithmic: true, summary: "Images in a batch.")
    case .labelSmoothing:
      Definition(
        unit: "share", range: 0...0.5, logarithmic: false,
        summary: "Probability mass spread over the other classes.")
    case .mixup:
      Definition(
        unit: "alpha", range: 0...2, logarithmic: false, summary: "MixUp's alpha; 0 is none.")
    case .horizontalFlip:
      Definition(
        unit: "probability", range: 0...1, logarithmic: false,
        summary: "Probability of mirroring a training image.")
    case .classWeighting:
      Definition(
        unit: "exponent", range: 0...1, logarithmic: false,
        summary: "Loss weight of a class ∝ its frequency to the power −exponent.")
    case .frozenShare:
      Definition(
        unit: "share", range: 0...1, logarithmic: false,
        summary: "Share of the network's stages, from the input, that stay as pre-trained.")
    case .frozenBatchNorm:
      Definition(
        unit: "degree", range: 0...1, logarithmic: false,
        summary: "Whether batch-norm statistics stay as pre-trained: from ½ on, freeze them.")
    case .startingPointStrength:
      Definition(
        unit: "1", range: 1e-6...10, logarithmic: true,
        summary: "Penalty on the squared distance from the pre-trained weights (L2-SP's α).")
    case .imageSide:
      Definition(
        unit: "pixels", range: 8...4096, logarithmic: true, summary: "Side of the input square.")
    }
  }

  /// The learning rate that gives an effective rate under a momentum: η = η′ (1 − m).
  ///
  /// - Reference: Li et al., "Rethinking the hyperparameters for fine-tuning", ICLR 2020.
  public static func learningRate(effective: Double, momentum: Double) -> Double {
    precondition((0..<1).contains(momentum), "momentum must lie in 0..<1")
    return effective * (1 - momentum)
  }
}

/// A band of values for a hyper-parameter.
public struct HyperparameterBand: Codable, Sendable, Equatable {
  /// Which hyper-parameter.
  public let name: Hyperparameter
  /// The low end of the band.
  public let low: Double
  /// The high end of the band.
  public let high: Double
  /// The unit of both ends.
  public let unit: String
  /// The rules whose bands were blended, those that counted most first.
  public let reasons: [String]

  /// A single value to start from: the geometric middle for hyper-parameters on a logarithmic
  /// scale, the arithmetic middle otherwise.
  public var middle: Double {
    name.definition.logarithmic ? (low * high).squareRoot() : (low + high) / 2
  }
}
