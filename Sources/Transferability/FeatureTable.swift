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
    try features.withUnsafeBufferPointer { values throws(TransferabilityError) in
      try Self.check(features: values, width: features.rowLength, firstRow: 0, model: model)
    }
    if let probabilities = sourceProbabilities {
      precondition(probabilities.shape.count == 2, "source probabilities must be [N, S]")
      guard probabilities.rowCount == labels.count else {
        throw .lengthMismatch(
          model: model, what: "rows of source probabilities", count: probabilities.rowCount,
          expected: labels.count)
      }
      try probabilities.withUnsafeBufferPointer { values throws(TransferabilityError) in
        try Self.check(
          probabilities: values, width: probabilities.rowLength, firstRow: 0, model: model)
      }
    }
    self.model = model
    self.features = features
    self.labels = labels
    self.sourceProbabilities = sourceProbabilities
  }

  /// Throws `.notFinite` with the first NaN or infinite number among features.
  static func check(
    features: UnsafeBufferPointer<Float>, width: Int, firstRow: Int, model: String
  ) throws(TransferabilityError) {
    guard let index = firstNotFinite(features) else { return }
    throw .notFinite(
      model: model, what: "features", row: firstRow + index / width, column: index % width)
  }

  /// Throws `.notFinite` or `.negativeProbability` with the first such number among probabilities.
  static func check(
    probabilities: UnsafeBufferPointer<Float>, width: Int, firstRow: Int, model: String
  ) throws(TransferabilityError) {
    let width = max(1, width)
    if let index = firstNotFinite(probabilities) {
      throw .notFinite(
        model: model, what: "source probabilities", row: firstRow + index / width,
        column: index % width)
    }
    if let index = probabilities.firstIndex(where: { $0 < 0 }) {
      throw .negativeProbability(
        model: model, row: firstRow + index / width, column: index % width)
    }
  }

  /// The largest magnitude as bits tells first whether there is anything to look for.
  private static func firstNotFinite(_ values: UnsafeBufferPointer<Float>) -> Int? {
    var greatest: UInt32 = 0
    for value in values { greatest = max(greatest, value.bitPattern & 0x7FFF_FFFF) }
    return greatest < 0x7F80_0000 ? nil : values.firstIndex { !$0.isFinite }
  }
}
