public import Datasets
public import Foundation
public import Images
public import Networks
public import Checkpoints

/// A way of training a pre-trained network on new data.
///
/// To add one, write a type in `Regimes/` and add a line to ``Regimes/all``; CONTRIBUTING has the
/// steps.
public protocol Regime: Sendable {
  /// The id in recipes and rules, such as `linear-probe`.
  var id: String { get }
  /// What it does, in one sentence.
  var summary: String { get }
  /// Where it comes from.
  var reference: String { get }

  /// Whether the weights of the source network matter to it.
  var startsFromPretrainedWeights: Bool { get }

  /// Whether each epoch looks at the pictures themselves, varied anew.
  var seesPicturesInEveryEpoch: Bool { get }

  /// The values it takes where a recipe gives none, for this many images and this network.
  ///
  /// A regime without epochs leaves `epochs` unset.
  func defaults(trainingImages: Int, network: Network) -> Hyperparameters

  /// How training images are varied where a recipe doesn't say; nil for not at all.
  ///
  /// - Parameter flipProbability: what the rules advise on mirroring, or nil.
  func augmentation(flipProbability: Double?) -> Augmentation?

  /// What training costs, in images that the engine could embed in the same time.
  ///
  /// A forward and backward pass is counted as three embeddings.
  func cost(of hyperparameters: Hyperparameters, images: Int) -> Double

  /// Trains.
  ///
  /// - Throws: `CancellationError` after what was reached is put away; errors of data, network and
  ///   recipe.
  func train(_ job: TrainingJob) throws -> TrainedModel
}

extension Regime {
  /// True but for training from scratch.
  public var startsFromPretrainedWeights: Bool { true }
  /// False but for those that train the whole network.
  public var seesPicturesInEveryEpoch: Bool { false }
}

/// The regimes that can be run.
public enum Regimes {
  /// Every regime, one line each.
  public static let all: [any Regime] = [
    LinearProbe(),
    PartialFineTuning(),
    FullFineTuning(),
    FromScratch(),
  ]

  /// The regime of an id.
  ///
  /// - Throws: `RecipeError.unknownRegime`.
  public static func named(_ id: String) throws -> any Regime {
    guard let regime = all.first(where: { $0.id == id }) else {
      throw RecipeError.unknownRegime(id, known: all.map(\.id))
    }
    return regime
  }
}

/// All that a regime needs to train.
public struct TrainingJob: Sendable {
  /// What to do; its hyper-parameters are complete.
  public var recipe: Recipe
  /// The network to start from.
  public var model: Model
  /// The data, with training and validation splits.
  public var dataset: Dataset
  /// Where caches and checkpoints of the run lie.
  public var folder: URL
  /// How embeddings are computed and kept.
  public var embedding: EmbeddingOptions
  /// Whether to go on from the checkpoint in the folder.
  public var resumes: Bool
  /// Receives progress.
  public var events: RunEventHandler
  /// Asks the training to stop.
  public var cancellation: Cancellation

  /// Collects what a regime needs.
  public init(
    recipe: Recipe, model: Model, dataset: Dataset, folder: URL, embedding: EmbeddingOptions,
    resumes: Bool, events: @escaping RunEventHandler, cancellation: Cancellation
  ) {
    self.recipe = recipe
    self.model = model
    self.dataset = dataset
    self.folder = folder
    self.embedding = embedding
    self.resumes = resumes
    self.events = events
    self.cancellation = cancellation
  }
}

/// What a regime leaves behind.
public struct TrainedModel: Sendable {
  /// The trained network, with a classifier of the data's classes.
  public var network: Network
  /// What was chosen on validation images, such as the penalty.
  public var chosen: [String: Double]
  /// The training log.
  public var history: [EpochRecord]
  /// How the model that was chosen does on the validation images, where there are any.
  public var validation: Evaluation?
  /// Images that could not be read, each with the reason.
  public var unreadable: [String]
}
