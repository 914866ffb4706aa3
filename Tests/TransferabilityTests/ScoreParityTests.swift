import Foundation
import Tensors
import Testing
import Transferability

@Suite("Scores equal an independent reference")
struct ScoreParityTests {
  /// The bar of issue 6; sums in Float64 stay well inside it.
  static let tolerance = 1e-6

  @Test("Every score on every table", arguments: ReferenceScores.shared.cases)
  func parity(reference: ReferenceScores.Case) throws {
    let candidate = Candidate(try reference.table())
    for (id, expected) in reference.expected {
      let score = try Score.named(id)
      let value = try #require(try score(candidate).value)
      let error = abs(value - expected) / max(1e-3, abs(expected))
      print("\(reference.name) \(score.id): relative error \(error)")
      #expect(error <= Self.tolerance, "\(score.id): \(value), expected \(expected)")
    }
  }

  @Test("The other forms of a score", arguments: ReferenceScores.shared.cases)
  func variants(reference: ReferenceScores.Case) throws {
    let candidate = Candidate(try reference.table())
    let found = [
      "transrate-classes": try TransRate.outcome(candidate, .classes).value,
      "gbc-diagonal": try GBC.outcome(candidate, .diagonal).value,
    ]
    #expect(Set(found.keys) == Set((reference.variants ?? [:]).keys))
    for (name, expected) in reference.variants ?? [:] {
      let value = try #require(found[name] ?? nil)
      let error = abs(value - expected) / max(1e-3, abs(expected))
      #expect(error <= Self.tolerance, "\(name): \(value), expected \(expected)")
    }
  }

  @Test("Iris: the reference, and the values that TransformerRanker publishes")
  func iris() throws {
    let candidate = Candidate(try ReferenceScores.irisTable())
    let iris = ReferenceScores.shared.iris
    for score in Score.all where iris.expected[score.id] != nil {
      let value = try #require(try score(candidate).value)
      let expected = try #require(iris.expected[score.id])
      #expect(abs(value - expected) <= Self.tolerance * abs(expected), "\(score.id): \(value)")
      if let published = iris.published[score.id] {
        #expect(abs(value - published) < 1e-6, "\(score.id): \(value), published \(published)")
      }
    }
  }
}
