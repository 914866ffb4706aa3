public import Checkpoints
import Datasets
public import FineTuning
import Networks
public import Profiling

extension FeatureStudy {
  /// Embeds every picture of an examination and studies the features.
  ///
  /// - Throws: `CancellationError`; `EmbeddingError`; errors of the network.
  public static func computed(
    _ examination: Examination, model: Model, seed: UInt64, embedding: EmbeddingOptions,
    events: @escaping RunEventHandler, cancellation: Cancellation
  ) throws -> FeatureStudy {
    let dataset = examination.dataset
    events(.phase("Embedding \(dataset.samples.count) images with \(model.card.id)"))
    let embedded = try EmbeddedDataset.compute(
      dataset, model: model, options: embedding, events: events, cancellation: cancellation)
    events(.phase("Fitting probes"))
    return try FeatureStudy(
      examination, model: model.card.id, features: embedded.embeddings.features,
      ids: embedded.embeddings.paths, seed: seed, shouldStop: { cancellation.isCancelled })
  }
}
