import Foundation
import Tensors
import Testing
import Transferability

@Suite("Probability of being the best, drawn rows, limits")
struct UncertaintyTests {
  /// Features of `separation`, with noise of their own where `own` is not nil.
  static func table(
    _ model: String, rows: Int = 400, separation: Double, own: String? = nil
  ) throws -> FeatureTable {
    let common = CounterRandom(seed: 4, key: "common")
    let labels = (0..<rows).map { $0 % 4 }
    let values = labels.enumerated().flatMap { row, label in
      (0..<6).map { column -> Float in
        let index = UInt64(6 * row + column)
        var value = common.normal(at: index) + (column == label ? separation : 0)
        if let own { value += 0.02 * CounterRandom(seed: 4, key: own).normal(at: index) }
        return Float(value)
      }
    }
    return try FeatureTable(
      model: model, features: Tensor(shape: [rows, 6], values: values), labels: labels)
  }

  static let logme = try? Score.named("logme")

  static func card(_ tables: [FeatureTable], seed: UInt64 = 0) throws -> Scorecard {
    try Scorecard(tables, scores: [#require(logme)], seed: seed)
  }

  static func best(_ card: Scorecard) -> [String: Double] {
    Dictionary(
      uniqueKeysWithValues: card.candidates.compactMap { candidate in
        candidate.pBest.map { (candidate.model, $0) }
      })
  }

  @Test("The probabilities add up, a clear winner has all, twins share, and the seed decides")
  func best() throws {
    let clear = Self.best(
      try Self.card([Self.table("a", separation: 1), Self.table("b", separation: 3)]))
    #expect(clear["b"] == 1 && clear["a"] == 0)
    let equal = try [Self.table("a", separation: 1), Self.table("b", separation: 1)]
    let twins = Self.best(try Self.card(equal))
    #expect(twins == ["a": 0.5, "b": 0.5])
    let near = try [
      Self.table("a", separation: 1, own: "a"), Self.table("b", separation: 1, own: "b"),
      Self.table("c", separation: 0.2),
    ]
    let first = Self.best(try Self.card(near))
    #expect(abs(first.values.reduce(0, +) - 1) < 1e-12)
    #expect((first["c"] ?? 1) < 0.001)
    #expect((0.02...0.98).contains(first["a"] ?? 0), "\(first)")
    #expect(Self.best(try Self.card(near)) == first)
    #expect(Self.best(try Self.card(near, seed: 1)) != first)
    #expect(Self.best(try Self.card([equal[0]])) == ["a": 1])
  }

  @Test("Blocks in common cancel: paired networks are told apart where others are not")
  func pairing() throws {
    let a = try Self.table("a", separation: 1)
    let b = try Self.table("b", separation: 1.1)
    let paired = Self.best(try Self.card([a, b]))
    // The same rows in another order share no blocks with `a`.
    let order = Array((0..<400).reversed())
    let shuffled = try FeatureTable(
      model: "b",
      features: Tensor(shape: [400, 6], values: order.flatMap { b.features.row($0).values }),
      labels: order.map { b.labels[$0] })
    let apart = Self.best(try Self.card([a, shuffled]))
    #expect((paired["b"] ?? 0) > (apart["b"] ?? 1) + 0.01, "\(paired) \(apart)")
    #expect((apart["b"] ?? 0) > 0.5)
  }

  @Test("A score without replicates has neither interval nor probability, and the JSON says null")
  func withoutInterval() throws {
    let table = try ScorePropertyTests.reference("fewer rows than features").table()
    let card = try Scorecard(
      [table, try Self.table("other", separation: 1)], scores: [Score.named("hscore")],
      rankedBy: "hscore")
    #expect(card.candidates.allSatisfy { $0.pBest == nil })
    #expect(card.indistinguishable.count == 1)
    let json = String(decoding: try JSONEncoder().encode(card), as: UTF8.self)
    #expect(json.contains(#""pBest":null"#))
  }

  @Test("Limits keep the classes' shares, follow the seed, and agree between networks")
  func limits() throws {
    let table = try Self.table("a", separation: 1)
    // 300, 60, 39 and 1 rows.
    let labels = (0..<400).map { $0 < 300 ? 7 : ($0 < 360 ? 2 : ($0 < 399 ? 5 : 9)) }
    let source = try FeatureSource(
      model: "a", features: FeatureRows(table.features), labels: labels)
    let drawn = source.limited(to: 40, seed: 1)
    let counts = Dictionary(grouping: drawn.labels, by: { $0 }).mapValues(\.count)
    // One each, and 36 in proportion to 299, 59, 38 and 0.
    #expect(counts == [7: 28, 2: 6, 5: 5, 9: 1], "\(counts)")
    #expect(drawn.labels.count == 40 && drawn.populationCount == 400)
    let other = try FeatureSource(
      model: "b", features: FeatureRows(Self.table("b", separation: 2).features), labels: labels)
    #expect(other.limited(to: 40, seed: 1).labels == drawn.labels)
    let rows = try drawn.table().features
    #expect(try source.limited(to: 40, seed: 1).table().features == rows)
    #expect(try source.limited(to: 40, seed: 2).table().features != rows)
    // Every drawn row is a row of the table with its label.
    for (place, label) in drawn.labels.enumerated() {
      let own = rows.row(place).values
      #expect((0..<400).contains { labels[$0] == label && table.features.row($0).values == own })
    }
    #expect(source.limited(to: 400, seed: 1).populationCount == 400)
  }

  @Test("The interval of a limited score is wider, holds the score of all, and says so")
  func cost() throws {
    let table = try Self.table("a", rows: 4000, separation: 1)
    let source = FeatureSource(table)
    let score = try #require(Self.logme)
    let whole = try Scorecard(sources: [source], scores: [score]).candidates[0]
    let limited = try Scorecard(sources: [source.limited(to: 200, seed: 3)], scores: [score])
      .candidates[0]
    #expect(limited.rowCount == 200 && limited.populationCount == 4000)
    let all = try #require(whole.scores["logme"])
    let few = try #require(limited.scores["logme"])
    let (low, high) = (try #require(few.low), try #require(few.high))
    let allWidth = try #require(all.high) - #require(all.low)
    #expect(high - low > 2 * allWidth)
    let value = try #require(all.value)
    #expect(low <= value && value <= high)
    #expect(few.note?.contains("200 of 4000 rows") == true && all.note == nil)
    #expect(few.interval == .jackknife)
    // The same rows without a population: a narrower interval, by the drift alone.
    let known = try Scorecard([source.limited(to: 200, seed: 3).table()], scores: [score])
      .candidates[0].scores["logme"]
    #expect(known?.value == few.value && known?.note == nil)
    let knownHigh = try #require(known?.high)
    #expect(knownHigh < high)
  }

  @Test("Expected accuracy: leave-one-out of the ridge probe, with Wilson's interval")
  func expected() throws {
    let table = try Self.table("a", separation: 2)
    let expected = try Self.card([table]).candidates[0].expectedAccuracy
    let probe = try #require(
      RidgeProbe(features: table.features, labels: table.labels, classCount: 4))
    #expect(expected.value == probe.accuracy)
    let interval = wilsonInterval(successes: probe.rightCount, of: 400)
    #expect(expected.low == interval[0] && expected.high == interval[1])
    #expect(expected.method.contains("400 rows"))
    let one = try FeatureTable(
      model: "one", features: table.features, labels: Array(repeating: 3, count: 400))
    let none = try Self.card([one]).candidates[0].expectedAccuracy
    #expect(none.value == nil && none.note != nil)
    let json = String(decoding: try JSONEncoder().encode(none), as: UTF8.self)
    #expect(json.contains(#""value":null"#))
  }
}
