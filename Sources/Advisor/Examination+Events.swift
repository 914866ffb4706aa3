public import Datasets
public import FineTuning
public import Profiling
import Tensors

extension Examination {
  /// Looks at every picture of a data set, telling how far it has come.
  ///
  /// Every command that splits data does this first, so that all of them part the same pictures.
  ///
  /// - Throws: `CancellationError` only.
  public static func of(
    _ dataset: Dataset, events: RunEventHandler, cancellation: Cancellation
  ) throws -> Examination {
    events(.phase("Looking at \(dataset.samples.count) images"))
    return try Profiler(threads: Parallel.threadCount).examine(
      dataset,
      progress: { events(.progress(done: $0.done, total: $0.total, unit: "images")) },
      shouldStop: { cancellation.isCancelled })
  }
}
