import Checkpoints
import FineTuning
import Foundation
import Images
import Networks
import Taxonomy

/// Turns the taxonomy's advice on regimes into recipes that can be run.
struct RecipeWriting {
  /// The network that the recipes start from.
  let model: Model
  /// Labelled images to train on.
  let trainingImages: Int
  /// How validation images are set aside.
  let split: Recipe.Split
  /// How picture files are decoded.
  let decoding: DecodingOptions
  /// The seed of the recipes.
  let seed: UInt64
  /// Images that the engine embeds per second with this model on this machine.
  let imagesPerSecond: Double?
  /// What the cross-validated probe reached.
  let probe: Recipe.Estimate?

  /// The recipes of all regimes that can be run, best first; weights are shares among them.
  ///
  /// Advice for a regime that this version can't run stays in the taxonomy's own answer.
  func recipes(from advice: Advice) -> [Recipe] {
    let runnable = advice.regimes.compactMap { advised in
      Regimes.all.first { $0.id == advised.regime }.map { (advised, $0) }
    }
    let total = runnable.reduce(0) { $0 + $1.0.weight }
    return runnable.map { advised, regime in
      recipe(advised, regime, share: total > 0 ? advised.weight / total : 0, advice)
    }
  }

  /// The recipe of a regime by its own defaults, without advice.
  func recipe(_ regime: any Regime) -> Recipe {
    recipe(
      regime, regime.defaults(trainingImages: trainingImages, network: model.network),
      augmentation: regime.augmentation(flipProbability: nil))
  }

  private func recipe(
    _ advised: RegimeAdvice, _ regime: any Regime, share: Double, _ advice: Advice
  ) -> Recipe {
    var result = recipe(
      regime, values(advised, regime),
      augmentation: regime.augmentation(
        flipProbability: advised.band(.horizontalFlip)?.middle))
    result.weight = share
    result.reasons = reasons(advised, advice)
    return result
  }

  private func recipe(
    _ regime: any Regime, _ values: Hyperparameters, augmentation: Augmentation?
  ) -> Recipe {
    Recipe(
      name: "\(regime.id) on \(model.card.id)",
      model: Recipe.ModelReference(
        id: model.card.id, architecture: model.card.architecture, weights: model.file.path,
        sha256: model.sha256, details: model.details),
      regime: regime.id, hyperparameters: values, preprocessing: Preprocessing(model.card.input),
      augmentation: augmentation, decoding: decoding == DecodingOptions() ? nil : decoding,
      split: split, seed: seed,
      expectedAccuracy: regime is LinearProbe ? probe : nil,
      expectedSeconds: imagesPerSecond.map {
        regime.cost(of: values, images: trainingImages) / $0
      })
  }

  /// The middles of the advised bands, completed by the regime's defaults.
  private func values(_ advised: RegimeAdvice, _ regime: any Regime) -> Hyperparameters {
    let defaults = regime.defaults(trainingImages: trainingImages, network: model.network)
    // The bands speak of fine-tuning; a probe has no such values, and random weights need others.
    guard defaults.epochs != nil, regime.startsFromPretrainedWeights else { return defaults }
    var values = Hyperparameters()
    let momentum = advised.band(.momentum)?.middle ?? defaults.momentum ?? 0.9
    values.momentum = rounded(momentum)
    if let effective = advised.band(.effectiveLearningRate)?.middle {
      // Li et al. give effective rates for 300 epochs in batches of 256. Smaller batches ask for a
      // smaller step and our far shorter schedules for a larger one: taken to cancel, by Graft.
      let scale = advised.band(.learningRateScale)?.middle ?? 1
      values.learningRate = rounded(
        Hyperparameter.learningRate(effective: effective * scale, momentum: momentum))
    }
    values.headLearningRateFactor = advised.band(.headLearningRateFactor).map {
      rounded($0.middle)
    }
    values.weightDecay = advised.band(.weightDecay).map {
      $0.middle <= 1e-7 ? 0 : rounded($0.middle)
    }
    values.labelSmoothing = advised.band(.labelSmoothing).map { rounded($0.middle) }
    if let degree = advised.band(.frozenBatchNorm)?.middle {
      values.batchNorm = degree >= 0.5 ? "frozen" : "train"
    }
    if defaults.trainableFrom != nil, let share = advised.band(.frozenShare)?.middle {
      values.trainableFrom = stage(frozenShare: share)
    }
    return values.completed(by: defaults)
  }

  /// The first stage to train when this share of the stages stays; at least one stays, and one
  /// besides the head is trained.
  private func stage(frozenShare: Double) -> String? {
    let names = model.network.graph.stages.map(\.name)
    guard names.count > 3 else { return nil }
    let frozen = Int((Double(names.count) * frozenShare).rounded())
    return names[min(max(frozen, 1), names.count - 3)]
  }

  private func reasons(_ advised: RegimeAdvice, _ advice: Advice) -> [Recipe.Reason] {
    let bands = advised.hyperparameters.flatMap(\.reasons)
    let speaking = advised.reasons.filter { $0.contribution > 0 }.map(\.ruleID) + bands
    var seen = Set<String>()
    return speaking.filter { seen.insert($0).inserted }.compactMap { id in
      advice.findings.first { $0.ruleID == id }.map { finding in
        Recipe.Reason(
          rule: id, why: finding.why,
          citations: finding.citations.map { work in
            (work.text.hasSuffix(".") ? String(work.text.dropLast()) : work.text)
              + ", \(work.place)"
          })
      }
    }
  }

  /// Two significant digits: a band's middle is no more exact than that.
  private func rounded(_ value: Double) -> Double {
    guard value > 0, value.isFinite else { return value }
    let power = pow(10, floor(log10(value)) - 1)
    // Divided, not multiplied: 3 / 1000 is the nearest number to 0.003, and 3 · 0.001 is not.
    return power < 1
      ? (value / power).rounded() / (1 / power).rounded() : (value / power).rounded() * power
  }
}
