import Advisor
import Checkpoints
import Datasets
import FineTuning
import Foundation
import Images
import Networks
import Profiling
import Synchronization
import Taxonomy
import TestSupport
import Testing
import Transferability

@Suite("Advice on a drawn data set")
struct AdviceTests {
  /// Textures with an imbalance, a duplicate and a broken file; two networks with random weights.
  struct Task {
    let scratch: ScratchFolder
    let advisor: Advisor

    init(testPerClass: Int = 2, spoil: (URL) throws -> Void = { _ in }) throws {
      let scratch = try ScratchFolder()
      let drawn = try DrawnDataset(
        family: .textures, trainPerClass: 10, testPerClass: testPerClass, seed: 7
      ).write(to: scratch("data"))
      try spoil(drawn.root)
      let models = try ["resnet20_cifar", "resnet32_cifar"].map { architecture in
        let network = try Network.initialised(
          architecture: architecture, classCount: 10, seed: 3)
        let card = ModelCard(
          id: architecture, architecture: architecture,
          input: try Architecture.named(architecture).input, classCount: 10,
          sourceData: ModelCard.SourceData(name: "noise", imageCount: 50_000))
        try TimmExport.write(
          network, card: card, classNames: nil, to: scratch(architecture))
        return try ModelCatalogue(folders: []).resolve(scratch(architecture).path)
      }
      self.scratch = scratch
      advisor = Advisor(
        examination: try Examination.of(
          try Dataset.open(drawn.root), events: { _ in }, cancellation: Cancellation()),
        models: models, limit: 200, seed: 1,
        embedding: EmbeddingOptions(), taxonomy: Taxonomy(), events: { _ in },
        cancellation: Cancellation())
    }
  }

  @Test("No more images are looked at than the limit allows, whatever the splits")
  func limit() throws {
    let task = try Task(testPerClass: 0)
    var advisor = task.advisor
    advisor.limit = 24
    let report = try advisor.advise()
    // 64 of 80 are open to choices, 48 of them to train on: 18 and 6 of the 24, by class.
    #expect(report.imagesLookedAt <= 24 && report.imagesLookedAt >= 20)
  }

  @Test("The report is complete, and its JSON has the keys that others rely on")
  func complete() throws {
    let task = try Task()
    let report = try task.advisor.advise()
    #expect(report.imagesLookedAt == 80)
    #expect(Set(report.candidates.map(\.model)) == ["resnet20_cifar", "resnet32_cifar"])
    #expect(report.candidates[0].probe.value >= report.candidates[1].probe.value)
    for candidate in report.candidates {
      let probe = candidate.probe
      #expect(0 <= probe.low && probe.low <= probe.value && probe.value <= probe.high)
      #expect(candidate.featureCount == 64 && candidate.imageSize == 32)
      #expect(candidate.sourceData == "noise")
    }
    #expect(!report.findings.isEmpty)
    #expect(report.findings.contains { !$0.citations.isEmpty })

    let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(report))
    let object = try #require(json as? [String: Any])
    #expect(object["schema"] as? String == "graft.advice/1")
    let placement = try #require(object["placement"] as? [String: Any])
    #expect((placement["size"] as? Double).map { (0...1).contains($0) } == true)
    let similarity = try #require(placement["similarity"] as? [String: Any])
    let (low, value, high) = (
      try #require(similarity["low"] as? Double), try #require(similarity["value"] as? Double),
      try #require(similarity["high"] as? Double)
    )
    #expect(0 <= low && low <= value && value <= high && high <= 1)
    let quadrants = try #require(placement["quadrants"] as? [String: Double])
    #expect(quadrants.count == 4)
    #expect(abs(quadrants.values.reduce(0, +) - 1) < 1e-9)
    let findings = try #require(object["findings"] as? [[String: Any]])
    for finding in findings {
      #expect(finding["ruleID"] is String)
      #expect(finding["citations"] is [[String: Any]])
    }
    #expect((object["recipes"] as? [[String: Any]])?.count == report.recipes.count)
    let scorecard = try #require(object["scorecard"] as? [String: Any])
    #expect(scorecard["schema"] as? String == "graft.scorecard/1")
  }

  @Test("Recipes are ranked, their weights sum to 1, and each rests on rules that fired")
  func recipes() throws {
    let task = try Task()
    let report = try task.advisor.advise()
    let weights = try report.recipes.map { try #require($0.weight) }
    #expect(weights.count == Regimes.all.count)
    #expect(abs(weights.reduce(0, +) - 1) < 1e-9)
    #expect(weights == weights.sorted(by: >))
    let fired = Set(report.findings.map(\.ruleID))
    for recipe in report.recipes {
      #expect(recipe.model.id == report.candidates[0].model)
      #expect(recipe.hyperparameters.problem == nil, "\(recipe.name)")
      #expect(recipe.reasons.allSatisfy { fired.contains($0.rule) })
    }
    #expect(report.recipes.first?.reasons.isEmpty == false)
    #expect(report.recipes.contains { $0.regime == "linear-probe" && $0.expectedAccuracy != nil })
  }

  @Test("The first recipe can be run, and runs as it was written down")
  func runnable() throws {
    let task = try Task()
    var first = try #require(try task.advisor.advise().recipes.first)
    let file = try task.scratch.write(first.yaml(), to: "recipe.yaml")
    #expect(try Recipe.read(file) == first)
    if first.hyperparameters.epochs != nil { first.hyperparameters.epochs = 1 }
    let model = try #require(task.advisor.models.first { $0.sha256 == first.model.sha256 })
    let run = try RecipeExecution(
      recipe: first, model: model, dataset: task.advisor.dataset,
      folder: RunFolder(task.scratch("run")), embedding: EmbeddingOptions()
    ).run(events: { _ in }, cancellation: Cancellation())
    #expect(run.metrics.test?.count == 16)
  }

  @Test("The facts are those of the data: counts, imbalance, damage, the network")
  func facts() throws {
    let task = try Task { root in
      let manager = FileManager.default
      let classes = try manager.contentsOfDirectory(
        atPath: root.appendingPathComponent("train").path
      ).sorted()
      for index in 0..<6 {
        try manager.removeItem(
          at: root.appendingPathComponent("train/\(classes[0])/0000\(index).png"))
      }
      try Data("no picture".utf8).write(
        to: root.appendingPathComponent("train/\(classes[1])/broken.png"))
    }
    let facts = try task.advisor.advise().facts
    // 80 − 6 + 1 pictures in training, 16 in test; one of the 91 can't be read.
    #expect(facts.number(.classes) == 8)
    #expect(facts.number(.trainingImages) == 75 || facts.number(.trainingImages) == 74)
    #expect(facts.number(.imagesPerClassMinimum) == 4)
    #expect(facts.number(.imagesPerClassMedian) == 10)
    let ratio = try #require(facts.number(.imbalanceRatio))
    #expect((2.5...2.75).contains(ratio))
    #expect(abs(try #require(facts.number(.corruptShare)) - 1.0 / 91) < 1e-9)
    #expect(facts.number(.leakageShare) == 0)
    #expect(facts.number(.imageSideMedian) == 32)
    #expect(facts.number(.candidates) == 2)
    #expect(facts.number(.sourceImageCount) == 50_000)
    #expect(facts.number(.sourceClassCount) == 10)
    #expect(facts.flag(.sourceHasHead) == true)
    #expect(facts.flag(.hasBatchNorm) == true)
  }

  @Test("Every command parts the same images, and none parts copies")
  func copies() throws {
    let task = try Task(testPerClass: 0) { root in
      let train = root.appendingPathComponent("train")
      let classes = try FileManager.default.contentsOfDirectory(atPath: train.path).sorted()
      for name in classes {
        for index in 0..<3 {
          try FileManager.default.copyItem(
            at: train.appendingPathComponent("\(name)/0000\(index).png"),
            to: train.appendingPathComponent("\(name)/copy\(index).png"))
        }
      }
    }
    let recipe = try task.advisor.recipe(regime: "linear-probe")
    for seed in 0..<4 {
      // As `RecipeExecution` does with the data that the commands give it.
      let split = task.advisor.dataset.split(
        validationFraction: recipe.split.validationFraction,
        testFraction: recipe.split.testFraction, seed: UInt64(seed))
      let part = Dictionary(uniqueKeysWithValues: split.samples.map { ($0.id, $0.split) })
      for (id, where_) in part where id.contains("copy") {
        let original = id.replacingOccurrences(of: "copy", with: "0000")
        #expect(part[original] == where_, "\(id), seed \(seed)")
      }
      #expect(split.splits.count == 3)
    }
  }

  @Test("No choice sees the images that are held back for the test")
  func heldBack() throws {
    let task = try Task(testPerClass: 0)
    let report = try task.advisor.advise()
    let split = try #require(report.recipes.first).split
    #expect(split.testFraction == 0.2)
    #expect(report.imagesLookedAt == 64)

    // Whoever looks at one of them now will complain.
    let held = task.advisor.dataset.split(
      validationFraction: split.validationFraction, testFraction: split.testFraction,
      seed: split.seed
    ).subset(of: .test)
    #expect(held.samples.count == 16)
    for sample in held.samples {
      try Data("no picture".utf8).write(to: try #require(held.url(of: sample)))
    }
    let remarks = Mutex<[String]>([])
    var advisor = task.advisor
    advisor.events = { event in
      if case .note(let text) = event { remarks.withLock { $0.append(text) } }
    }
    let again = try advisor.advise()
    #expect(remarks.withLock { $0 } == [])
    #expect(again.candidates.map(\.probe) == report.candidates.map(\.probe))
  }

  @Test("The same seed gives the same advice; a stop is heeded")
  func sameAgain() throws {
    let task = try Task()
    var (first, second) = (try task.advisor.advise(), try task.advisor.advise())
    for index in first.candidates.indices {
      first.candidates[index].imagesPerSecond = nil
      second.candidates[index].imagesPerSecond = nil
    }
    for index in first.recipes.indices {
      first.recipes[index].expectedSeconds = nil
      second.recipes[index].expectedSeconds = nil
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    #expect(try encoder.encode(first) == encoder.encode(second))
    task.advisor.cancellation.cancel()
    #expect(throws: (any Error).self) { try task.advisor.advise() }
  }

  @Test("Scores rank every candidate by the ids that others rely on")
  func scores() throws {
    let task = try Task()
    let card = try task.advisor.score()
    #expect(card.candidates.count == 2)
    for candidate in card.candidates {
      #expect(Set(["logme", "leep", "hscore"]).isSubset(of: candidate.scores.keys))
      #expect(candidate.scores["logme"]?.value?.isFinite == true)
    }
  }

  @Test("A recipe by regime alone takes the regime's defaults")
  func byRegime() throws {
    let task = try Task()
    for regime in Regimes.all {
      let recipe = try task.advisor.recipe(regime: regime.id)
      #expect(recipe.regime == regime.id && recipe.weight == nil && recipe.reasons.isEmpty)
      #expect(recipe.hyperparameters.problem == nil)
    }
    #expect(throws: RecipeError.self) { try task.advisor.recipe(regime: "lora") }
  }
}
