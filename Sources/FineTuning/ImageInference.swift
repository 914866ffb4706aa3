import Datasets
import Images
import Networks
import Tensors

/// Runs a network over the pictures of a data set, batch by batch.
///
/// Pictures are decoded ahead on threads of their own; memory does not grow with their number
/// besides what `consume` keeps.
struct ImageInference {
  let network: Network
  let preprocessing: Preprocessing
  let batchSize: Int
  let outputs: [InferencePlan.Output]
  var precision = Precision.float32
  var cache: ImageCache?

  /// Runs the network over every sample in order.
  ///
  /// - Parameters:
  ///   - dataset: the pictures.
  ///   - consume: receives each batch with the requested outputs, `[B, …]` each.
  /// - Returns: the pictures that could not be read, a finding for each.
  /// - Throws: `CancellationError`; errors of the network.
  func run(
    over dataset: Dataset, events: RunEventHandler, cancellation: Cancellation,
    _ consume: (Batch, [Tensor]) throws -> Void
  ) throws -> [DataFinding] {
    let size = preprocessing.imageSize
    let plan = try InferencePlan(
      network: network, batchSize: min(batchSize, max(dataset.samples.count, 1)),
      imageHeight: size, imageWidth: size, outputs: outputs, precision: precision)
    let loader = BatchLoader(
      dataset: dataset, preprocessing: preprocessing, batchSize: plan.batchSize,
      threads: Parallel.threadCount, cache: cache)
    let stream = loader.batches()
    defer { stream.cancel() }
    var done = 0
    let total = dataset.samples.count
    while let batch = stream.next() {
      try cancellation.check()
      let results = try plan.run(batch.images)
      try Self.checkFinite(results, of: network)
      try consume(batch, results)
      done += batch.labels.count
      events(.progress(done: done, total: total, unit: "images"))
    }
    events(.progress(done: total, total: total, unit: "images"))
    return stream.findings
  }

  /// Stops before a NaN spreads into scores and records.
  static func checkFinite(_ results: [Tensor], of network: Network) throws {
    let isFinite = results.allSatisfy { result in
      result.withUnsafeBufferPointer { $0.allSatisfy(\.isFinite) }
    }
    if !isFinite { throw EmbeddingError.notFinite(architecture: network.architecture) }
  }

  static func sentence(_ finding: DataFinding) -> String {
    finding.paths.isEmpty ? finding.message : "\(finding.paths[0]): \(finding.message)"
  }
}
