/// What accuracy a linear classifier on the features as they are is expected to have.
///
/// The leave-one-out accuracy of a ridge probe with Wilson's interval: every row is named by a classifier
/// that never saw it. It is of a linear probe on frozen features, and so the least that the network
/// gives: fine-tuning may give more. It holds for data like these rows, whatever the limit that drew them.
/// - Reference: `RidgeProbe`; Wilson (1927).
public struct ExpectedAccuracy: Codable, Sendable, Equatable {
  /// The share of rows named rightly, in 0…1; nil where it is not defined.
  public let value: Double?
  /// Lower end of the 95 % interval.
  public let low: Double?
  /// Upper end of the 95 % interval.
  public let high: Double?
  /// What was measured, and on how many rows.
  public let method: String
  /// Why there is no value.
  public let note: String?

  private enum CodingKeys: String, CodingKey { case value, low, high, method, note }

  /// Writes nil numbers as null, and leaves an absent note out.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(value, forKey: .value)
    try container.encode(low, forKey: .low)
    try container.encode(high, forKey: .high)
    try container.encode(method, forKey: .method)
    try container.encodeIfPresent(note, forKey: .note)
  }

  /// Measures a network.
  ///
  /// - Parameter probed: what `ridge-probe` came to on it, where that was computed.
  /// - Throws: what that score throws.
  /// - Complexity: see `RidgeProbe`, on `candidate.table`.
  init(_ candidate: Candidate, probed: Score.Outcome?) throws {
    let table = candidate.table
    let count = table.labels.count
    let all = candidate.source.labels.count
    let rows = candidate.isTableDrawn ? "\(count) rows drawn from \(all)" : "\(count) rows"
    method = "leave-one-out ridge probe on frozen features, \(rows), Wilson's interval"
    let classes = Set(table.labels).sorted()
    guard classes.count > 1 else {
      (value, low, high) = (nil, nil, nil)
      note = "an accuracy needs at least two classes"
      return
    }
    let outcome = try probed ?? RidgeProbe.score(candidate)
    var right = outcome.value.map { Int(($0 * Double(count)).rounded()) }
    if right == nil {
      // Features that say nothing still name the most frequent class.
      let place = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
      right =
        RidgeProbe(
          features: table.features, labels: table.labels.compactMap { place[$0] },
          classCount: classes.count)?.rightCount
    }
    guard let right else {
      (value, low, high) = (nil, nil, nil)
      note = "the features give no probe"
      return
    }
    let interval = wilsonInterval(successes: right, of: count)
    (value, low, high, note) = (Double(right) / Double(count), interval[0], interval[1], nil)
  }
}
