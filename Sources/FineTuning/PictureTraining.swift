import Checkpoints
import Datasets
import Foundation
import Images
import Networks
import Tensors

/// Gradient training that sees the pictures anew in every epoch.
struct PictureTraining {
  let job: TrainingJob
  let network: Network
  let startIsFitted: Bool
  let trainable: TrainableSet

  func run() throws -> TrainedModel {
    let values = job.recipe.hyperparameters
    let preprocessing = job.recipe.preprocessing
    let training = job.dataset.subset(of: .train)
    let validation = job.dataset.subset(of: .validation)
    let batchSize = min(values.batchSize ?? 32, training.samples.count)
    let images = ImageCache()
    let source = PictureSource(
      BatchLoader(
        dataset: training, preprocessing: preprocessing, augmentation: job.recipe.augmentation,
        batchSize: batchSize, isShuffled: true, dropsLast: training.samples.count >= batchSize,
        seed: job.recipe.seed, threads: Parallel.threadCount, cache: images),
      labelSmoothing: values.labelSmoothing ?? 0)
    var unreadable: [String] = []
    job.events(
      .phase(
        "Training \(network.architecture) on \(training.samples.count) images for "
          + "\(values.epochs ?? 1) epochs"))
    let outcome = try GradientTraining(
      network: network, startIsFitted: startIsFitted,
      inputShape: SampleShape(
        height: preprocessing.imageSize, width: preprocessing.imageSize, channels: 3),
      trainable: trainable, hyperparameters: values, seed: job.recipe.seed, source: source,
      validate: { state in
        let result = try Evaluation.of(
          state, on: validation, preprocessing: preprocessing,
          batchSize: job.embedding.batchSize, cache: images, events: { _ in },
          cancellation: Cancellation())
        unreadable = result.unreadable
        return result.evaluation
      },
      checkpoint: TrainingCheckpoint(folder: job.folder.appendingPathComponent("checkpoint")),
      resumes: job.resumes, events: job.events, cancellation: job.cancellation
    ).run()
    return TrainedModel(
      network: outcome.network, chosen: ["epoch": Double(outcome.bestEpoch)],
      history: outcome.history, validation: outcome.validation,
      unreadable: source.unreadable + unreadable)
  }
}

/// Defaults that the gradient regimes share.
enum GradientDefaults {
  /// As many epochs as give about this many steps, within bounds.
  static func values(
    trainingImages: Int, steps: Int, epochs: ClosedRange<Int>
  ) -> Hyperparameters {
    var values = Hyperparameters()
    let batchSize = max(2, min(32, trainingImages / 4))
    values.batchSize = batchSize
    let wanted = steps * batchSize / max(trainingImages, 1)
    values.epochs = min(max(wanted, epochs.lowerBound), epochs.upperBound)
    values.learningRate = 0.005
    values.headLearningRateFactor = 10
    values.momentum = 0.9
    values.weightDecay = 1e-4
    values.warmupFraction = 0.1
    values.labelSmoothing = 0
    values.batchNorm = "train"
    values.headInitialization = "probe"
    return values
  }
}
