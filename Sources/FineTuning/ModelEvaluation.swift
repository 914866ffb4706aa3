public import Checkpoints
public import Datasets
import Images
import Networks

/// How well a model names the pictures of a data set: what `graft evaluate --json` prints.
public struct ModelEvaluation: Codable, Sendable, Equatable {
  /// The version of this value's written form.
  public static let schema = "graft.evaluation/1"

  /// The version of the written form.
  public var schema = ModelEvaluation.schema
  /// The model's id.
  public var model: String
  /// The data set's name.
  public var dataset: String
  /// The classes, in the order of the confusion matrix.
  public var classNames: [String]
  /// The evaluation.
  public var metrics: Evaluation
  /// The pictures that could not be read, each as a sentence.
  public var unreadable: [String]

  /// Evaluates a model; the data's classes are matched to the model's by name.
  ///
  /// - Throws: `PredictionError`; `EmbeddingError.nothingReadable`; `CancellationError`.
  public static func of(
    _ model: Model, on dataset: Dataset, batchSize: Int = 16, events: RunEventHandler,
    cancellation: Cancellation
  ) throws -> ModelEvaluation {
    guard model.network.classCount > 0 else { throw PredictionError.noHead(model: model.card.id) }
    let names = model.card.classNames ?? dataset.classNames
    let place = Dictionary(
      names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let unknown = dataset.classNames.filter { place[$0] == nil }
    guard unknown.isEmpty, names.count == model.network.classCount else {
      throw PredictionError.unknownClasses(
        model: model.card.id, names: unknown.isEmpty ? dataset.classNames : unknown)
    }
    let inference = ImageInference(
      network: model.network, preprocessing: Preprocessing(model.card.input),
      batchSize: batchSize, outputs: [.logits])
    var probabilities: [[Float]] = []
    var labels: [Int] = []
    let unreadable = try inference.run(over: dataset, events: events, cancellation: cancellation) {
      batch, outputs in
      probabilities += softmaxRows(outputs[0])
      labels += batch.labels.compactMap { place[dataset.classNames[$0]] }
    }
    guard !labels.isEmpty else { throw EmbeddingError.nothingReadable(dataset: dataset.name) }
    return ModelEvaluation(
      model: model.card.id, dataset: dataset.name, classNames: names,
      metrics: Evaluation(
        probabilities: probabilities, labels: labels, classCount: names.count),
      unreadable: unreadable.map { ImageInference.sentence($0) })
  }
}
