import Checkpoints
import Datasets
import Networks

/// The network that gradient training starts from: pre-trained weights with a head for the new
/// classes.
///
/// A head that starts as the linear probe doesn't send large random gradients through features that
/// are already good, and the training can't end below the probe on validation images, whose state
/// counts as epoch 0.
///
/// - Reference: Kumar et al. (2022), "Fine-tuning can distort pretrained features and underperform
///   out-of-distribution", §3.4 (the head first, by a linear probe).
enum StartingNetwork {
  /// Makes the network.
  ///
  /// - Returns: the network, and whether its head is fitted.
  static func make(_ job: TrainingJob) throws -> (network: Network, isFitted: Bool) {
    // A run that is taken up again gets all weights from its checkpoint.
    guard job.recipe.hyperparameters.headInitialization == "probe", !job.resumes else {
      let network = try job.model.network.replacingHead(
        classCount: job.dataset.classNames.count, seed: job.recipe.seed)
      return (network, false)
    }
    let probe = LinearProbe()
    var fitting = job
    fitting.recipe.hyperparameters = probe.defaults(
      trainingImages: job.dataset.samples.count, network: job.model.network)
    // Validation images must stay unseen: they choose the epoch.
    fitting.recipe.hyperparameters.refit = false
    return (try probe.train(fitting).network, true)
  }
}
