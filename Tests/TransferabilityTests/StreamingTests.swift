import Foundation
import Tensors
import Testing
import Transferability

@Suite("Features that are read in runs")
struct StreamingTests {
  /// Rows that a closure reads, as those of a file are.
  static func read(_ tensor: Tensor) -> FeatureRows {
    FeatureRows(count: tensor.rowCount, width: tensor.rowLength) { rows, target in
      tensor.withUnsafeBufferPointer {
        _ = target.update(
          fromContentsOf: $0[
            (rows.lowerBound * tensor.rowLength)..<(rows.upperBound * tensor.rowLength)])
      }
    }
  }

  static func source(_ table: FeatureTable, cutAt cuts: [Int] = []) throws -> FeatureSource {
    func join(_ tensor: Tensor) -> FeatureRows {
      let ends = cuts + [tensor.rowCount]
      return FeatureRows(
        joining: zip([0] + cuts, ends).map { read(tensor.rows($0..<$1)) })
    }
    return try FeatureSource(
      model: table.model, features: join(table.features), labels: table.labels,
      sourceProbabilities: table.sourceProbabilities.map(join))
  }

  @Test(
    "Shards give what the whole gives, to 10⁻¹⁰, in every score",
    arguments: ["many rows", "a class with one row", "sparse labels", "many classes", "rectified"])
  func shards(name: String) throws {
    let table = try ScorePropertyTests.reference(name).table()
    let whole = Candidate(table)
    let shards = try Candidate(Self.source(table, cutAt: [1, 17, 60, 100]))
    for score in Score.all {
      let (a, b) = (try score(whole), try score(shards))
      let (first, second) = (try #require(a.value), try #require(b.value))
      #expect(abs(first - second) <= 1e-10 * max(1e-3, abs(first)), "\(score.id)")
      #expect(a.note == b.note)
      for (x, y) in zip(a.replicates, b.replicates) {
        #expect(abs((x ?? 0) - (y ?? 1)) <= 1e-10 * max(1e-3, abs(x ?? 0)), "\(score.id)")
      }
    }
  }

  @Test("Statistics of separately gathered shards merge to those of the whole, to 10⁻¹⁰")
  func merged() throws {
    let table = try ScorePropertyTests.reference("rectified").table()
    let parts = try [0..<100, 100..<101, 101..<table.labels.count].map { rows in
      try Candidate(StatisticsTests.part(table, Array(rows))).statistics
    }
    var merged = FeatureStatistics(dimension: table.features.rowLength)
    for part in parts.reversed() { merged.merge(part) }
    for value in [LogME.value(of:), HScore.value(of:), ShrunkHScore.value(of:)] {
      let a = try #require(try value(Candidate(table).statistics))
      let b = try #require(try value(merged))
      #expect(abs(a - b) <= 1e-10 * abs(a))
    }
  }

  @Test(
    "Above its limit the table is a draw: sums still see all rows, and the rest says what it saw")
  func drawn() throws {
    let table = try ScorePropertyTests.reference("many rows").table()
    let candidate = try Candidate(Self.source(table, cutAt: [33]), tableLimit: 100, seed: 5)
    #expect(candidate.isTableDrawn && candidate.table.labels.count == 100)
    #expect(candidate.statistics.count == 400)
    #expect(try candidate.onTable.statistics.count == 100)
    let whole = Candidate(table)
    for score in Score.all {
      let outcome = try score(candidate)
      if score.scope == .allRows {
        let (a, b) = (try #require(outcome.value), try #require(try score(whole).value))
        #expect(abs(a - b) <= 1e-10 * max(1e-3, abs(b)), "\(score.id)")
      } else {
        #expect(outcome.value != nil, "\(score.id)")
        #expect(outcome.note?.contains("100 rows drawn from 400") == true, "\(score.id)")
      }
    }
  }

  @Test("Bad numbers are named by their row in the whole table")
  func notFinite() throws {
    var values = try ScorePropertyTests.reference("many rows").table().features
    values.withUnsafeMutableBufferPointer { $0[16 * 250 + 3] = .infinity }
    let source = try FeatureSource(
      model: "m",
      features: FeatureRows(
        joining: [Self.read(values.rows(0..<200)), Self.read(values.rows(200..<400))]),
      labels: (0..<400).map { $0 % 4 })
    #expect(
      throws: TransferabilityError.notFinite(model: "m", what: "features", row: 250, column: 3)
    ) { try Candidate(source) }
    let table = try ScorePropertyTests.reference("many rows").table()
    var theta = try #require(table.sourceProbabilities)
    theta.withUnsafeMutableBufferPointer { $0[10 * 399 + 9] = -0.5 }
    let bad = try FeatureSource(
      model: "m", features: FeatureRows(table.features), labels: table.labels,
      sourceProbabilities: Self.read(theta))
    // Beyond the limit only LEEP and its kin see row 399.
    #expect(throws: TransferabilityError.negativeProbability(model: "m", row: 399, column: 9)) {
      try Score.named("leep")(try Candidate(bad, tableLimit: 400))
    }
  }

  @Test("Lengths that differ are refused at once")
  func lengths() throws {
    let rows = FeatureRows(Tensor(shape: [3, 2], values: [1, 2, 3, 4, 5, 6]))
    #expect(
      throws: TransferabilityError.lengthMismatch(
        model: "m", what: "labels", count: 2, expected: 3)
    ) { try FeatureSource(model: "m", features: rows, labels: [0, 1]) }
    #expect(throws: TransferabilityError.empty(model: "m")) {
      try FeatureSource(
        model: "m", features: FeatureRows(Tensor(shape: [0, 2])), labels: [])
    }
    #expect(throws: TransferabilityError.self) {
      try FeatureSource(
        model: "m", features: rows, labels: [0, 1, 0],
        sourceProbabilities: FeatureRows(Tensor(shape: [2, 2])))
    }
  }

  @Test("Runs cover every row once, in order, across parts; selections keep their order")
  func runs() throws {
    let tensor = Tensor(shape: [10, 3], values: (0..<30).map { Float($0) })
    let rows = FeatureRows(joining: [
      Self.read(tensor.rows(0..<4)), FeatureRows(tensor.rows(4..<5)),
      Self.read(tensor.rows(5..<10)),
    ])
    var seen: [Float] = []
    var lengths: [Int] = []
    try rows.forEachRun(of: 3) { range, values in
      #expect(seen.count == range.lowerBound * 3)
      seen += Array(values)
      lengths.append(range.count)
    }
    #expect(seen == tensor.values && lengths == [3, 1, 1, 3, 2])
    #expect(try rows.tensor() == tensor)
    #expect(try rows.tensor(of: 3..<6) == tensor.rows(3..<6))
    let chosen = rows.selecting([9, 0, 4])
    #expect(try chosen.tensor().values == [27, 28, 29, 0, 1, 2, 12, 13, 14])
  }

  @Test("Progress tells the rows and may stop the reading")
  func progress() throws {
    struct Stopped: Error {}
    let table = try ScorePropertyTests.reference("many rows").table()
    var told: [Int] = []
    _ = try Candidate(Self.source(table, cutAt: [150])) { told.append($0) }
    #expect(told == [0, 150])
    #expect(throws: Stopped.self) {
      try Candidate(Self.source(table)) { _ in throw Stopped() }
    }
  }
}
