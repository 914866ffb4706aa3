import Checkpoints
import Datasets
import FineTuning
import Foundation
import Images
import Networks
import Synchronization
import Tensors
import TestSupport

/// A drawn data set, a small network with random weights, and what a test does with them.
struct TinyTask {
  let scratch: ScratchFolder
  let dataset: Dataset
  let model: Model

  /// Draws pictures of 32 pixels and writes the network as a timm folder.
  init(
    _ family: DrawnDataset.Family = .textures, trainPerClass: Int, testPerClass: Int = 4,
    architecture: String = "resnet20_cifar"
  ) throws {
    scratch = try ScratchFolder()
    dataset = try DrawnDataset(
      family: family, trainPerClass: trainPerClass, testPerClass: testPerClass, seed: 7
    ).write(to: scratch("data"))
    model = try Self.model(architecture, seed: 3, in: scratch("network"))
  }

  /// Noisy pictures of four colours, which even a network with random weights tells apart.
  static func colours() throws -> TinyTask {
    let scratch = try ScratchFolder()
    let random = CounterRandom(seed: 8, key: "colours")
    var place: UInt64 = 0
    for (split, count) in [("train", 12), ("test", 10)] {
      for (name, colour) in [
        ("blue", [70, 90, 160]), ("green", [70, 160, 90]), ("grey", [110, 110, 110]),
        ("red", [160, 90, 70]),
      ] {
        for index in 0..<count {
          let pixels = (0..<(32 * 32 * 3)).map { i in
            place += 1
            return UInt8(Double(colour[i % 3]) + 60 * (random.uniform(at: place) - 0.5))
          }
          try scratch.write(
            Image(width: 32, height: 32, pixels: pixels).pngData(),
            to: "data/\(split)/\(name)/\(index).png")
        }
      }
    }
    return TinyTask(
      scratch: scratch, dataset: try Dataset.open(scratch("data")),
      model: try model("resnet20_cifar", seed: 3, in: scratch("network")))
  }

  private init(scratch: ScratchFolder, dataset: Dataset, model: Model) {
    (self.scratch, self.dataset, self.model) = (scratch, dataset, model)
  }

  static func model(_ architecture: String, seed: UInt64, in folder: URL) throws -> Model {
    let network = try Network.initialised(
      architecture: architecture, classCount: 10, seed: seed)
    let card = ModelCard(
      id: "\(architecture)-\(seed)", architecture: architecture,
      input: try Architecture.named(architecture).input, classCount: 10)
    try TimmExport.write(network, card: card, classNames: nil, to: folder)
    return try ModelCatalogue(folders: []).resolve(folder.path)
  }

  func recipe(
    _ regime: String, _ change: (inout Hyperparameters) -> Void = { _ in }
  ) throws -> Recipe {
    var values = Hyperparameters()
    if try Regimes.named(regime).defaults(trainingImages: 80, network: model.network).epochs != nil
    {
      values.epochs = 2
      values.batchSize = 16
      // The running statistics of random weights say nothing.
      values.batchNorm = "train"
    }
    change(&values)
    return Recipe(
      name: "\(regime) for a test",
      model: Recipe.ModelReference(
        id: model.card.id, architecture: model.card.architecture, weights: model.file.path,
        sha256: model.sha256),
      regime: regime, hyperparameters: values, preprocessing: Preprocessing(model.card.input),
      augmentation: try Regimes.named(regime).augmentation(flipProbability: 0.5),
      split: Recipe.Split(validationFraction: 0.2, testFraction: 0, seed: 1), seed: 5)
  }

  func execution(
    _ recipe: Recipe, into name: String, cache: Bool = false, resumes: Bool = false
  ) -> RecipeExecution {
    RecipeExecution(
      recipe: recipe, model: model, dataset: dataset, folder: RunFolder(scratch(name)),
      embedding: EmbeddingOptions(cacheFolder: cache ? scratch("cache") : nil), resumes: resumes)
  }

  func run(
    _ recipe: Recipe, into name: String, resumes: Bool = false
  ) throws -> TrainingRun {
    try execution(recipe, into: name, resumes: resumes)
      .run(events: { _ in }, cancellation: Cancellation())
  }

  func weights(of name: String) throws -> Data {
    try Data(contentsOf: scratch(name).appendingPathComponent("model.safetensors"))
  }
}

/// Raises a flag at the `limit`-th event about images of a training.
final class Stopper: Sendable {
  let cancellation = Cancellation()
  private let seen = Mutex((isTraining: false, steps: 0))
  private let limit: Int

  init(after limit: Int) { self.limit = limit }

  func handle(_ event: RunEvent) {
    seen.withLock { seen in
      switch event {
      case .phase(let text): seen.isTraining = text.hasPrefix("Training")
      case .progress(_, _, "images") where seen.isTraining:
        seen.steps += 1
        if seen.steps == limit { cancellation.cancel() }
      default: break
      }
    }
  }
}

/// Collects the remarks of a run.
final class Remarks: Sendable {
  private let texts = Mutex<[String]>([])

  func handle(_ event: RunEvent) {
    if case .note(let text) = event { texts.withLock { $0.append(text) } }
  }

  var all: [String] { texts.withLock { $0 } }
}

extension TrainingRun {
  /// The record without what may differ between machines and moments.
  var timeless: TrainingRun {
    var copy = self
    copy.seconds = 0
    copy.environment.threads = 0
    for index in copy.history.indices { copy.history[index].seconds = 0 }
    return copy
  }
}
