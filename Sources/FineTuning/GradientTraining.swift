import Foundation
import Networks
import Tensors

/// Stochastic gradient descent with Nesterov momentum, a linear warm-up and a cosine, epoch by
/// epoch, keeping the epoch that does best on validation images.
///
/// What is shared by every regime that follows gradients. A stop, or the end of an epoch, leaves a
/// checkpoint from which the training goes on to the same bits.
struct GradientTraining {
  /// The network to train: whole, or the suffix behind a frozen prefix.
  let network: Network
  /// Whether the network as given can be the result, as epoch 0.
  let startIsFitted: Bool
  /// The shape of one input sample.
  let inputShape: SampleShape
  let trainable: TrainableSet
  let hyperparameters: Hyperparameters
  let seed: UInt64
  let source: any TrainingSource
  /// Evaluates a state of the network on the validation images; nil without such images.
  let validate: (Network) throws -> Evaluation?
  let checkpoint: TrainingCheckpoint
  let resumes: Bool
  let events: RunEventHandler
  let cancellation: Cancellation

  /// What training came to.
  struct Outcome {
    var network: Network
    var history: [EpochRecord]
    var bestEpoch: Int
    var validation: Evaluation?
  }

  /// Trains to the end, or until asked to stop.
  ///
  /// - Throws: `CancellationError` after a checkpoint was written; `NetworkError` naming the first
  ///   node that gave a value that is not finite.
  func run() throws -> Outcome {
    let batchSize = min(hyperparameters.batchSize ?? 32, source.sampleCount)
    let epochs = hyperparameters.epochs ?? 1
    let rate = hyperparameters.learningRate ?? 0.01
    let headFactor = hyperparameters.headLearningRateFactor ?? 1
    let plan = try TrainingPlan(
      network: network, batchSize: batchSize, inputShape: inputShape, trainable: trainable,
      batchNorm: TrainingPlan.BatchNormMode(rawValue: hyperparameters.batchNorm ?? "") ?? .train,
      loss: CrossEntropy(labelSmoothing: hyperparameters.labelSmoothing ?? 0), seed: seed,
      memoryLimit: AvailableMemory.bytes)
    var optimizer = SGD(
      momentum: hyperparameters.momentum ?? 0.9, nesterov: (hyperparameters.momentum ?? 0.9) > 0,
      weightDecay: hyperparameters.weightDecay ?? 0)
    let stepsPerEpoch = max(1, source.sampleCount / batchSize)
    let steps = epochs * stepsPerEpoch
    let warmUp = Int((Double(steps) * (hyperparameters.warmupFraction ?? 0)).rounded())
    let schedule = Schedule.cosine(peak: rate, steps: steps - warmUp).warmedUp(over: warmUp)
    let head = Set(network.headParameterNames)
    let groups = [ParameterGroup(rateScale: headFactor) { head.contains($0.name) }]

    var progress = TrainingProgress()
    var best: StateDict?
    if resumes, let kept = try checkpoint.read() {
      progress = kept.progress
      best = kept.best
      try plan.load(kept.model)
      try plan.restore(&optimizer, from: kept.optimizer)
      // Dropout's masks follow from the step.
      plan.stepCount = UInt64(progress.step)
      events(.note("going on from epoch \(progress.epoch + 1), step \(progress.step)"))
    }
    if startIsFitted, progress.step == 0, let evaluation = try validate(network) {
      progress.bestValidation = evaluation
      best = network.state
    }
    let begin = Date().addingTimeInterval(-progress.seconds)
    while progress.epoch < epochs {
      var lastRate = schedule(max(0, progress.step - 1))
      var isStopped = false
      try source.forEachBatch(epoch: progress.epoch, from: progress.consumed) { batch in
        let result =
          if let targets = batch.targets {
            try plan.step(images: batch.inputs, targets: targets)
          } else { try plan.step(images: batch.inputs, labels: batch.labels) }
        lastRate = schedule(progress.step)
        plan.apply(&optimizer, learningRate: lastRate, groups: groups)
        progress.step += 1
        progress.consumed = batch.consumed
        progress.lossSum += result.loss * Double(batch.labels.count)
        progress.rightCount += result.correct
        progress.seenCount += batch.labels.count
        events(.progress(done: batch.consumed, total: source.sampleCount, unit: "images"))
        isStopped = cancellation.isCancelled
        return !isStopped
      }
      progress.seconds = Date().timeIntervalSince(begin)
      if isStopped {
        try checkpoint.write(progress, model: plan.state(), optimizer: optimizer.state, best: best)
        throw CancellationError()
      }
      guard progress.seenCount > 0 else {
        throw EmbeddingError.nothingReadable(dataset: "the training images")
      }
      let evaluation = try validate(plan.network())
      if progress.isImprovement(evaluation) {
        progress.bestEpoch = progress.epoch + 1
        progress.bestValidation = evaluation
        best = plan.state()
      }
      progress.seconds = Date().timeIntervalSince(begin)
      progress.endEpoch(evaluation, learningRate: lastRate)
      if let record = progress.history.last { events(.epoch(record)) }
      try checkpoint.write(progress, model: plan.state(), optimizer: optimizer.state, best: best)
    }
    return Outcome(
      network: try network.withState(best ?? plan.state()), history: progress.history,
      bestEpoch: progress.bestEpoch, validation: progress.bestValidation)
  }
}
