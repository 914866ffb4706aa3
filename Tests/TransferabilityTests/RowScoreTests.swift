import Foundation
import Tensors
import Testing
import Transferability

@Suite("Scores from votes, pairs and neighbours")
struct RowScoreTests {
  static func candidate(
    _ rows: [[Float]], _ labels: [Int], theta: [[Float]]? = nil
  ) throws -> Candidate {
    func tensor(_ rows: [[Float]]) -> Tensor {
      Tensor(shape: [rows.count, rows[0].count], values: rows.flatMap { $0 })
    }
    return Candidate(
      try FeatureTable(
        model: "m", features: tensor(rows), labels: labels,
        sourceProbabilities: theta.map(tensor)))
  }

  static func value(_ id: String, _ candidate: Candidate) throws -> Double {
    try #require(try Score.named(id)(candidate).value)
  }

  @Test("NCE by hand: two votes for each class, half of them alike")
  func nce() throws {
    let candidate = try Self.candidate(
      [[1], [2], [3], [5]], [8, 8, 3, 3],
      theta: [[0.7, 0.3], [0.2, 0.8], [0.1, 0.9], [0.5, 0.5]])
    // Votes: label 8 gives z = 0, 1; label 3 gives z = 1 and, of equals, the first: 0.
    #expect(abs(try Self.value("nce", candidate) + log(2)) < 1e-15)
    let told = try Self.candidate(
      [[1], [2], [3], [5]], [8, 8, 3, 3],
      theta: [[0.7, 0.3], [0.8, 0.2], [0.1, 0.9], [0.4, 0.6]])
    #expect(try Self.value("nce", told) == 0)
  }

  @Test("NCE is of labels given votes, not of votes given labels")
  func nceDirection() throws {
    // Four source classes tell two labels apart: labels are certain, votes are not.
    let theta: [[Float]] = (0..<8).map { row in (0..<4).map { $0 == row % 4 ? 1 : 0 } }
    let candidate = try Self.candidate(
      (0..<8).map { [Float($0)] }, (0..<8).map { $0 % 2 }, theta: theta)
    #expect(try Self.value("nce", candidate) == 0)
  }

  @Test(
    "Neighbours vote; where votes are equal the nearest decides; rows don't vote for themselves")
  func neighbours() throws {
    // 0 and 1 have neighbours {0 or 1, 3, 7} by distance; 30 is far.
    let rows: [[Float]] = [[0], [1], [3], [7], [30]]
    let candidate = try Self.candidate(rows, [0, 1, 0, 1, 2])
    // 0: {1: 1, 3: 0, 7: 1} → 1, wrong. 1: {0: 0, 3: 0, 7: 1} → 0, wrong.
    // 3: {1: 1, 0: 0, 7: 1} → 1, wrong. 7: {3: 0, 1: 1, 0: 0} → 0, wrong. 30: wrong.
    #expect(try Self.value("knn", candidate) == 0)
    let three = try Self.candidate([[0], [1], [3], [7]], [0, 0, 1, 2])
    // 0: {0, 1, 2} → the nearest, 0. 1: {0, 1, 2} → 0. 3: {0, 0, 2} → 0. 7: {1, 0, 0} → 0.
    #expect(try Self.value("knn", three) == 0.5)
  }

  @Test("Of rows at the same distance the earlier is nearer")
  func neighbourTies() throws {
    // Row 2 has four others at distance 1: rows 0, 1 and 3 vote, which is right; 4, 3 and 1 were
    // wrong. Rows 3 and 4 are named 4 by rows 2 and 1, 2 and 0; all else is right.
    let rows: [[Float]] = [
      [1, 0], [0, 1], [0, 0], [-1, 0], [0, -1], [50, 50], [51, 50], [50, 51],
    ]
    let candidate = try Self.candidate(rows, [4, 4, 4, 9, 9, 9, 9, 9])
    #expect(try Self.value("knn", candidate) == 0.75)
  }

  @Test("The ridge probe's score is RidgeProbe, whatever labels are called")
  func ridge() throws {
    for width in [4, 40] {
      let (rows, labels) = RidgeProbeTests.table(width: width)
      let features = RidgeProbeTests.tensor(rows)
      let probe = try #require(RidgeProbe(features: features, labels: labels, classCount: 3))
      let outcome = try Score.named("ridge-probe")(
        Candidate(FeatureTable(model: "m", features: features, labels: labels.map { 50 - 7 * $0 })))
      #expect(outcome.value == probe.accuracy)
      // 30 rows in blocks of 3: the mean of the shares without a block is the share of all.
      let mean = outcome.replicates.compactMap { $0 }.reduce(0, +) / Double(Jackknife.blocks)
      #expect(abs(mean - probe.accuracy) < 1e-12)
      #expect(Set(outcome.replicates).count > 1)
    }
  }

  @Test("TransRate's and GBC's units don't matter, and an offset moves GBC only through its floor")
  func units() throws {
    let reference = try ScorePropertyTests.reference("many classes")
    for factor in [1e-6, 1e6] {
      let here = Candidate(try reference.table())
      let there = Candidate(try reference.table(scale: factor))
      for id in ["transrate", "gbc"] {
        let (a, b) = (try Self.value(id, here), try Self.value(id, there))
        #expect(abs(a - b) <= 1e-5 * abs(a), "\(id)")
      }
    }
  }

  @Test("Every class of one row: values, or a note, never a NaN")
  func singles() throws {
    let rows: [[Float]] = (0..<6).map { row in (0..<3).map { Float(($0 + 1) * row * row % 7) } }
    let candidate = try Self.candidate(rows, Array(0..<6))
    for score in Score.all {
      let outcome = try score(candidate)
      #expect(outcome.value?.isFinite ?? (outcome.note != nil), "\(score.id)")
    }
    #expect(try Self.value("knn", candidate) == 0)
  }

  @Test("Bits don't depend on the number of threads")
  func threads() throws {
    let before = Parallel.threadCount
    defer { Parallel.threadCount = before }
    let table = try ScorePropertyTests.reference("many classes").table()
    let results = try [1, 2, 4].map { count in
      Parallel.threadCount = count
      let candidate = Candidate(table)
      return try Score.all.map { try $0(candidate) }
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }
}
