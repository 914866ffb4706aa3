public import Checkpoints
public import Datasets
public import Foundation
import Images
public import Networks
import Tensors

/// How embeddings are computed and kept.
public struct EmbeddingOptions: Sendable {
  /// Images per run of the engine.
  public var batchSize: Int
  /// Where embeddings are kept between commands, or nil to keep none.
  public var cacheFolder: URL?
  /// The format in which the network multiplies.
  public var precision: Precision

  /// Options for computing embeddings.
  public init(
    batchSize: Int = 16, cacheFolder: URL? = nil, precision: Precision = .float32
  ) {
    self.batchSize = batchSize
    self.cacheFolder = cacheFolder
    self.precision = precision
  }

  /// The user's cache folder for embeddings, beside that of the models.
  public static var userCacheFolder: URL {
    ModelCatalogue.cacheFolder.deletingLastPathComponent().appendingPathComponent("embeddings")
  }
}

/// The embeddings of a data set's pictures under one model, and how they came about.
public struct EmbeddedDataset: Sendable {
  /// The embeddings, in the order of the samples that could be read.
  public var embeddings: Embeddings
  /// The pictures that could not be read, each as a sentence.
  public var unreadable: [String]
  /// Images per second, decoding included; nil where they were taken from the cache.
  public var imagesPerSecond: Double?
  /// Wall-clock seconds; zero where they were taken from the cache.
  public var seconds: Double

  /// Computes the embeddings of every sample, or takes them from the cache.
  ///
  /// - Parameters:
  ///   - dataset: the pictures, all of them are used.
  ///   - model: the network and what it expects of a picture.
  /// - Throws: `CancellationError`; `EmbeddingError`; errors of the network.
  /// - Complexity: `N` forward passes; memory `N · (D + S)` floats.
  public static func compute(
    _ dataset: Dataset, model: Model, options: EmbeddingOptions,
    events: RunEventHandler, cancellation: Cancellation
  ) throws -> EmbeddedDataset {
    let cache = options.cacheFolder.map {
      EmbeddingCache(folder: $0, dataset: dataset, model: model, precision: options.precision)
    }
    if let kept = cache?.read() {
      return EmbeddedDataset(
        embeddings: kept.embeddings, unreadable: kept.unreadable, imagesPerSecond: nil, seconds: 0)
    }
    let hasHead = model.network.graph.logitsNode != nil
    let inference = ImageInference(
      network: model.network, preprocessing: Preprocessing(model.card.input),
      batchSize: options.batchSize, outputs: hasHead ? [.features, .logits] : [.features],
      precision: options.precision)
    let width = model.network.featureCount
    var features: [Float] = []
    features.reserveCapacity(dataset.samples.count * width)
    var probabilities: [Float] = []
    var indices: [Int] = []
    let begin = ContinuousClock.now
    let unreadable = try inference.run(over: dataset, events: events, cancellation: cancellation) {
      batch, outputs in
      outputs[0].withUnsafeBufferPointer { features.append(contentsOf: $0) }
      if hasHead {
        for row in softmaxRows(outputs[1]) { probabilities.append(contentsOf: row) }
      }
      indices += batch.indices
    }
    let elapsed = ContinuousClock.now - begin
    let seconds =
      Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    guard !indices.isEmpty else { throw EmbeddingError.nothingReadable(dataset: dataset.name) }
    let count = indices.count
    let embeddings = Embeddings(
      features: Tensor(shape: [count, width], values: features),
      labels: indices.map { dataset.samples[$0].label },
      classNames: dataset.classNames,
      sourceProbabilities: hasHead
        ? Tensor(shape: [count, probabilities.count / count], values: probabilities) : nil,
      paths: indices.map { dataset.samples[$0].id },
      model: model.card.id
    )
    let result = EmbeddedDataset(
      embeddings: embeddings, unreadable: unreadable.map { ImageInference.sentence($0) },
      imagesPerSecond: Double(count) / max(seconds, 1e-9), seconds: seconds)
    cache?.write(result)
    return result
  }
}

/// Why there are no embeddings.
public enum EmbeddingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Not one picture could be read.
  case nothingReadable(dataset: String)
  /// The network's answers are NaN or infinite.
  case notFinite(architecture: String)

  /// One sentence for the person.
  public var description: String {
    switch self {
    case .nothingReadable(let dataset):
      "Not one picture of \(dataset) can be read; 'graft profile' says what is wrong with each."
    case .notFinite(let architecture):
      "The \(architecture) gives numbers that are not finite; its weights are damaged, trained at "
        + "too high a rate, or its card's mean and std are not its own."
    }
  }
}
