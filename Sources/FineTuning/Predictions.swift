public import Checkpoints
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

  /// Names pictures.
  ///
  /// Class names come from the model's card; without them the classes are numbered.
  ///
  /// - Throws: `PredictionError.noHead`; `CancellationError`; errors of the network.
  public static func of(
    _ paths: [String], model: Model, batchSize: Int = 16, events: RunEventHandler,
    cancellation: Cancellation
  ) throws -> Predictions {
    guard model.network.classCount > 0 else { throw PredictionError.noHead(model: model.card.id) }
    let names = model.card.classNames ?? (0..<model.network.classCount).map(String.init)
    let preprocessing = Preprocessing(model.card.input)
    let side = preprocessing.imageSize
    let normalisation = preprocessing.normalisation
    let plan = try InferencePlan(
      network: model.network, batchSize: min(batchSize, max(paths.count, 1)), imageHeight: side,
      imageWidth: side, outputs: [.logits])
    var result = Predictions(model: model.card.id, predictions: [], unreadable: [])
    for start in stride(from: 0, to: paths.count, by: plan.batchSize) {
      try cancellation.check()
      let part = paths[start..<min(start + plan.batchSize, paths.count)]
      var readable: [(path: String, image: Image)] = []
      for path in part {
        do {
          let image = try ImageDecoder.decode(
            URL(fileURLWithPath: path), shorterSideAtLeast: preprocessing.decodingSize)
          readable.append((path, preprocessing.rendered(image)))
        } catch {
          result.unreadable.append(Unreadable(path: path, reason: "\(error)"))
        }
      }
      guard !readable.isEmpty else { continue }
      var images = Tensor(shape: [readable.count, side, side, 3])
      let count = images.rowLength
      images.withUnsafeMutableBufferPointer { target in
        for (slot, entry) in readable.enumerated() {
          normalisation.write(
            entry.image,
            to: UnsafeMutableBufferPointer(rebasing: target[(slot * count)..<((slot + 1) * count)]))
        }
      }
      let logits = try plan.run(images)
      try ImageInference.checkFinite(logits, of: model.network)
      for (entry, row) in zip(readable, softmaxRows(logits[0])) {
        let top = row.indices.max { row[$0] < row[$1] } ?? 0
        result.predictions.append(
          Prediction(
            path: entry.path, label: names[top],
            probabilities: Dictionary(
              zip(names, row.map(Double.init)), uniquingKeysWith: { first, _ in first })))
      }
      events(.progress(done: start + part.count, total: paths.count, unit: "images"))
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
