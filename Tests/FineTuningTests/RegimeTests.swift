import Checkpoints
import Datasets
import FineTuning
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Training regimes")
struct RegimeTests {
  @Test(
    "Every regime leaves a model that answers as its record says", arguments: Regimes.all.map(\.id))
  func completeRun(regime: String) throws {
    let task = try TinyTask(trainPerClass: 6, testPerClass: 3)
    let run = try task.run(try task.recipe(regime), into: "run")
    let folder = task.scratch("run")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(
      names == [
        "config.json", "confusion-test.csv", "confusion-validation.csv", "history.csv",
        "metrics.csv", "model.card.yaml", "model.safetensors", "recipe.yaml", "run.json",
      ])
    #expect(run.regime == regime)
    #expect(run.data.trainingImages == 40 && run.data.validationImages == 8)
    #expect(run.data.testImages == 24 && run.data.unreadable.isEmpty)
    #expect(run.metrics.validation?.count == 8)
    #expect(try RunFolder(folder).readRecord() == run)
    #expect(try Recipe.read(RunFolder(folder).recipeFile) == run.recipe)

    let model = try ModelCatalogue(folders: []).resolve(folder.path)
    #expect(model.card.classNames == task.dataset.classNames)
    let again = try ModelEvaluation.of(
      model, on: task.dataset.subset(of: .test), events: { _ in }, cancellation: Cancellation())
    #expect(again.metrics == run.metrics.test)

    let metrics = try String(
      contentsOf: folder.appendingPathComponent("metrics.csv"), encoding: .utf8)
    let lines = metrics.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines.allSatisfy { $0.split(separator: ",").count == 7 })
    #expect(lines.last?.hasPrefix("test,24,\(run.metrics.test?.accuracy ?? -1),") == true)
    let history = try String(
      contentsOf: folder.appendingPathComponent("history.csv"), encoding: .utf8)
    #expect(history.split(separator: "\n").count == 1 + run.history.count)
    #expect(run.history.count == run.recipe.hyperparameters.epochs ?? 0)
  }

  @Test("A linear probe and partial fine-tuning do far better than chance on an easy task")
  func learning() throws {
    let task = try TinyTask.colours()
    let probe = try task.run(try task.recipe("linear-probe"), into: "probe")
    let partial = try task.run(
      try task.recipe("partial") {
        $0.epochs = 15
        $0.batchSize = 8
        $0.learningRate = 0.01
        $0.headLearningRateFactor = 1
        $0.cachedViews = 2
      }, into: "partial")
    // One of four classes by chance.
    #expect((probe.metrics.test?.accuracy ?? 0) > 0.7, "\(probe.metrics.test as Any)")
    #expect((partial.metrics.test?.accuracy ?? 0) > 0.6, "\(partial.metrics.test as Any)")
    let losses = partial.history.map(\.trainingLoss)
    #expect((losses.last ?? 9) < (losses.first ?? 0))
  }

  @Test("Below the first trained stage nothing changes; above it everything may")
  func frozenPart() throws {
    let task = try TinyTask(trainPerClass: 4, testPerClass: 1)
    _ = try task.run(
      try task.recipe("partial") {
        $0.trainableFrom = "layer3"
        $0.epochs = 1
        // A head that starts as a probe may stay the best; a random one must be trained.
        $0.headInitialization = "random"
      }, into: "run")
    let trained = try ModelCatalogue(folders: []).resolve(task.scratch("run").path).network
    let stageOf = trained.graph.stageOfParameter
    let stages = trained.graph.stages.map(\.name)
    let from = try #require(stages.firstIndex(of: "layer3"))
    var changed = 0
    for parameter in trained.graph.parameters {
      let stage = try #require(stages.firstIndex(of: stageOf[parameter.name] ?? ""))
      let isSame =
        task.model.network.state[parameter.name]?.values == trained.state[parameter.name]?.values
      if stage < from { #expect(isSame, "\(parameter.name) lies below layer3") }
      if stage >= from, !isSame { changed += 1 }
    }
    #expect(changed > 4)
  }

  @Test("A stage to train from that the network lacks is answered with its stages")
  func unknownStage() throws {
    let task = try TinyTask(trainPerClass: 3, testPerClass: 1)
    let recipe = try task.recipe("partial") { $0.trainableFrom = "layer9" }
    let error = #expect(throws: RecipeError.self) { try task.run(recipe, into: "run") }
    #expect(error?.description.contains("layer9") == true)
    #expect(error?.description.contains("layer3") == true)
  }

  @Test("Pictures that can't be read and a class of one picture are told, and the run goes on")
  func damagedData() throws {
    let task = try TinyTask(trainPerClass: 5, testPerClass: 1)
    let root = task.dataset.root
    let single = root.appendingPathComponent("train/single")
    try FileManager.default.createDirectory(at: single, withIntermediateDirectories: true)
    let picture = try Data(contentsOf: try #require(task.dataset.url(of: task.dataset.samples[0])))
    try picture.write(to: single.appendingPathComponent("one.png"))
    try picture.prefix(60).write(to: root.appendingPathComponent("train/checks/cut.png"))
    let dataset = try Dataset.open(root)
    for regime in ["linear-probe", "full", "partial"] {
      let remarks = Remarks()
      var recipe = try task.recipe(regime)
      recipe.hyperparameters.epochs = regime == "linear-probe" ? nil : 1
      let run = try RecipeExecution(
        recipe: recipe, model: task.model, dataset: dataset,
        folder: RunFolder(task.scratch(regime)), embedding: EmbeddingOptions()
      ).run(events: { remarks.handle($0) }, cancellation: Cancellation())
      #expect(run.data.unreadable.count == 1, "\(regime): \(run.data.unreadable)")
      #expect(run.data.unreadable.first?.contains("cut.png") == true)
      #expect(remarks.all.contains { $0.contains("single") }, "\(regime): \(remarks.all)")
      #expect(remarks.all.contains { $0.contains("cut.png") })
      #expect(run.data.classNames.contains("single"))
    }
  }
}
