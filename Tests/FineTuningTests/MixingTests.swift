import Checkpoints
import Datasets
import FineTuning
import Foundation
import Images
import Networks
import TestSupport
import Tensors
import Testing

/// Mixup and cutmix in training.
@Suite("Mixing", .serialized)
struct MixingTests {
  private static func mixing(_ task: TinyTask, _ mixup: Mixup, epochs: Int = 1) throws -> Recipe {
    var recipe = try task.recipe("full") {
      $0.epochs = epochs
      $0.headInitialization = "random"
      $0.labelSmoothing = 0.1
    }
    recipe.augmentation?.mixup = mixup
    return recipe
  }

  /// Mixes by the papers' formulas, with nothing of what the training uses but the draws.
  private static func byHand(
    _ batch: Batch, _ mixes: [Mixup.Mix?], classes: Int, smoothing: Double
  ) -> (images: Tensor, targets: Tensor) {
    let (count, side) = (batch.images.shape[0], batch.images.shape[1])
    let source = batch.images.values
    var images = source
    var targets = [Float](repeating: 0, count: count * classes)
    func smoothed(_ label: Int, _ c: Int) -> Double {
      (c == label ? 1 - smoothing : 0) + smoothing / Double(classes)
    }
    for (i, mix) in mixes.enumerated() {
      let j = count - 1 - i
      let lambda = mix?.lambda ?? 1
      for c in 0..<classes {
        targets[i * classes + c] = Float(
          lambda * smoothed(batch.labels[i], c) + (1 - lambda) * smoothed(batch.labels[j], c))
      }
      guard let mix else { continue }
      for y in 0..<side {
        for x in 0..<side {
          for channel in 0..<3 {
            let place = ((y * side) + x) * 3 + channel
            let (own, other) = (i * side * side * 3 + place, j * side * side * 3 + place)
            if let box = mix.rectangle {
              let isInside =
                (box.x..<box.x + box.width).contains(x) && (box.y..<box.y + box.height).contains(y)
              images[own] = isInside ? source[other] : source[own]
            } else {
              images[own] = source[own] * Float(lambda) + source[other] * Float(1 - lambda)
            }
          }
        }
      }
    }
    return (
      Tensor(shape: Array(batch.images.shape), values: images),
      Tensor(shape: [count, classes], values: targets)
    )
  }

  @Test(
    "A trained epoch is that of steps made by hand",
    arguments: [
      Mixup(mixupAlpha: 0.8), Mixup(mixupAlpha: 0, cutmixAlpha: 1),
      Mixup(mixupAlpha: 0.4, cutmixAlpha: 1, probability: 0.7, mode: .element),
    ])
  func byHand(mixup: Mixup) throws {
    let task = try TinyTask.colours()
    let recipe = try Self.mixing(task, mixup)
    let run = try task.run(recipe, into: "run")
    let values = run.recipe.hyperparameters
    let trained = try ModelCatalogue(folders: []).resolve(task.scratch("run").path).network

    let classes = task.dataset.classNames.count
    let training = task.dataset.split(validationFraction: 0.2, testFraction: 0, seed: 1)
      .subset(of: .train)
    let network = try task.model.network.replacingHead(classCount: classes, seed: recipe.seed)
    let side = recipe.preprocessing.imageSize
    let plan = try TrainingPlan(
      network: network, batchSize: 16,
      inputShape: SampleShape(height: side, width: side, channels: 3), trainable: .all,
      batchNorm: .train, loss: CrossEntropy(), seed: recipe.seed)
    var optimizer = SGD(
      momentum: try #require(values.momentum), nesterov: true,
      weightDecay: try #require(values.weightDecay))
    let steps = training.samples.count / 16
    let warmUp = Int((Double(steps) * (try #require(values.warmupFraction))).rounded())
    let schedule = Schedule.cosine(
      peak: try #require(values.learningRate), steps: steps - warmUp
    ).warmedUp(over: warmUp)
    let head = Set(network.headParameterNames)
    let factor = try #require(values.headLearningRateFactor)
    let loader = BatchLoader(
      dataset: training, preprocessing: recipe.preprocessing, augmentation: recipe.augmentation,
      batchSize: 16, isShuffled: true, dropsLast: true, seed: recipe.seed)
    var mixed = 0
    for (number, batch) in loader.batches(epoch: 0).enumerated() {
      let mixes = mixup.draws(
        count: 16, width: side, height: side, seed: recipe.seed, epoch: 0, batch: 16 * number)
      mixed += mixes.compactMap { $0 }.count
      let hand = Self.byHand(batch, mixes, classes: classes, smoothing: 0.1)
      _ = try plan.step(images: hand.images, targets: hand.targets)
      plan.apply(
        &optimizer, learningRate: schedule(number),
        groups: [ParameterGroup(rateScale: factor) { head.contains($0.name) }])
    }
    #expect(mixed >= 16)
    let state = plan.state()
    for name in state.names {
      let (ours, hand) = (trained.state[name]?.values ?? [], state[name]?.values ?? [])
      // The targets are summed in another order.
      let apart = zip(ours, hand).map { abs($0 - $1) }.max() ?? .infinity
      #expect(ours.count == hand.count && apart < 1e-5, "\(name): \(apart)")
    }
    // And it matters: without mixing the weights are others.
    var plain = recipe
    plain.augmentation?.mixup = nil
    _ = try task.run(plain, into: "plain")
    #expect(try task.weights(of: "plain") != task.weights(of: "run"))
  }

  @Test("Mixed training gives the same bits on any number of threads, stopped or not")
  func reproducible() throws {
    let task = try TinyTask.colours()
    let recipe = try Self.mixing(
      task, Mixup(mixupAlpha: 0.4, cutmixAlpha: 1, mode: .pair), epochs: 2)
    let usual = Parallel.threadCount
    defer { Parallel.threadCount = usual }
    for count in [1, 2, 4] {
      Parallel.threadCount = count
      _ = try task.run(recipe, into: "threads\(count)")
      #expect(try task.weights(of: "threads\(count)") == task.weights(of: "threads1"))
    }
    for stop in [1, 3] {
      let stopper = Stopper(after: stop)
      #expect(throws: CancellationError.self) {
        try task.execution(recipe, into: "stopped")
          .run(events: { stopper.handle($0) }, cancellation: stopper.cancellation)
      }
      _ = try task.run(recipe, into: "stopped", resumes: true)
      #expect(try task.weights(of: "stopped") == task.weights(of: "threads1"), "after \(stop)")
    }
  }

  @Test(
    "A recipe that can't mix says why",
    arguments: [
      ("mixup: {mixupAlpha: -1}", "full", "mixup needs a positive mixupAlpha"),
      ("mixup: {}", "full", "mixup needs a positive mixupAlpha"),
      ("mixup: {cutmixAlpha: 1, probability: 2}", "full", "probabilities in [0, 1]"),
      ("mixup: {cutmixAlpha: 1, switchProbability: -0.1}", "full", "probabilities in [0, 1]"),
      ("mixup: {mixup_alpha: 1}", "full", "'mixup' has no key 'mixup_alpha'"),
      ("mixup: {mixupAlpha: 1, mode: half}", "full", "augmentation.mixup.mode"),
      ("mixUp: {mixupAlpha: 1}", "full", "'augmentation' has no key 'mixUp'"),
      ("mixup: {mixupAlpha: 1}", "partial", "take 'full' or 'scratch'"),
    ])
  func refused(text: String, regime: String, words: String) throws {
    let error = #expect(throws: RecipeError.self) { try Self.read(text, regime) }
    #expect(error?.description.contains(words) == true, "\(error as Any)")
  }

  @Test("What a recipe leaves out of mixup is timm's default, and off for α")
  func defaults() throws {
    let mixup = try Self.read("mixup: {cutmixAlpha: 1}", "full").augmentation?.mixup
    #expect(mixup == Mixup(mixupAlpha: 0, cutmixAlpha: 1))
    #expect(mixup?.probability == 1 && mixup?.switchProbability == 0.5 && mixup?.mode == .batch)
  }

  private static func read(_ mixup: String, _ regime: String) throws -> Recipe {
    let scratch = try ScratchFolder()
    var recipe = RecipeTests.full
    recipe.regime = regime
    let text = try recipe.yaml()
    let key = "augmentation:\n"
    #expect(text.contains(key))
    return try Recipe.read(
      scratch.write(
        text.replacingOccurrences(of: key, with: key + "  \(mixup)\n"), to: "recipe.yaml"))
  }
}
