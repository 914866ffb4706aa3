import Checkpoints
import Datasets
import FineTuning
import Foundation
import Images
import Networks
import Taxonomy
import Tensors
import Transferability

/// What is measured of one candidate on the data.
struct CandidateStudy {
  let model: Model
  let probe: Recipe.Estimate
  /// The share of the most frequent class.
  let chance: Double
  let evidence: [SimilarityEvidence]
  let imagesPerSecond: Double?

  /// Pictures on which BatchNorm's statistics are compared.
  private static let divergenceImages = 64

  init(
    model: Model, table: EmbeddedDataset, images: Dataset, seed: UInt64, scorecard: Scorecard
  ) throws {
    let embeddings = table.embeddings
    let classCount = embeddings.classNames.count
    self.model = model
    imagesPerSecond = table.imagesPerSecond
    var counts = [Int](repeating: 0, count: classCount)
    for label in embeddings.labels { counts[label] += 1 }
    chance = Double(counts.max() ?? 0) / Double(embeddings.count)
    let scores = scorecard.candidates.first { $0.model == model.card.id }
    guard let expected = scores?.expectedAccuracy, let value = expected.value,
      let low = expected.low, let high = expected.high
    else { throw AdvisorError.unusableFeatures(model: model.card.id) }
    probe = Recipe.Estimate(value: value, low: low, high: high, method: expected.method)

    var evidence: [SimilarityEvidence] = []
    let chance = chance
    let skill = { (accuracy: Double) in max(-1, (accuracy - chance) / (1 - chance)) }
    if chance < 1 {
      evidence.append(
        SimilarityEvidence(
          kind: .probeSkill, rawValue: skill(probe.value), low: skill(probe.low),
          high: skill(probe.high)))
    }
    if let divergence = try Self.divergence(model, images: images, seed: seed) {
      evidence.append(SimilarityEvidence(kind: .batchNormDivergence, rawValue: divergence))
    }
    if let probabilities = embeddings.sourceProbabilities {
      evidence.append(Self.confidence(probabilities))
      if let leep = scores?.scores["leep"]?.value {
        evidence.append(
          SimilarityEvidence(
            kind: .leepShare,
            rawValue: max(-1, min(1, 1 + leep / Self.entropy(counts, of: embeddings.count)))))
      }
    }
    self.evidence = evidence
  }

  func summary(similarity: Estimate) -> AdviceReport.CandidateSummary {
    AdviceReport.CandidateSummary(
      model: model.card.id, architecture: model.card.architecture,
      parameterCount: model.network.parameterCount, featureCount: model.network.featureCount,
      imageSize: model.card.input.imageSize, sourceData: model.card.sourceData?.name,
      probe: probe, similarity: similarity, imagesPerSecond: imagesPerSecond)
  }

  /// How far the pictures' statistics inside the network are from those it was trained with.
  private static func divergence(_ model: Model, images: Dataset, seed: UInt64) throws -> Double? {
    let part =
      images.samples.count > divergenceImages
      ? images.limited(to: divergenceImages, seed: seed) : images
    let loader = BatchLoader(
      dataset: part, preprocessing: Preprocessing(model.card.input), batchSize: divergenceImages,
      threads: Parallel.threadCount)
    guard let batch = loader.batches().next(), batch.labels.count > 1 else { return nil }
    let side = model.card.input.imageSize
    guard
      let divergence = try BatchNormDivergence(
        network: model.network, batchSize: batch.labels.count,
        inputShape: SampleShape(height: side, width: side, channels: 3))
    else { return nil }
    try divergence.add(batch.images)
    return divergence.result()?.value
  }

  /// The mean of the source head's largest probability, with the interval of a mean.
  private static func confidence(_ probabilities: Tensor) -> SimilarityEvidence {
    let width = probabilities.rowLength
    let peaks = probabilities.withUnsafeBufferPointer { values in
      (0..<probabilities.rowCount).map { row in
        Double(values[(row * width)..<((row + 1) * width)].max() ?? 0)
      }
    }
    let count = Double(peaks.count)
    let mean = peaks.reduce(0, +) / count
    let variance = peaks.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(count - 1, 1)
    let half = 1.96 * (variance / count).squareRoot()
    return SimilarityEvidence(
      kind: .headConfidence, rawValue: mean, low: max(0, mean - half), high: min(1, mean + half))
  }

  /// The entropy of the labels, in nats.
  private static func entropy(_ counts: [Int], of total: Int) -> Double {
    counts.filter { $0 > 0 }.reduce(0) { sum, count in
      let share = Double(count) / Double(total)
      return sum - share * log(share)
    }
  }
}

/// Why no advice can be given.
public enum AdvisorError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The features are not finite or there are too few images.
  case unusableFeatures(model: String)

  /// One sentence for the person.
  public var description: String {
    switch self {
    case .unusableFeatures(let model):
      "The model \(model) gives no usable features on these images (fewer than two images, or "
        + "values that are not finite); check its card's mean, std and architecture."
    }
  }
}
