public import Tensors

/// What one network says about a data set: a row of features for each image, and labels.
public struct FeatureTable: Sendable {
  /// The network's name.
  public let model: String
  /// Features, [N, D].
  public let features: Tensor
  /// The N labels; any integers, not necessarily contiguous.
  public let labels: [Int]
  /// Probabilities of the source classes, [N, S], rows summing to one; nil without a source head.
  public let sourceProbabilities: Tensor?

  /// Checks and holds the features of a network.
  ///
  /// - Throws: `.empty`, `.lengthMismatch`, `.notFinite` with the first offending row,
  ///   `.negativeProbability`.
  /// - Precondition: `features` has two dimensions, and so have the probabilities.
  /// - Complexity: one pass over the numbers.
  public init(
    model: String, features: Tensor, labels: [Int], sourceProbabilities: Tensor? = nil
  ) throws(TransferabilityError) {
    precondition(features.shape.count == 2, "features must be [N, D], not \(features.shape)")
    guard features.rowCount > 0, features.rowLength > 0 else { throw .empty(model: model) }
    guard labels.count == features.rowCount else {
      throw .lengthMismatch(
        model: model, what: "labels", count: labels.count, expected: features.rowCount)
    }
    if let index = Self.firstIndex(in: features, where: { !$0.isFinite }) {
      throw .notFinite(
        model: model, what: "features", row: index / features.rowLength,
        column: index % features.rowLength)
    }
    if let probabilities = sourceProbabilities {
      precondition(probabilities.shape.count == 2, "source probabilities must be [N, S]")
      guard probabilities.rowCount == labels.count else {
        throw .lengthMismatch(
          model: model, what: "rows of source probabilities", count: probabilities.rowCount,
          expected: labels.count)
      }
      let width = max(1, probabilities.rowLength)
      if let index = Self.firstIndex(in: probabilities, where: { !$0.isFinite }) {
        throw .notFinite(
          model: model, what: "source probabilities", row: index / width, column: index % width)
      }
      if let index = Self.firstIndex(in: probabilities, where: { $0 < 0 }) {
        throw .negativeProbability(model: model, row: index / width, column: index % width)
      }
    }
    self.model = model
    self.features = features
    self.labels = labels
    self.sourceProbabilities = sourceProbabilities
  }

  private static func firstIndex(in tensor: Tensor, where isBad: (Float) -> Bool) -> Int? {
    tensor.withUnsafeBufferPointer { $0.firstIndex(where: isBad) }
  }
}
