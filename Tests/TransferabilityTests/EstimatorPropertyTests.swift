import Foundation
import Tensors
import Testing
import Transferability

@Suite("Properties of the scores from rows")
struct EstimatorPropertyTests {
  static func outcomes(_ table: FeatureTable) throws -> [String: Score.Outcome] {
    let candidate = Candidate(table)
    return try EstimatorReference.ids.reduce(into: [:]) {
      $0[$1] = try Score.named($1)(candidate)
    }
  }

  @Test("Bounds, and replicates about the value", arguments: ReferenceScores.shared.cases)
  func bounds(reference: ReferenceScores.Case) throws {
    let outcomes = try Self.outcomes(reference.table())
    #expect((outcomes["nleep"]?.value ?? 1) <= 0)
    #expect((-100...100).contains(outcomes["parc"]?.value ?? 200))
    for id in ["sfda", "etran", "ncti", "linear-probe"] {
      #expect((0...1).contains(outcomes[id]?.value ?? -1), "\(id)")
    }
    for (id, outcome) in outcomes {
      #expect(outcome.replicates.count == Jackknife.blocks, "\(id)")
      for replicate in outcome.replicates.compactMap({ $0 }) { #expect(replicate.isFinite) }
    }
  }

  @Test("The same bits whatever the number of threads")
  func threads() throws {
    let before = Parallel.threadCount
    defer { Parallel.threadCount = before }
    let table = try ScorePropertyTests.reference("many classes").table()
    let results = try [1, 2, 4].map { count in
      Parallel.threadCount = count
      return try Self.outcomes(table)
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }

  @Test("Scores are functions of the table: again the same, and the table is left as it was")
  func pure() throws {
    let table = try ScorePropertyTests.reference("imbalanced").table()
    let features = table.features.values
    #expect(try Self.outcomes(table) == Self.outcomes(table))
    #expect(table.features.values == features)
  }

  @Test("Separation is told, chance is told: no score takes noise for signal")
  func separation() throws {
    let poor = try Self.outcomes(ScorePropertyTests.reference("not separable").table())
    let good = try Self.outcomes(ScorePropertyTests.reference("well separated").table())
    for id in EstimatorReference.ids {
      let (low, high) = (poor[id]?.value ?? 0, good[id]?.value ?? 0)
      #expect(low < high, "\(id)")
    }
    #expect((poor["linear-probe"]?.value ?? 1) < 0.4)
    #expect((good["linear-probe"]?.value ?? 0) == 1)
  }

  @Test("SFDA says when shrinkage is forced because rows are few")
  func few() throws {
    let few = try ScorePropertyTests.reference("fewer rows than features").table()
    #expect(try Self.outcomes(few)["sfda"]?.note?.contains("shrinkage") == true)
    let many = try ScorePropertyTests.reference("many rows").table()
    #expect(try Self.outcomes(many)["sfda"]?.note == nil)
  }

  @Test(
    "A small table: a replicate is the score of the table without its block",
    arguments: ["a class with one row", "many classes"])
  func replicates(name: String) throws {
    let table = try ScorePropertyTests.reference(name).table()
    let candidate = Candidate(table)
    for id in EstimatorReference.ids {
      let replicates = try Score.named(id)(candidate).replicates
      for block in [0, 4] {
        let kept = candidate.blockOfRow.indices.filter { candidate.blockOfRow[$0] != block }
        let again = try Score.named(id)(Candidate(table.rows(kept))).value
        #expect(replicates[block] == again, "\(id), block \(block)")
      }
    }
  }

  @Test("A large table: intervals hold the fit or are left out, and the outcome says so")
  func large() throws {
    let random = CounterRandom(seed: 5, key: "large")
    let (rows, width) = (400, 300)
    let values = (0..<rows * width).map { index in
      Float(random.normal(at: UInt64(index)) + (index / width % 4 == index % 4 ? 0.3 : 0))
    }
    let table = try FeatureTable(
      model: "large", features: Tensor(shape: [rows, width], values: values),
      labels: (0..<rows).map { $0 % 4 })
    for (id, outcome) in try Self.outcomes(table) {
      let isLeftOut = ["sfda", "etran", "pactran"].contains(id)
      #expect(outcome.replicates.count == (isLeftOut ? 0 : Jackknife.blocks), "\(id)")
      #expect(outcome.note?.contains(isLeftOut ? "no interval" : "interval holds") == true)
      for replicate in outcome.replicates {
        let (value, other) = (outcome.value ?? .nan, replicate ?? .nan)
        #expect(abs(value - other) < 0.2 * max(1, abs(value)), "\(id)")
      }
    }
  }

  @Test("PARC: two directions at least, and a pair that shares a label")
  func pairs() throws {
    let line = try FeatureTable(
      model: "line", features: Tensor(shape: [4, 1], values: [1, 2, 3, 5]), labels: [0, 0, 1, 1])
    #expect(try Score.named("parc")(Candidate(line)).note?.contains("directions") == true)
    let alone = try FeatureTable(
      model: "alone", features: Tensor(shape: [3, 2], values: [1, 2, 4, 3, 5, 9]),
      labels: [0, 1, 2])
    #expect(try Score.named("parc")(Candidate(alone)).note?.contains("share") == true)
    for (id, outcome) in try Self.outcomes(alone) where id != "parc" {
      #expect(outcome.value?.isFinite == true, "\(id)")
    }
  }

  @Test("A pool's scores: scaled to it, 0 where all agree, nothing where there is nothing")
  func pools() {
    let parts: [[String: Double]?] = [
      ["energy": 1, "lda": 0.2], nil, ["energy": 3, "lda": 0.6], ["energy": 2, "lda": 0.7],
    ]
    #expect(ETran.combine(parts)[0] == 0)
    #expect(ETran.combine(parts)[1] == nil)
    #expect(abs((ETran.combine(parts)[2] ?? 0) - (0.15 + 0.85 * 0.8)) < 1e-12)
    #expect(abs((ETran.combine(parts)[3] ?? 0) - (0.075 + 0.85)) < 1e-12)
    #expect(ETran.combine([parts[0]]) == [0])
    #expect(ETran.combine([parts[0], parts[0]]) == [0, 0])
    #expect(ETran.combine([["energy": 1]]) == [nil])
    #expect(ETran.combine([]).isEmpty)
    let triples: [[String: Double]?] = [
      ["seli": 10, "ncc": 0.5, "vc": 4], ["seli": 30, "ncc": 0.5, "vc": 3],
    ]
    #expect(NCTI.combine(triples) == [-1, 1])
    #expect(Score.all.filter { $0.poolCombination != nil }.map(\.id) == ["etran", "ncti"])
  }

  @Test("A stratified sample is compared where rows are many, and the outcome says so")
  func sample() throws {
    let reference = try #require(
      EstimatorReference.all.first { $0.id == "parc" && $0.table.rows > 2000 })
    let outcome = try Score.named("parc")(Candidate(try reference.table.table()))
    #expect(outcome.note == "of 2000 of the \(reference.table.rows) rows")
  }
}
