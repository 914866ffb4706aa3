import Checkpoints
import Datasets
public import Images
public import Networks
import Tensors

/// Fine-tuning of every parameter, with a new head that starts as a linear probe.
///
/// SGD with Nesterov momentum, warm-up and cosine; random-resized crops and flips; the new head's
/// rate is a multiple of the rest's.
///
/// - Reference: Kornblith, Shlens & Le (2019), §A.4; Li et al. (2020), "Rethinking the
///   hyperparameters for fine-tuning".
public struct FullFineTuning: Regime {
  /// Creates the regime.
  public init() {}

  /// `full`.
  public var id: String { "full" }
  /// What it does.
  public var summary: String { "Trains every parameter from the pre-trained weights on." }
  /// Where it comes from.
  public var reference: String {
    "Kornblith, Shlens & Le, CVPR 2019; Li et al., ICLR 2020"
  }

  /// True: they pass through the whole network.
  public var seesPicturesInEveryEpoch: Bool { true }

  /// Some 600 steps of 32 images, between 5 and 20 epochs.
  public func defaults(trainingImages: Int, network: Network) -> Hyperparameters {
    GradientDefaults.values(trainingImages: trainingImages, steps: 600, epochs: 5...20)
  }

  /// Crops of at least a quarter of the picture, and flips.
  public func augmentation(flipProbability: Double?) -> Augmentation? {
    Augmentation(cropScale: 0.25...1, flipProbability: flipProbability ?? 0.5)
  }

  /// Forward and backward over every image in every epoch.
  public func cost(of hyperparameters: Hyperparameters, images: Int) -> Double {
    3 * Double(images) * Double(hyperparameters.epochs ?? 1)
  }

  /// Trains.
  public func train(_ job: TrainingJob) throws -> TrainedModel {
    let start = try StartingNetwork.make(job)
    return try PictureTraining(
      job: job, network: start.network, startIsFitted: start.isFitted, trainable: .all
    ).run()
  }
}

/// Training of the same network from random weights: the baseline that tells what transfer brings.
///
/// - Reference: He, Girshick & Dollár (2019), "Rethinking ImageNet pre-training".
public struct FromScratch: Regime {
  /// Creates the regime.
  public init() {}

  /// `scratch`.
  public var id: String { "scratch" }
  /// What it does.
  public var summary: String { "Trains the same architecture from random weights." }
  /// Where it comes from.
  public var reference: String { "He, Girshick & Dollár, ICCV 2019" }
  /// False: they are drawn anew.
  public var startsFromPretrainedWeights: Bool { false }

  /// True: they pass through the whole network.
  public var seesPicturesInEveryEpoch: Bool { true }

  /// Some 6,000 steps of 32 images, between 10 and 150 epochs, at a rate of 0.05.
  public func defaults(trainingImages: Int, network: Network) -> Hyperparameters {
    var values = GradientDefaults.values(
      trainingImages: trainingImages, steps: 6000, epochs: 10...150)
    values.learningRate = 0.05
    values.headLearningRateFactor = 1
    values.headInitialization = "random"
    values.weightDecay = 5e-4
    values.batchNorm = "train"
    return values
  }

  /// Crops of at least a quarter of the picture, and flips.
  public func augmentation(flipProbability: Double?) -> Augmentation? {
    FullFineTuning().augmentation(flipProbability: flipProbability)
  }

  /// Forward and backward over every image in every epoch.
  public func cost(of hyperparameters: Hyperparameters, images: Int) -> Double {
    FullFineTuning().cost(of: hyperparameters, images: images)
  }

  /// Trains.
  public func train(_ job: TrainingJob) throws -> TrainedModel {
    let fresh = try Network.initialised(
      architecture: job.model.network.architecture,
      classCount: job.dataset.classNames.count, seed: job.recipe.seed)
    return try PictureTraining(
      job: job, network: fresh, startIsFitted: false, trainable: .all
    ).run()
  }
}
