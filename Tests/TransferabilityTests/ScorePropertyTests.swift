import Foundation
import Tensors
import Testing
import Transferability

@Suite("Properties of the scores")
struct ScorePropertyTests {
  static func reference(_ name: String) throws -> ReferenceScores.Case {
    try #require(ReferenceScores.shared.cases.first { $0.name == name })
  }

  static func values(_ table: FeatureTable) throws -> [String: Double] {
    let candidate = Candidate(table)
    return try Score.all.reduce(into: [:]) { $0[$1.id] = try $1(candidate).value }
  }

  static func expectEqual(_ a: [String: Double], _ b: [String: Double], within limit: Double) {
    #expect(a.keys == b.keys)
    for (id, value) in a {
      let other = b[id] ?? .nan
      #expect(abs(value - other) <= limit * max(1e-3, abs(value)), "\(id): \(value), \(other)")
    }
  }

  @Test("Scaling all features changes nothing", arguments: [1e-6, 1e-3, 1e3, 1e6])
  func scale(factor: Double) throws {
    let reference = try Self.reference("imbalanced")
    Self.expectEqual(
      try Self.values(reference.table()), try Self.values(reference.table(scale: factor)),
      within: 1e-5)
  }

  @Test("Order of rows, names of labels: nothing changes")
  func permutationAndLabels() throws {
    let table = try Self.reference("as many rows as features").table()
    let reversed = Array((0..<table.labels.count).reversed())
    let rows = { (tensor: Tensor) in
      Tensor(shape: tensor.shape, values: reversed.flatMap { tensor.row($0).values })
    }
    let other = try FeatureTable(
      model: "reversed", features: rows(table.features),
      labels: reversed.map { 1000 - 7 * table.labels[$0] },
      sourceProbabilities: table.sourceProbabilities.map(rows))
    // Those that draw rows draw them by their places in the table.
    let drawn: Set = ["nleep", "linear-probe"]
    Self.expectEqual(
      try Self.values(table).filter { !drawn.contains($0.key) },
      try Self.values(other).filter { !drawn.contains($0.key) }, within: 1e-9)
  }

  @Test("Columns of zeros change nothing")
  func zeroColumns() throws {
    let table = try Self.reference("fewer rows than features").table()
    let width = table.features.rowLength
    let wider = (0..<table.labels.count).flatMap {
      table.features.row($0).values + [Float](repeating: 0, count: 9)
    }
    let other = try FeatureTable(
      model: "wider", features: Tensor(shape: [table.labels.count, width + 9], values: wider),
      labels: table.labels, sourceProbabilities: table.sourceProbabilities)
    Self.expectEqual(try Self.values(table), try Self.values(other), within: 1e-9)
  }

  @Test("Every score keeps within its bounds", arguments: ReferenceScores.shared.cases)
  func bounds(reference: ReferenceScores.Case) throws {
    let values = try Self.values(reference.table())
    let classes = Double(reference.classes)
    #expect((values["leep"] ?? 1) <= 0)
    #expect((-log(classes) - 1e-12...0).contains(values["nce"] ?? 1))
    #expect((0...classes - 1).contains(values["hscore"] ?? -1))
    #expect((-1...1).contains(values["lfc"] ?? 2))
    #expect((-classes * (classes - 1)...0).contains(values["gbc"] ?? 1))
    for id in ["knn", "ridge-probe"] { #expect((0...1).contains(values[id] ?? -1), "\(id)") }
    #expect(values.values.allSatisfy { $0.isFinite })
  }

  @Test("Without intervals every score is the same", arguments: ReferenceScores.shared.cases)
  func valuesAlone(_ reference: ReferenceScores.Case) throws {
    let table = try reference.table()
    let (with, without) = (Candidate(table), Candidate(table, intervals: false))
    for score in Score.all {
      let (expected, alone) = (try score(with), try score(without))
      #expect(alone.replicates.isEmpty, "\(score.id)")
      #expect((alone.value == nil) == (expected.value == nil), "\(score.id)")
      guard let a = expected.value, let b = alone.value else { continue }
      #expect(abs(a - b) <= 1e-7 * max(1, abs(a)), "\(score.id): \(a), alone \(b)")
    }
  }

  @Test("H-score says when it is saturated")
  func saturation() throws {
    let few = Candidate(try Self.reference("fewer rows than features").table())
    let score = try Score.named("hscore")
    #expect(try score(few).note?.contains("saturated") == true)
    #expect(try score(Candidate(Self.reference("many rows").table())).note == nil)
  }

  @Test("Better separated features score higher")
  func separation() throws {
    let poor = try Self.values(Self.reference("not separable").table())
    let good = try Self.values(Self.reference("well separated").table())
    for id in [
      "logme", "hscore", "hscore-shrunk", "lfc", "transrate", "gbc", "knn", "ridge-probe",
    ] {
      #expect(poor[id] ?? 0 < good[id] ?? 0, "\(id)")
    }
  }

  @Test("One class, no source head, no varying feature: no value, and a note")
  func undefined() throws {
    let one = Candidate(
      try FeatureTable(
        model: "one", features: Tensor(shape: [3, 2], values: [1, 2, 3, 4, 5, 6]),
        labels: [4, 4, 4]))
    for score in Score.all {
      let outcome = try score(one)
      #expect(outcome.value == nil && outcome.note?.contains("two classes") == true)
    }
    let flat = Candidate(
      try FeatureTable(
        model: "flat", features: Tensor(shape: [4, 2], values: [1, 2, 1, 2, 1, 2, 1, 2]),
        labels: [0, 1, 0, 1]))
    for score in Score.all {
      let outcome = try score(flat)
      #expect(outcome.value == nil && outcome.note != nil, "\(score.id)")
    }
    #expect(try Score.named("leep")(flat).note == "the network has no source classifier")
  }

  @Test("Bad input is refused with its place")
  func refusals() throws {
    let features = Tensor(shape: [2, 3], values: [1, 2, 3, 4, .nan, 6])
    #expect(
      throws: TransferabilityError.notFinite(model: "m", what: "features", row: 1, column: 1)
    ) { try FeatureTable(model: "m", features: features, labels: [0, 1]) }
    let fine = Tensor(shape: [2, 3], values: [1, 2, 3, 4, 5, 6])
    #expect(throws: TransferabilityError.self) {
      try FeatureTable(model: "m", features: fine, labels: [0])
    }
    #expect(throws: TransferabilityError.negativeProbability(model: "m", row: 0, column: 1)) {
      try FeatureTable(
        model: "m", features: fine, labels: [0, 1],
        sourceProbabilities: Tensor(shape: [2, 2], values: [1, -0.5, 0.5, 0.5]))
    }
    #expect(throws: TransferabilityError.self) {
      try FeatureTable(model: "m", features: Tensor(shape: [0, 3]), labels: [])
    }
    #expect(throws: TransferabilityError.self) { try Score.named("logmee") }
  }

  @Test("The list of scores: unique ids, documented, with an equation")
  func list() {
    #expect(Set(Score.all.map(\.id)).count == Score.all.count)
    for score in Score.all {
      #expect(!score.summary.isEmpty && score.cost.contains("O("))
      #expect(score.reference.contains("eq."))
    }
  }
}
