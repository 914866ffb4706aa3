import Foundation
import Tensors
import Testing
import Transferability

/// The fixture that the reference script of one score writes: tables, and the parts expected of each.
struct EstimatorReference: Sendable, CustomTestStringConvertible {
  let id: String
  let table: ReferenceScores.Case

  var testDescription: String { "\(id): \(table.name)" }

  private struct Document: Decodable {
    let cases: [ReferenceScores.Case]
  }

  /// The scores that have a reference script of their own.
  static let ids = ["nleep", "sfda", "parc", "etran", "ncti", "pactran", "linear-probe"]

  static let all: [EstimatorReference] = ids.flatMap { id in
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/\(id).json")
    do {
      return try JSONDecoder().decode(Document.self, from: Data(contentsOf: url)).cases
        .map { EstimatorReference(id: id, table: $0) }
    } catch {
      preconditionFailure("Fixtures/\(id).json: \(error)")
    }
  }
}

@Suite("Scores from rows equal independent references")
struct EstimatorParityTests {
  /// The bar of issue 6.
  static let tolerance = 1e-6

  @Test("The value and every part", arguments: EstimatorReference.all)
  func parity(reference: EstimatorReference) throws {
    let outcome = try Score.named(reference.id)(Candidate(try reference.table.table()))
    for (part, expected) in reference.table.expected {
      let value = try #require(part == "value" ? outcome.value : outcome.parts[part], "\(part)")
      let error = abs(value - expected) / max(1e-3, abs(expected))
      #expect(error <= Self.tolerance, "\(part): \(value), expected \(expected)")
    }
    #expect(Set(outcome.parts.keys).union(["value"]) == Set(reference.table.expected.keys))
  }
}
