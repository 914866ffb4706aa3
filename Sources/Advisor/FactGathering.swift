import Checkpoints
import Datasets
import FineTuning
import Networks
import Profiling
import Taxonomy
import Transferability

/// What is known of a task and one candidate, in the words of the rules.
struct FactGathering {
  let profile: DatasetProfile
  let model: Model
  let probe: Recipe.Estimate
  let chance: Double
  let candidateCount: Int
  let topDistinguishable: Bool?

  /// The facts; what nothing tells is left unknown.
  var facts: Facts {
    var facts = Facts()
    let training = profile.splits.first { $0.split == .train } ?? profile.splits.first
    let counts = (training?.classCounts ?? []).filter { $0 > 0 }
    facts.set(.trainingImages, training?.count)
    facts.set(.classes, counts.count)
    facts.set(.imagesPerClassMedian, Spread(counts.map(Double.init))?.median)
    facts.set(.imagesPerClassMinimum, counts.min())
    if let most = counts.max(), let least = counts.min() {
      facts.set(.imbalanceRatio, Double(most) / Double(least))
    }
    facts.set(
      .duplicateShare, Double(profile.duplicates.exact) / Double(max(1, profile.sampleCount)))
    let heldOut = profile.splits.dropFirst().reduce(0) { $0 + $1.count }
    facts.set(
      .leakageShare, heldOut > 0 ? Double(profile.duplicates.leaked) / Double(heldOut) : nil)
    facts.set(.corruptShare, damagedShare)
    if let width = profile.widths?.median, let height = profile.heights?.median {
      facts.set(.imageSideMedian, min(width, height))
    }
    facts.set(.greyscaleShare, profile.greyShare)
    facts.set(.sourceImageCount, model.card.sourceData?.imageCount)
    facts.set(.sourceHasHead, model.network.graph.logitsNode != nil)
    if model.card.classCount > 0 { facts.set(.sourceClassCount, model.card.classCount) }
    facts.set(.parameters, model.network.parameterCount)
    facts.set(.hasBatchNorm, model.network.graph.parameters.contains { $0.role == .buffer })
    facts.set(.isVisionTransformer, false)
    facts.set(.probeAccuracy, probe.value)
    facts.set(.probeChance, chance)
    facts.set(.candidates, candidateCount)
    facts.set(.topDistinguishable, topDistinguishable)
    return facts
  }

  private var damagedShare: Double {
    Double(profile.sampleCount - profile.readableCount) / Double(max(profile.sampleCount, 1))
  }
}
