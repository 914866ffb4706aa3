import FineTuning
import Foundation
import Images
import TestSupport
import Testing

@Suite("Recipes")
struct RecipeTests {
  /// A recipe in which everything is set.
  static var full: Recipe {
    var values = Hyperparameters()
    values.epochs = 12
    values.batchSize = 24
    values.learningRate = 0.0031
    values.headLearningRateFactor = 10
    values.momentum = 0.85
    values.weightDecay = 0.00012
    values.warmupFraction = 0.1
    values.labelSmoothing = 0.05
    values.batchNorm = "frozen"
    values.trainableFrom = "layer3"
    values.cachedViews = 3
    values.cachePrecision = "bfloat16"
    values.penalties = [0.1, 1e-5]
    values.refit = false
    return Recipe(
      name: "partial on \"a network\": yes",
      model: Recipe.ModelReference(
        id: "net", architecture: "resnet20_cifar", weights: "some folder/net.pth", sha256: "ab12"),
      regime: "partial", hyperparameters: values,
      preprocessing: Preprocessing(imageSize: 32, cropPercent: 1, resize: .squash),
      augmentation: Augmentation(cropScale: 0.25...1, flipProbability: 0),
      split: Recipe.Split(validationFraction: 0.15, testFraction: 0.25, seed: 9),
      seed: UInt64.max, weight: 0.37,
      reasons: [
        Recipe.Reason(rule: "r-1", why: "Because: it is so.\nTwice.", citations: ["A 2020, §1"])
      ],
      expectedAccuracy: Recipe.Estimate(value: 0.8, low: 0.7, high: 0.9, method: "probe"),
      expectedSeconds: 12.5)
  }

  @Test("A recipe comes back from YAML as it was")
  func roundTrip() throws {
    let scratch = try ScratchFolder()
    let file = try scratch.write(Self.full.yaml(), to: "recipe.yaml")
    #expect(try Recipe.read(file) == Self.full)
  }

  @Test("Values that are not set stay so")
  func roundTripOfLittle() throws {
    let scratch = try ScratchFolder()
    var recipe = Self.full
    recipe.hyperparameters = Hyperparameters()
    recipe.augmentation = nil
    recipe.weight = nil
    recipe.expectedAccuracy = nil
    recipe.expectedSeconds = nil
    recipe.reasons = []
    let file = try scratch.write(recipe.yaml(), to: "recipe.yaml")
    #expect(try Recipe.read(file) == recipe)
  }

  /// Each change of the text, and what the sentence must name.
  @Test(
    "A wrong recipe is refused with a sentence that names the file and the fault",
    arguments: [
      ("  epochs: 12", "  epoch: 12", "no key 'epoch'"),
      ("seed: 9", "seeds: 9", "no key 'seeds'"),
      ("\nregime: partial", "\nregimen: partial", "no key 'regimen'"),
      ("  epochs: 12", "  epochs: 0", "epochs is 0"),
      ("  epochs: 12", "  epochs: many", "epochs"),
      ("batchNorm: frozen", "batchNorm: cold", "batchNorm is cold"),
      ("momentum: 0.85", "momentum: 1.0", "momentum is 1.0"),
      ("testFraction: 0.25", "testFraction: 0.9", "leave some images"),
      ("validationFraction: 0.15", "validationFraction: -0.1", "split"),
      ("imageSize: 32", "imageSize: 0", "imageSize"),
      ("schema: graft.recipe/1", "schema: graft.recipe/9", "graft.recipe/9"),
    ])
  func refused(old: String, new: String, naming: String) throws {
    let scratch = try ScratchFolder()
    let text = try Self.full.yaml()
    #expect(text.contains(old), "the fixture lacks '\(old)':\n\(text)")
    let file = try scratch.write(
      text.replacingOccurrences(of: old, with: new), to: "wrong.yaml")
    let error = #expect(throws: RecipeError.self) { try Recipe.read(file) }
    let sentence = error?.description ?? ""
    #expect(sentence.contains("wrong.yaml"), "\(sentence)")
    #expect(sentence.contains(naming), "\(sentence)")
  }

  @Test("What is no recipe at all is refused", arguments: ["", "- a\n- b\n", "a: [", "{}\n"])
  func noRecipe(text: String) throws {
    let scratch = try ScratchFolder()
    let file = try scratch.write(text, to: "wrong.yaml")
    let error = #expect(throws: RecipeError.self) { try Recipe.read(file) }
    #expect(error?.description.contains("wrong.yaml") == true, "\(error as Any)")
  }

  @Test("A file that is not there is named")
  func absent() throws {
    let scratch = try ScratchFolder()
    let error = #expect(throws: RecipeError.self) { try Recipe.read(scratch("absent.yaml")) }
    #expect(error?.description.contains("absent.yaml") == true)
  }

  @Test("An unknown regime is answered with those there are")
  func unknownRegime() {
    let error = #expect(throws: RecipeError.self) { try Regimes.named("adapter") }
    for regime in Regimes.all { #expect(error?.description.contains(regime.id) == true) }
  }

  @Test("Regimes have ids of their own")
  func ids() {
    #expect(Set(Regimes.all.map(\.id)).count == Regimes.all.count)
  }
}

@Suite("Hyper-parameters")
struct HyperparameterTests {
  @Test("What is set stays, what is not comes from the defaults")
  func completed() {
    var defaults = RecipeTests.full.hyperparameters
    #expect(Hyperparameters().completed(by: defaults) == defaults)
    #expect(defaults.completed(by: Hyperparameters()) == defaults)
    var values = Hyperparameters()
    values.epochs = 3
    values.refit = true
    let completed = values.completed(by: defaults)
    defaults.epochs = 3
    defaults.refit = true
    #expect(completed == defaults)
  }

  @Test("Values in range have no problem")
  func fine() {
    #expect(Hyperparameters().problem == nil)
    #expect(RecipeTests.full.hyperparameters.problem == nil)
  }

  @Test("Each value out of range is named")
  func outOfRange() {
    let faults: [(String, (inout Hyperparameters) -> Void)] = [
      ("epochs", { $0.epochs = 0 }), ("batchSize", { $0.batchSize = -1 }),
      ("learningRate", { $0.learningRate = 0 }), ("learningRate", { $0.learningRate = .nan }),
      ("headLearningRateFactor", { $0.headLearningRateFactor = .infinity }),
      ("momentum", { $0.momentum = 1 }), ("weightDecay", { $0.weightDecay = -1e-9 }),
      ("warmupFraction", { $0.warmupFraction = 1.1 }),
      ("labelSmoothing", { $0.labelSmoothing = 1 }), ("batchNorm", { $0.batchNorm = "" }),
      ("cachedViews", { $0.cachedViews = 0 }), ("cachePrecision", { $0.cachePrecision = "half" }),
      ("penalties", { $0.penalties = [] }),
      ("penalties", { $0.penalties = [0.1, -1] }),
    ]
    for (name, spoil) in faults {
      var values = RecipeTests.full.hyperparameters
      spoil(&values)
      #expect(values.problem?.hasPrefix(name) == true, "\(name): \(values.problem ?? "nil")")
    }
  }
}
