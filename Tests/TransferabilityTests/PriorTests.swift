import Foundation
import Tensors
import Testing
import Transferability

@Suite("Static prior and combined ranking")
struct PriorTests {
  static func facts(_ names: [String]) -> [String: NetworkFacts] {
    Dictionary(uniqueKeysWithValues: names.map { ($0, NetworkFacts(architecture: $0)) })
  }

  /// A table of two features in which the classes are `separation` apart.
  static func table(_ model: String, separation: Double) throws -> FeatureTable {
    let random = CounterRandom(seed: 3, key: "prior")
    let labels = (0..<120).map { $0 % 2 }
    let values = labels.enumerated().flatMap { row, label in
      (0..<2).map { column in
        Float(random.normal(at: UInt64(2 * row + column)) + separation * Double(label))
      }
    }
    return try FeatureTable(
      model: model, features: Tensor(shape: [120, 2], values: values), labels: labels)
  }

  @Test("By published ranks where they cover the networks, else by top-1, else by parameters")
  func basis() {
    let table = ["resnet34", "densenet201", "resnet152"]
    let ranks = StaticPrior(models: table, facts: Self.facts(table))
    #expect(ranks.basis == .publishedRanks)
    #expect(ranks.candidates.map(\.model) == ["resnet152", "densenet201", "resnet34"])
    #expect(ranks.candidates.map(\.rank) == [1, 2, 3])
    #expect(ranks.candidates[0].sourceAccuracy == 0.78312)
    #expect(ranks.candidates[0].parameterCount == 60_192_808)
    let mixed = ["resnet18", "convnext_tiny", "resnet50"]
    let accuracy = StaticPrior(models: mixed, facts: Self.facts(mixed))
    #expect(accuracy.basis == .sourceAccuracy)
    #expect(accuracy.candidates.map(\.model) == ["convnext_tiny", "resnet50", "resnet18"])
    let sizes = StaticPrior(
      models: ["a", "b"],
      facts: [
        "a": NetworkFacts(architecture: "none", parameterCount: 10),
        "b": NetworkFacts(architecture: nil, parameterCount: 20),
      ])
    #expect(sizes.basis == .parameters)
    #expect(sizes.candidates.map(\.model) == ["b", "a"])
  }

  @Test("What is not known is said, and a network trained on other data has no ImageNet accuracy")
  func unknown() {
    let names = ["resnet50", "resnet101", "mine"]
    let prior = StaticPrior(models: names, facts: Self.facts(["resnet50", "resnet101"]))
    #expect(prior.candidates.last?.model == "mine")
    #expect(prior.candidates.last?.rank == nil && prior.candidates.last?.note != nil)
    let none = StaticPrior(models: ["x", "y"], facts: [:])
    #expect(none.basis == nil && none.publishedTau == nil)
    let places = StaticPrior(
      models: ["p"], facts: ["p": NetworkFacts(architecture: "resnet50", sourceData: "Places365")])
    #expect(places.candidates[0].sourceAccuracy == nil && places.basis == .parameters)
    let large = StaticPrior(
      models: ["p"],
      facts: ["p": NetworkFacts(architecture: "resnet50", sourceData: "ImageNet-21k")])
    #expect(large.candidates[0].sourceAccuracy == nil)
  }

  @Test("A card's own accuracy goes before the architecture's, for ImageNet-1k alone")
  func statedAccuracy() {
    func accuracy(_ sourceData: String?) -> Double? {
      let facts = NetworkFacts(
        architecture: "resnet50", sourceData: sourceData, statedAccuracy: 0.812)
      return StaticPrior(models: ["p"], facts: ["p": facts]).candidates[0].sourceAccuracy
    }
    #expect(accuracy("ImageNet-1k") == 0.812)
    #expect(accuracy("Places365") == nil && accuracy("ImageNet-21k") == nil)
    #expect(accuracy(nil) != 0.812)
    let prior = StaticPrior(
      models: ["a", "b"],
      facts: [
        "a": NetworkFacts(architecture: nil, sourceData: "ImageNet-1k", statedAccuracy: 0.7),
        "b": NetworkFacts(architecture: nil, sourceData: "ImageNet-1k", statedAccuracy: 0.8),
      ])
    #expect(prior.basis == .sourceAccuracy && prior.candidates.map(\.model) == ["b", "a"])
  }

  @Test("Names of timm tell their architecture")
  func names() {
    #expect(NetworkFacts(name: "hf:timm/resnet18.a1_in1k").architecture == "resnet18")
    #expect(NetworkFacts(name: "mine.v2").architecture == nil)
  }

  @Test(
    "The combined ranking follows the prior where scores say little, and scores without a prior")
  func combined() throws {
    let models = ["resnet152", "resnet34"]
    let tables = try [
      Self.table("resnet152", separation: 1), Self.table("resnet34", separation: 3),
    ]
    let card = try Scorecard(tables, scores: [Score.named("logme")])
    #expect(card.candidates.map(\.model) == ["resnet34", "resnet152"])
    #expect(card.prior.candidates.map(\.model) == models)
    // Published ranks (weight 10.3) against LogME (1.2).
    #expect(card.combined?.candidates.map(\.model) == models)
    #expect(card.combined?.scores == ["logme"])
    let weights = try #require(card.combined?.weights)
    #expect(abs((weights["prior"] ?? 0) - 0.953 / (1 - 0.953 * 0.953)) < 1e-12)
    #expect(abs((weights["scores"] ?? 0) - 0.666 / (1 - 0.666 * 0.666)) < 1e-12)
    // Two networks have the normal scores ±Φ⁻¹(0.625/2.25): the expected standing by hand.
    let score = 0.589_455_797_849_778_3
    let (prior, logme) = (weights["prior"] ?? 0, weights["scores"] ?? 0)
    let expected = (prior - logme) * score / (1 + prior * 0.953 + logme * 0.666)
    #expect(abs((card.combined?.candidates.first?.value ?? 0) - expected) < 1e-9)
    let unknown = try Scorecard(
      [Self.table("a", separation: 1), Self.table("b", separation: 3)],
      scores: [Score.named("logme")])
    #expect(unknown.combined?.candidates.map(\.model) == ["b", "a"])
    #expect(unknown.combined?.weights["prior"] == nil)
    let alone = try Scorecard([tables[0]], scores: [Score.named("logme")])
    #expect(alone.combined == nil)
  }

  @Test("The published reliabilities are those that benchmarks/priors.md records")
  func record() throws {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../benchmarks/priors.md")
    let text = try String(contentsOf: url, encoding: .utf8)
    let names = ["resnet34", "resnet18"]
    for (facts, tau, rho) in [
      (Self.facts(["resnet34"]), 0.837, 0.953), (Self.facts(["resnet18"]), 0.654, 0.816),
      (["resnet34": NetworkFacts(architecture: nil, parameterCount: 1)], 0.578, 0.741),
    ] {
      let prior = StaticPrior(models: names, facts: facts)
      #expect(prior.publishedTau == tau)
      let basis = try #require(prior.basis)
      #expect(text.contains("| \(basis.rawValue) | \(tau) | \(rho) |"), "\(basis)")
    }
    for line in [
      "| logme | 0.509 | 0.666 |", "| sfda | 0.710 | 0.865 |", "| leep | 0.410 | 0.550 |",
    ] {
      #expect(text.contains(line), "\(line)")
    }
  }
}
