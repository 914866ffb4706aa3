public import Checkpoints
public import Datasets
import Foundation
import Images
import Networks
import Tensors

/// What a trained model calls some pictures: what `graft predict --json` prints.
public struct Predictions: Codable, Sendable, Equatable {
  /// The version of this value's written form.
  public static let schema = "graft.predictions/1"

  /// What one picture is called.
  public struct Prediction: Codable, Sendable, Equatable {
    /// The picture, as given.
    public var path: String
    /// The most probable class.
    public var label: String
    /// The probability of every class by name.
    public var probabilities: [String: Double]
  }

  /// A picture that could not be read.
  public struct Unreadable: Codable, Sendable, Equatable {
    /// The picture, as given.
    public var path: String
    /// Why, as one sentence.
    public var reason: String
  }

  /// The version of the written form.
  public var schema = Predictions.schema
  /// The model's id.
  public var model: String
  /// One prediction for each picture that could be read, in the order given.
  public var predictions: [Prediction]
  /// The others.
  public var unreadable: [Unreadable]

  /// Names the pictures of a data set, whatever their labels.
  ///
  /// Class names come from the model's card; without them the classes are numbered.
  ///
  /// - Throws: `PredictionError.noHead`; `CancellationError`; errors of the network.
  public static func of(
    _ pictures: Dataset, model: Model, batchSize: Int = 16, events: RunEventHandler,
    cancellation: Cancellation
  ) throws -> Predictions {
    guard model.network.classCount > 0 else { throw PredictionError.noHead(model: model.card.id) }
    let names = model.card.classNames ?? (0..<model.network.classCount).map(String.init)
    let inference = ImageInference(
      network: model.network, preprocessing: Preprocessing(model.card.input),
      batchSize: batchSize, outputs: [.logits])
    var result = Predictions(model: model.card.id, predictions: [], unreadable: [])
    let findings = try inference.run(over: pictures, events: events, cancellation: cancellation) {
      batch, outputs in
      for (index, row) in zip(batch.indices, softmaxRows(outputs[0])) {
        let top = row.indices.max { row[$0] < row[$1] } ?? 0
        result.predictions.append(
          Prediction(
            path: pictures.samples[index].id, label: names[top],
            probabilities: Dictionary(
              zip(names, row.map(Double.init)), uniquingKeysWith: { first, _ in first })))
      }
    }
    result.unreadable = findings.flatMap { finding in
      finding.paths.map { Unreadable(path: $0, reason: finding.message) }
    }
    return result
  }
}

/// Why a model can't name pictures.
public enum PredictionError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The model ends at its embedding.
  case noHead(model: String)
  /// The data has classes that the model doesn't know.
  case unknownClasses(model: String, names: [String])

  /// One sentence for the person.
  public var description: String {
    switch self {
    case .noHead(let model):
      "The model \(model) has no classifier; train one with 'graft run'."
    case .unknownClasses(let model, let names):
      "The model \(model) doesn't know the data's classes \(names.joined(separator: ", ")); "
        + "evaluate it on data with the class folders it was trained on."
    }
  }
}
