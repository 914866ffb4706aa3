import Foundation
import Taxonomy
import Testing

@Suite("Advice")
struct AdviceTests {
  let taxonomy = Taxonomy()

  /// Facts as the profiler and a network of 4.7 million parameters give them.
  static func task(
    images: Double, classes: Double, similarity: Double, probe: Double? = nil,
    imbalance: Double = 1.2
  ) -> Facts {
    var facts: Facts = [
      .trainingImages: .number(images), .classes: .number(classes),
      .imagesPerClassMedian: .number(images / classes), .similarity: .number(similarity),
      .imbalanceRatio: .number(imbalance), .parameters: 4_652_008, .hasBatchNorm: true,
      .sourceImageCount: 1_281_167, .sourceHasHead: true, .sourceSelfSupervised: false,
      .batchSize: 32,
    ]
    facts.set(.probeAccuracy, probe)
    facts.set(.probeChance, 1 / classes)
    return facts
  }

  static let runnable: Set<String> = ["linear-probe", "partial", "full", "scratch"]

  func order(_ facts: Facts) -> [String] {
    taxonomy.advise(facts).regimes.map(\.regime).filter { Self.runnable.contains($0) }
  }

  func rate(_ facts: Facts) throws -> Double {
    let full = taxonomy.advise(facts).regimes.first { $0.regime == "full" }
    return try #require(full?.band(.effectiveLearningRate)).middle
  }

  @Test("Small and similar: probe or partial first, at a low rate")
  func smallSimilar() throws {
    let weather = Self.task(images: 840, classes: 4, similarity: 0.85, probe: 0.93)
    #expect(Set(order(weather).prefix(2)) == ["linear-probe", "partial"])
    #expect(order(weather).last == "scratch")
    #expect(try rate(weather) < 0.01)
    let flowers = Self.task(images: 1500, classes: 5, similarity: 0.85, probe: 0.86)
    #expect(Set(order(flowers).prefix(2)) == ["linear-probe", "partial"])
  }

  @Test("Small and dissimilar: partial or full first, at a high rate")
  func smallDissimilar() throws {
    let magtile = Self.task(
      images: 509, classes: 6, similarity: 0.2, probe: 0.87, imbalance: 12)
    #expect(Set(order(magtile).prefix(2)) == ["partial", "full"])
    #expect(try rate(magtile) > 0.1)
    let omniglot = Self.task(images: 1452, classes: 242, similarity: 0.15, probe: 0.53)
    #expect(Set(order(omniglot).prefix(2)) == ["partial", "full"])
    #expect(try rate(omniglot) > 0.1)
  }

  @Test("Sixty thousand dissimilar images: full first, with scratch in the race")
  func fashion() {
    let facts = Self.task(images: 60_000, classes: 10, similarity: 0.2, probe: 0.83)
    #expect(order(facts).first == "full")
    let advice = taxonomy.advise(facts)
    #expect(advice.findings.contains { $0.ruleID == "compare-with-scratch-when-far" })
  }

  @Test("A million similar images: full first, probe far behind")
  func million() {
    let facts = Self.task(images: 1_000_000, classes: 1000, similarity: 0.9)
    #expect(order(facts).first == "full")
  }

  @Test("Weights sum to one, have intervals, and name their reasons")
  func weights() {
    let advice = taxonomy.advise(
      [.trainingImages: 840, .classes: 4],
      evidence: [SimilarityEvidence(kind: .batchNormDivergence, rawValue: 0.3)])
    #expect(abs(advice.regimes.reduce(0) { $0 + $1.weight } - 1) < 1e-12)
    #expect(advice.regimes.allSatisfy { $0.low <= $0.weight && $0.weight <= $0.high })
    let probe = advice.regimes.first { $0.regime == "linear-probe" }
    #expect((probe?.high ?? 0) > (probe?.low ?? 0) + 0.01)
    let listed = Set(advice.findings.map(\.ruleID))
    for regime in advice.regimes {
      #expect(regime.reasons.allSatisfy { listed.contains($0.ruleID) })
    }
    #expect(advice.findings.allSatisfy { !$0.why.isEmpty })
    #expect(advice.missing.contains { $0.fact == .duplicateShare })
  }

  @Test(
    "Weights and bands are continuous in the facts",
    arguments: [Fact.trainingImages, .similarity, .imagesPerClassMedian, .imbalanceRatio])
  func continuity(fact: Fact) throws {
    let base = Self.task(images: 3000, classes: 5, similarity: 0.5, probe: 0.7)
    var last: [String: Double] = [:]
    for step in 0...600 {
      let part = Double(step) / 600
      var facts = base
      facts[fact] = .number(fact == .similarity ? part : pow(10, 6 * part))
      let advice = taxonomy.advise(facts)
      var now: [String: Double] = [:]
      for regime in advice.regimes {
        now[regime.regime] = regime.weight
        if let band = regime.band(.effectiveLearningRate) {
          now[regime.regime + " rate"] = log10(band.middle) / 3
        }
        if let band = regime.band(.classWeighting) {
          now[regime.regime + " weighting"] = band.middle
        }
      }
      for (name, value) in now {
        let jump = abs(value - (last[name] ?? value))
        #expect(jump < 0.03, "\(name) jumps by \(jump) at \(fact.rawValue) part \(part)")
      }
      last = now
    }
  }

  @Test("More images never make full fine-tuning less advisable than the probe")
  func monotoneInImages() {
    var last = -Double.infinity
    for exponent in stride(from: 2.0, through: 6.5, by: 0.25) {
      var facts = Self.task(images: pow(10, exponent), classes: 10, similarity: 0.6)
      facts[.imagesPerClassMedian] = 50
      let regimes = taxonomy.advise(facts).regimes
      let full = regimes.first { $0.regime == "full" }?.score ?? 0
      let probe = regimes.first { $0.regime == "linear-probe" }?.score ?? 0
      #expect(full - probe >= last)
      last = full - probe
    }
  }

  @Test("The effective learning rate falls as similarity rises")
  func rateFallsWithSimilarity() throws {
    let rates = try stride(from: 0.0, through: 1, by: 0.05).map {
      try rate(Self.task(images: 1500, classes: 5, similarity: $0))
    }
    #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 >= $1 * 0.999 })
    #expect(abs(Hyperparameter.learningRate(effective: 0.1, momentum: 0.9) - 0.01) < 1e-15)
  }

  @Test("An overriding rule takes the other's weight")
  func overrides() throws {
    var facts = Self.task(images: 1000, classes: 10, similarity: 0.9)
    func anchor(_ facts: Facts) -> Finding? {
      taxonomy.advise(facts).findings.first { $0.ruleID == "anchor-when-similar" }
    }
    let before = try #require(anchor(facts))
    facts[.sourceImageCount] = 300_000_000
    let after = try #require(anchor(facts))
    #expect(after.weight < 0.1 * before.weight)
    #expect(after.overriddenBy == ["huge-source-no-anchor"])
  }

  @Test("Advice survives JSON, with a schema and sorted reasons")
  func codable() throws {
    let advice = taxonomy.advise(
      Self.task(images: 509, classes: 6, similarity: 0.2, imbalance: 12))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let data = try encoder.encode(advice)
    #expect(try JSONDecoder().decode(Advice.self, from: data) == advice)
    let text = String(decoding: data, as: UTF8.self)
    #expect(text.contains(#""schema":"graft.taxonomy\/1""#))
    #expect(text.contains(#""where":"#))
    #expect(advice.warnings.contains { $0.ruleID == "imbalance-weights-classes" })
  }

  @Test("Facts refuse unknown names and unsuitable values from JSON")
  func factsFromJSON() {
    for json in [#"{"dataset.nothing": 3}"#, #"{"dataset.classes": "many"}"#] {
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(Facts.self, from: Data(json.utf8))
      }
    }
  }
}
