extension Scorecard {
  /// One score of one network.
  public struct Entry: Codable, Sendable, Equatable {
    /// The value, nil where it is not defined.
    public let value: Double?
    /// Lower end of the 95 % interval, nil where there is none.
    public let low: Double?
    /// Upper end of the 95 % interval, nil where there is none.
    public let high: Double?
    /// How the interval was found; nil where there is none.
    public let interval: Interval?
    /// The score as its paper defines it, relative to the candidates of the scorecard; nil for scores
    /// that papers define by themselves, and with a single candidate.
    public let pooled: Double?
    /// Numbers that the value is made of, by name; they depend on no other candidate.
    public let parts: [String: Double]?
    /// Why a number is missing, or what to know about it.
    public let note: String?

    /// Where an interval comes from.
    public enum Interval: String, Codable, Sendable {
      /// Deleting a block of rows at a time; see `Jackknife`.
      case jackknife
    }

    private enum CodingKeys: String, CodingKey {
      case value, low, high, interval, pooled, parts, note
    }

    /// Writes nil numbers as null, and leaves what else is absent out.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(value, forKey: .value)
      try container.encode(low, forKey: .low)
      try container.encode(high, forKey: .high)
      try container.encodeIfPresent(interval, forKey: .interval)
      try container.encodeIfPresent(pooled, forKey: .pooled)
      try container.encodeIfPresent(parts, forKey: .parts)
      try container.encodeIfPresent(note, forKey: .note)
    }

    /// A score's value with its jackknife interval.
    ///
    /// Where only `rows` of a population were looked at, the interval is one for the score of all: a
    /// score moves with the number of rows, by about the jackknife's estimate of its bias at N rows
    /// times the share that was not looked at, and
    ///
    ///     half² = (t se)² + ((B − 1)(mean θ_(b) − θ) · (1 − rows/population))²
    ///
    /// The first term alone already grows as fewer rows are looked at, the second says what a limit
    /// cost besides.
    /// - Reference: Efron & Tibshirani 1993, eq. 11.5 (se) and 10.21 (bias).
    public init(
      _ outcome: Score.Outcome, rows: Int = 1, of population: Int = 1, pooled: Double? = nil
    ) {
      let isDrawn = rows < population
      let half = Jackknife.halfWidth(outcome.replicates).flatMap { half -> Double? in
        guard isDrawn, let value = outcome.value else { return half }
        let drift =
          Jackknife.bias(outcome.replicates, value: value)
          * (1 - Double(rows) / Double(population))
        return (half * half + drift * drift).squareRoot()
      }
      value = outcome.value
      low = outcome.value.flatMap { value in half.map { value - $0 } }
      high = outcome.value.flatMap { value in half.map { value + $0 } }
      self.pooled = pooled
      parts = outcome.parts.isEmpty ? nil : outcome.parts
      interval = outcome.value == nil || half == nil ? nil : .jackknife
      note =
        outcome.value != nil && isDrawn
        ? outcome.noting(Self.limitRemark(rows: rows, of: population)).note : outcome.note
    }

    /// What the note of a score says where only some rows were looked at.
    package static func limitRemark(rows: Int, of population: Int) -> String {
      "of \(rows) of \(population) rows; the interval is for all of them"
    }
  }
}
