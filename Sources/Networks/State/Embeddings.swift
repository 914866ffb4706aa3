internal import CKernels
public import Tensors

/// What a network makes of a data set: a vector per image, and what its own classifier thought.
public struct Embeddings: Sendable {
  /// The network's pooled penultimate activations, `[N, D]`.
  public var features: Tensor
  /// The class of each image, an index in ``classNames``.
  public var labels: [Int]
  /// The classes of the data set, sorted.
  public var classNames: [String]
  /// The network's own class probabilities (softmax over its source classes), `[N, S]`; nil for a
  /// network without head.
  public var sourceProbabilities: Tensor?
  /// Where each image lies, relative to the data set's folder.
  public var paths: [String]
  /// The id of the model.
  public var model: String

  /// Embeddings of these values.
  ///
  /// - Precondition: all have the same number of images.
  public init(
    features: Tensor, labels: [Int], classNames: [String], sourceProbabilities: Tensor?,
    paths: [String], model: String
  ) {
    precondition(
      features.shape.count == 2 && features.shape[0] == labels.count && paths.count == labels.count
        && (sourceProbabilities.map { $0.shape.count == 2 && $0.shape[0] == labels.count } ?? true),
      "Embeddings: features \(features.shape), \(labels.count) labels, \(paths.count) paths, "
        + "source probabilities \(sourceProbabilities?.shape ?? [])")
    self.features = features
    self.labels = labels
    self.classNames = classNames
    self.sourceProbabilities = sourceProbabilities
    self.paths = paths
    self.model = model
  }

  /// The number of images N.
  public var count: Int { labels.count }

  /// The width D of a vector.
  public var featureCount: Int { features.shape[1] }
}

extension Embeddings {
  /// The class probabilities of class scores: softmax along each row.
  ///
  /// - Parameter logits: `[N, S]`.
  /// - Returns: `[N, S]`; each row sums to 1.
  public static func probabilities(logits: Tensor) -> Tensor {
    precondition(logits.shape.count == 2, "class scores are [N, S], not \(logits.shape)")
    let (rows, classes) = (logits.shape[0], logits.shape[1])
    let result = FloatStorage(uninitializedCount: logits.count)
    logits.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress, classes > 0 else { return }
      Parallel.ranges(rows, grain: rowGrain(classes)) { begin, end in
        graft_softmax(classes, base, result.pointer, begin, end)
      }
    }
    return Tensor(shape: logits.shape, storage: result)
  }
}
