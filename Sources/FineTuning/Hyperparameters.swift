import Networks

/// What a regime is told besides model and data; a value left out takes the regime's default.
///
/// `recipe.yaml` of a finished run holds every value that was used, so that the run can be made
/// again.
public struct Hyperparameters: Codable, Sendable, Equatable {
  /// Passes over the training images.
  public var epochs: Int?
  /// Images per step.
  public var batchSize: Int?
  /// The peak learning rate of the pre-trained parameters, per step at `batchSize`.
  public var learningRate: Double?
  /// How many times larger the new head's rate is (a fresh head has further to go).
  public var headLearningRateFactor: Double?
  /// SGD's momentum, in `[0, 1)`; Nesterov's form is used.
  public var momentum: Double?
  /// L2 penalty on convolution and linear weights (not on biases and normalisation).
  public var weightDecay: Double?
  /// The share of all steps in which the rate rises linearly from zero, before it falls by a cosine.
  public var warmupFraction: Double?
  /// The share of the target's probability spread evenly over all classes, in `[0, 1)`.
  public var labelSmoothing: Double?
  /// How BatchNorm behaves while training: `train` (batch statistics), `frozenAffine` (batch
  /// statistics, scales and shifts stay) or `frozen` (source statistics).
  public var batchNorm: String?
  /// How the new head starts: `probe` (a linear probe on the frozen features) or `random`.
  public var headInitialization: String?
  /// The first stage that is trained; the stages before it stay as they were.
  public var trainableFrom: String?
  /// How many augmented views of each image go through the frozen prefix and are cached.
  public var cachedViews: Int?
  /// How the frozen prefix's output is kept on disk: `float32`, or `bfloat16` in half the space.
  public var cachePrecision: String?
  /// The L2 penalties among which the linear probe chooses on the validation images.
  public var penalties: [Double]?
  /// Whether, after the choice on validation images, the probe is fitted again on them too.
  public var refit: Bool?

  /// Creates hyper-parameters of which none is set.
  public init() {}

  /// The names a recipe may use.
  static var keys: [String] { CodingKeys.allCases.map(\.stringValue) }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case epochs, batchSize, learningRate, headLearningRateFactor, momentum, weightDecay
    case warmupFraction, labelSmoothing, batchNorm, headInitialization, trainableFrom, cachedViews
    case cachePrecision, penalties, refit
  }

  /// These values, completed by `defaults` where nothing is set.
  public func completed(by defaults: Hyperparameters) -> Hyperparameters {
    var result = self
    result.epochs = epochs ?? defaults.epochs
    result.batchSize = batchSize ?? defaults.batchSize
    result.learningRate = learningRate ?? defaults.learningRate
    result.headLearningRateFactor = headLearningRateFactor ?? defaults.headLearningRateFactor
    result.momentum = momentum ?? defaults.momentum
    result.weightDecay = weightDecay ?? defaults.weightDecay
    result.warmupFraction = warmupFraction ?? defaults.warmupFraction
    result.labelSmoothing = labelSmoothing ?? defaults.labelSmoothing
    result.batchNorm = batchNorm ?? defaults.batchNorm
    result.headInitialization = headInitialization ?? defaults.headInitialization
    result.trainableFrom = trainableFrom ?? defaults.trainableFrom
    result.cachedViews = cachedViews ?? defaults.cachedViews
    result.cachePrecision = cachePrecision ?? defaults.cachePrecision
    result.penalties = penalties ?? defaults.penalties
    result.refit = refit ?? defaults.refit
    return result
  }

  /// What is wrong with the values, as one sentence, or nil when they can be run.
  public var problem: String? {
    let positive = { (value: Double) in value > 0 && value.isFinite }
    let share = { (value: Double) in value >= 0 && value < 1 }
    let checks: [String?] = [
      Self.objection("epochs", epochs, "at least 1") { $0 >= 1 },
      Self.objection("batchSize", batchSize, "at least 1") { $0 >= 1 },
      Self.objection("learningRate", learningRate, "positive", positive),
      Self.objection("headLearningRateFactor", headLearningRateFactor, "positive", positive),
      Self.objection("momentum", momentum, "in [0, 1)", share),
      Self.objection("weightDecay", weightDecay, "zero or more") { $0 >= 0 && $0.isFinite },
      Self.objection("warmupFraction", warmupFraction, "in [0, 1]") { $0 >= 0 && $0 <= 1 },
      Self.objection("labelSmoothing", labelSmoothing, "in [0, 1)", share),
      Self.objection("batchNorm", batchNorm, "'train', 'frozenAffine' or 'frozen'") {
        TrainingPlan.BatchNormMode(rawValue: $0) != nil
      },
      Self.objection("headInitialization", headInitialization, "'probe' or 'random'") {
        $0 == "probe" || $0 == "random"
      },
      Self.objection("cachedViews", cachedViews, "at least 1") { $0 >= 1 },
      Self.objection("cachePrecision", cachePrecision, "'float32' or 'bfloat16'") {
        FrozenPrefixCache.Precision(rawValue: $0) != nil
      },
      Self.objection("penalties", penalties, "a list of numbers that are zero or more") {
        !$0.isEmpty && $0.allSatisfy { $0 >= 0 && $0.isFinite }
      },
    ]
    return checks.compactMap { $0 }.first
  }

  private static func objection<Value>(
    _ name: String, _ value: Value?, _ range: String, _ isFine: (Value) -> Bool
  ) -> String? {
    guard let value, !isFine(value) else { return nil }
    return "\(name) is \(value), but must be \(range)"
  }
}
