import Checkpoints
import Datasets
import Foundation
public import Images
public import Networks
import Tensors

/// A frozen prefix, run once and cached, and a trained suffix.
///
/// The stages below `trainableFrom` stay as they are, statistics included. They are run once over
/// `cachedViews` views of each picture; the suffix, with a new head, is trained on what they gave.
///
/// - Reference: Yosinski et al. (2014), "How transferable are features in deep neural networks?"
///   (frozen lower layers); Plested & Gedeon (2019) on the number of transferred layers.
public struct PartialFineTuning: Regime {
  /// Creates the regime.
  public init() {}

  /// `partial`.
  public var id: String { "partial" }
  /// What it does.
  public var summary: String {
    "Runs the lower stages once, caches their output, and trains the upper stages."
  }
  /// Where it comes from.
  public var reference: String {
    "Yosinski et al., NeurIPS 2014; Plested & Gedeon, ICONIP 2019"
  }

  /// The upper third of the stages, some 400 steps of 32 images on four views a picture.
  public func defaults(trainingImages: Int, network: Network) -> Hyperparameters {
    var values = GradientDefaults.values(
      trainingImages: trainingImages, steps: 400, epochs: 6...20)
    let names = network.graph.stages.map(\.name)
    values.trainableFrom = names[max(1, min(names.count * 2 / 3, names.count - 3))]
    values.cachedViews = 4
    values.batchNorm = "frozen"
    // Without batch statistics nothing tames a step that is too long.
    values.learningRate = 0.002
    return values
  }

  /// Crops of at least a quarter of the picture, and flips.
  public func augmentation(flipProbability: Double?) -> Augmentation? {
    FullFineTuning().augmentation(flipProbability: flipProbability)
  }

  /// The prefix once for every view; the suffix counted as a quarter of the network.
  public func cost(of hyperparameters: Hyperparameters, images: Int) -> Double {
    let views = Double(hyperparameters.cachedViews ?? 1)
    return Double(images) * (views + 0.25 * 3 * Double(hyperparameters.epochs ?? 1))
  }

  /// Trains.
  public func train(_ job: TrainingJob) throws -> TrainedModel {
    let values = job.recipe.hyperparameters
    let start = try StartingNetwork.make(job)
    let whole = start.network
    let names = whole.graph.stages.map(\.name)
    guard let from = values.trainableFrom, let place = names.firstIndex(of: from), place > 0 else {
      throw RecipeError.unfit(
        recipe: job.recipe.name,
        reason: "trainableFrom is '\(values.trainableFrom ?? "")', but must be one of "
          + names.dropFirst().joined(separator: ", "))
    }
    let prefix = try whole.prefix(through: names[place - 1])
    let files = [Split.train, .validation].map {
      job.folder.appendingPathComponent("prefix-\($0.rawValue).cache")
    }
    defer { for file in files { try? FileManager.default.removeItem(at: file) } }
    func cached(_ split: Split, _ file: URL, augmentation: Augmentation?) throws
      -> FrozenPrefixCache?
    {
      let part = job.dataset.subset(of: split)
      guard !part.samples.isEmpty else { return nil }
      return try FrozenPrefixCache(
        prefix: prefix, dataset: part, preprocessing: job.recipe.preprocessing,
        augmentation: augmentation, viewCount: values.cachedViews ?? 1,
        batchSize: job.embedding.batchSize, seed: job.recipe.seed,
        precision: FrozenPrefixCache.Precision(rawValue: values.cachePrecision ?? "") ?? .float32,
        file: file,
        events: job.events, cancellation: job.cancellation)
    }
    job.events(.phase("Running the frozen stages up to \(names[place - 1]) once"))
    let validation = try cached(.validation, files[1], augmentation: nil)
    guard let training = try cached(.train, files[0], augmentation: job.recipe.augmentation) else {
      throw EmbeddingError.nothingReadable(dataset: job.dataset.name)
    }
    let suffix = try whole.suffix(after: names[place - 1], input: training.shape)
    let batchSize = min(values.batchSize ?? 32, training.labels.count)
    job.events(
      .phase(
        "Training \(names[place...].joined(separator: ", ")) on \(training.labels.count) images "
          + "for \(values.epochs ?? 1) epochs"))
    let outcome = try GradientTraining(
      network: suffix, startIsFitted: start.isFitted, inputShape: training.shape, trainable: .all,
      hyperparameters: values,
      seed: job.recipe.seed,
      source: CachedSource(training, batchSize: batchSize, seed: job.recipe.seed),
      validate: { state in try validation.map { try Self.evaluate(state, $0, job) } },
      checkpoint: TrainingCheckpoint(folder: job.folder.appendingPathComponent("checkpoint")),
      resumes: job.resumes, events: job.events, cancellation: job.cancellation
    ).run()
    return TrainedModel(
      network: try whole.withState(whole.state.merging(outcome.network.state)),
      chosen: ["epoch": Double(outcome.bestEpoch)], history: outcome.history,
      validation: outcome.validation,
      unreadable: training.unreadable + (validation?.unreadable ?? []))
  }

  private static func evaluate(
    _ suffix: Network, _ cache: FrozenPrefixCache, _ job: TrainingJob
  ) throws -> Evaluation {
    let batchSize = min(job.embedding.batchSize * 4, cache.labels.count)
    let plan = try InferencePlan(
      network: suffix, batchSize: batchSize, inputShape: cache.shape, outputs: [.logits])
    var probabilities: [[Float]] = []
    for start in stride(from: 0, to: cache.labels.count, by: batchSize) {
      let rows = (start..<min(start + batchSize, cache.labels.count)).map { (row: $0, view: 0) }
      let logits = try plan.run(cache.inputs(rows))
      try ImageInference.checkFinite(logits, of: suffix)
      probabilities += softmaxRows(logits[0])
    }
    return Evaluation(
      probabilities: probabilities, labels: cache.labels,
      classCount: job.dataset.classNames.count)
  }
}
