/// Everything that is known of a network's features before a number of them is looked at.
public struct FeatureSource: Sendable {
  /// The network's name.
  public let model: String
  /// Features, [N, D].
  public let features: FeatureRows
  /// The N labels; any integers, not necessarily contiguous.
  public let labels: [Int]
  /// Probabilities of the source classes, [N, S]; nil without a source head.
  public let sourceProbabilities: FeatureRows?
  /// How many rows there were before some were drawn: at least N.
  public let populationCount: Int

  /// Joins features to labels.
  ///
  /// - Parameter populationCount: how many rows these were drawn from; nil means all.
  /// - Throws: `.empty`, `.lengthMismatch`. The numbers themselves are checked when they are read.
  public init(
    model: String, features: FeatureRows, labels: [Int], sourceProbabilities: FeatureRows? = nil,
    populationCount: Int? = nil
  ) throws(TransferabilityError) {
    guard features.count > 0, features.width > 0 else { throw .empty(model: model) }
    guard labels.count == features.count else {
      throw .lengthMismatch(
        model: model, what: "labels", count: labels.count, expected: features.count)
    }
    if let sourceProbabilities, sourceProbabilities.count != features.count {
      throw .lengthMismatch(
        model: model, what: "rows of source probabilities", count: sourceProbabilities.count,
        expected: features.count)
    }
    self.model = model
    self.features = features
    self.labels = labels
    self.sourceProbabilities = sourceProbabilities
    self.populationCount = max(labels.count, populationCount ?? labels.count)
  }

  /// A table in memory.
  public init(_ table: FeatureTable, populationCount: Int? = nil) {
    model = table.model
    features = FeatureRows(table.features)
    labels = table.labels
    sourceProbabilities = table.sourceProbabilities.map(FeatureRows.init)
    self.populationCount = max(table.labels.count, populationCount ?? table.labels.count)
  }

  private init(_ source: FeatureSource, rows: [Int]) {
    model = source.model
    features = source.features.selecting(rows)
    labels = rows.map { source.labels[$0] }
    sourceProbabilities = source.sourceProbabilities?.selecting(rows)
    populationCount = source.populationCount
  }

  /// At most `limit` rows, drawn so that each class keeps its share; all where there are no more.
  ///
  /// The same labels and seed give the same rows, whatever the network.
  public func limited(to limit: Int, seed: UInt64) -> FeatureSource {
    guard labels.count > limit else { return self }
    return FeatureSource(self, rows: StratifiedDraw.rows(of: labels, limit: limit, seed: seed))
  }

  /// The rows in memory, checked.
  ///
  /// - Throws: what the readers throw, and `TransferabilityError` for a number that is not finite.
  /// - Complexity: memory O(N(D + S)).
  public func table() throws -> FeatureTable {
    try FeatureTable(
      model: model, features: features.tensor(), labels: labels,
      sourceProbabilities: sourceProbabilities?.tensor())
  }
}
