import Foundation
import Taxonomy
import Testing

@Suite("Conditions")
struct ConditionTests {
  let few = Condition.compare(.trainingImages, .below(1000), softness: 0.3)

  @Test("A threshold is one half, softness beyond it is 0.9, and nothing jumps")
  func softness() throws {
    #expect(few.membership(in: [.trainingImages: 1000]) == 0.5)
    let beyond = try #require(
      few.membership(in: [.trainingImages: .number(pow(10, 2.7))]))
    #expect(abs(beyond - 0.9) < 1e-12)
    let sweep = stride(from: 0.0, through: 6, by: 0.01).compactMap {
      few.membership(in: [.trainingImages: .number(pow(10, $0))])
    }
    let steps = zip(sweep, sweep.dropFirst()).map { $0 - $1 }
    #expect(steps.allSatisfy { $0 >= 0 && $0 < 0.02 })
  }

  @Test("all multiplies, any unites, not inverts")
  func algebra() {
    let half = Condition.degree(.similarity)
    let facts: Facts = [.similarity: 0.5]
    #expect(Condition.all([half, half]).membership(in: facts) == 0.25)
    #expect(Condition.any([half, half]).membership(in: facts) == 0.75)
    #expect(Condition.not(half).membership(in: [.similarity: 0.2]) == 0.8)
    #expect(Condition.always.membership(in: [:]) == 1)
  }

  @Test("Unknown facts silence a rule, and never raise a membership")
  func unknown() {
    let known = Condition.degree(.similarity)
    let facts: Facts = [.similarity: 0.5, .sourceHasHead: false]
    #expect(few.membership(in: facts) == nil)
    #expect(Condition.not(few).membership(in: facts) == nil)
    #expect(Condition.all([few, known]).membership(in: facts) == nil)
    #expect(Condition.any([few, known]).membership(in: facts) == 0.5)
    #expect(Condition.all([few, .flag(.sourceHasHead, true)]).membership(in: facts) == 0)
  }

  @Test("Counts of zero stay finite on a logarithmic axis")
  func zero() {
    let rare = Condition.compare(.imagesPerClassMinimum, .below(5), softness: 0.2)
    #expect((rare.membership(in: [.imagesPerClassMinimum: 0]) ?? 0) > 0.99)
  }
}
