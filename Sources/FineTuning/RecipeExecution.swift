public import Checkpoints
public import Datasets
import Foundation
import Images
import Networks
import Tensors

/// Carries a recipe out: splits the data, trains, evaluates, and leaves a run's folder.
public struct RecipeExecution: Sendable {
  /// What to do.
  public var recipe: Recipe
  /// The network to start from.
  public var model: Model
  /// The data, as opened.
  public var dataset: Dataset
  /// Where the result goes.
  public var folder: RunFolder
  /// How embeddings are computed and kept.
  public var embedding: EmbeddingOptions
  /// Whether to go on from the folder's checkpoint.
  public var resumes: Bool

  /// Prepares an execution.
  public init(
    recipe: Recipe, model: Model, dataset: Dataset, folder: RunFolder,
    embedding: EmbeddingOptions, resumes: Bool = false
  ) {
    self.recipe = recipe
    self.model = model
    self.dataset = dataset
    self.folder = folder
    self.embedding = embedding
    self.resumes = resumes
  }

  /// Trains and evaluates.
  ///
  /// - Throws: `CancellationError` after a checkpoint was written; errors of recipe, data, network
  ///   and output.
  public func run(
    events: @escaping RunEventHandler, cancellation: Cancellation
  ) throws -> TrainingRun {
    let regime = try Regimes.named(recipe.regime)
    var data = dataset.split(
      validationFraction: recipe.split.validationFraction,
      testFraction: recipe.split.testFraction, seed: recipe.split.seed)
    data.decoding = recipe.decoding ?? DecodingOptions()
    let training = data.subset(of: .train)
    guard !training.samples.isEmpty else {
      throw RecipeError.unfit(
        recipe: recipe.name, reason: "\(data.path) holds no training images")
    }
    for finding in data.findings { events(.note(ImageInference.sentence(finding))) }
    var complete = recipe
    complete.hyperparameters = recipe.hyperparameters.completed(
      by: regime.defaults(trainingImages: training.samples.count, network: model.network))
    if let problem = complete.problem {
      throw RecipeError.unfit(recipe: recipe.name, reason: problem)
    }
    try FilePlacement.prepare(folder: folder.url, marker: "", overwrite: true)
    if !resumes { folder.discardResult() }
    try folder.write(complete)

    let begin = Date()
    let trained = try regime.train(
      TrainingJob(
        recipe: complete, model: model, dataset: data, folder: folder.url, embedding: embedding,
        resumes: resumes, events: events, cancellation: cancellation))
    let seconds = trained.history.last?.seconds ?? Date().timeIntervalSince(begin)

    let testing = data.subset(of: .test)
    var test: Evaluation?
    var unreadable = trained.unreadable
    if !testing.samples.isEmpty {
      events(.phase("Evaluating on \(testing.samples.count) test images"))
      let result = try Evaluation.of(
        trained.network, on: testing, preprocessing: complete.preprocessing,
        batchSize: embedding.batchSize, events: events, cancellation: cancellation)
      test = result.evaluation
      unreadable += result.unreadable
    }
    for sentence in unreadable { events(.note(sentence)) }
    let run = TrainingRun(
      model: model.card.id, regime: recipe.regime, recipe: complete,
      data: TrainingRun.DataSummary(
        name: data.name, classNames: data.classNames, trainingImages: training.samples.count,
        validationImages: data.subset(of: .validation).samples.count,
        testImages: testing.samples.count, unreadable: unreadable),
      metrics: TrainingRun.Metrics(validation: trained.validation, test: test),
      chosen: trained.chosen, history: trained.history, seconds: seconds,
      environment: TrainingRun.Environment(
        kernels: InstructionSet.name, threads: Parallel.threadCount,
        version: Version.text))
    try ONNXModel.keepGraph(of: model, in: folder.url)
    try folder.write(run, network: trained.network, card: model.card)
    folder.checkpoint.remove()
    return run
  }
}
