import Foundation
import Tensors
import Testing
import Transferability

@Suite("Scorecard")
struct ScorecardTests {
  static func tables() throws -> [FeatureTable] {
    let names = ["not separable", "well separated", "many rows"]
    return try names.map { name in
      let table = try ScorePropertyTests.reference(name).table()
      return try FeatureTable(model: name, features: table.features, labels: table.labels)
    }
  }

  @Test("Ranks by the score asked for, best first")
  func ranking() throws {
    let card = try Scorecard(Self.tables())
    #expect(card.candidates.map(\.model) == ["well separated", "many rows", "not separable"])
    #expect(card.candidates.map(\.rank) == [1, 2, 3])
    #expect(card.indistinguishable.isEmpty)
    #expect(card.candidates[0].featureCount == 16)
  }

  @Test("Networks that differ by noise form a group, and only they")
  func ties() throws {
    let table = try ScorePropertyTests.reference("many rows").table()
    var jittered = table.features.values
    let stream = CounterRandom(seed: 5, key: "jitter")
    for index in jittered.indices {
      jittered[index] += 0.02 * Float(stream.normal(at: UInt64(index)))
    }
    let twin = try FeatureTable(
      model: "twin", features: Tensor(shape: table.features.shape, values: jittered),
      labels: table.labels)
    let worse = try FeatureTable(
      model: "worse",
      features: Tensor(
        shape: [table.labels.count, 1],
        values: (0..<table.labels.count).map { Float(stream.normal(at: UInt64($0))) }),
      labels: table.labels)
    let card = try Scorecard([worse, twin, table])
    #expect(card.candidates.last?.model == "worse")
    #expect(card.indistinguishable.map { $0.sorted() } == [["many rows", "twin"]])
  }

  @Test("A score of one network does not depend on the others")
  func poolFree() throws {
    let tables = try Self.tables()
    let alone = try Scorecard([tables[0]]).candidates[0].scores
    let among = try Scorecard(tables).candidates.first { $0.model == tables[0].model }?.scores
    #expect(alone.keys == among?.keys)
    for (id, entry) in alone {
      let other = among?[id]
      #expect(
        entry.value == other?.value && entry.low == other?.low && entry.high == other?.high
          && entry.parts == other?.parts && entry.note == other?.note, "\(id)")
      // What papers define relative to a pool stands apart.
      #expect(entry.pooled == nil)
      #expect((other?.pooled != nil) == (try Score.named(id).poolCombination != nil), "\(id)")
    }
  }

  @Test("Undefined numbers are null, never absent and never NaN; JSON survives")
  func json() throws {
    let card = try Scorecard([Self.tables()[0]])
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data = try encoder.encode(card)
    let text = String(decoding: data, as: UTF8.self)
    #expect(
      text.contains(
        #""leep":{"high":null,"low":null,"note":"the network has no source classifier","value":null}"#
      ))
    #expect(text.contains(#""schema":"graft.scorecard/1""#))
    #expect(text.contains(#""indistinguishable":[]"#))
    #expect(try JSONDecoder().decode(Scorecard.self, from: data) == card)
  }

  @Test("Intervals hold their value")
  func intervals() throws {
    for candidate in try Scorecard(Self.tables()).candidates {
      for (id, entry) in candidate.scores where !["leep", "nce"].contains(id) {
        let value = try #require(entry.value)
        #expect(try #require(entry.low) <= value && value <= #require(entry.high), "\(id)")
      }
    }
  }

  @Test("The same with any number of threads")
  func threads() throws {
    let before = Parallel.threadCount
    defer { Parallel.threadCount = before }
    Parallel.threadCount = 1
    let one = try Scorecard(Self.tables())
    Parallel.threadCount = 3
    #expect(try Scorecard(Self.tables()) == one)
  }

  @Test("Progress tells each step and may stop the work")
  func cancellation() throws {
    struct Stopped: Error {}
    #expect(throws: Stopped.self) {
      try Scorecard(Self.tables()) { step in
        if case .scoring("well separated", _, _, _) = step { throw Stopped() }
      }
    }
    var places: [Int] = []
    var readings = 0
    _ = try Scorecard(Self.tables(), scores: [Score.named("logme"), Score.named("leep")]) { step in
      switch step {
      case .reading(_, let rows, _): readings += rows == 0 ? 1 : 0
      case .scoring(_, _, let place, let count):
        places.append(place)
        #expect(count == 6)
      }
    }
    #expect(places == Array(0..<6) && readings == 3)
  }
}
