import Datasets
import Images
import Tensors

/// One batch to train on, and how far into the epoch's order it reaches.
struct TrainingBatch {
  /// `[B, …]`, images or what a frozen prefix made of them.
  let inputs: Tensor
  /// The class of each.
  let labels: [Int]
  /// `[B, C]`, what the scores should lead to where that is not the labels alone; nil elsewhere.
  var targets: Tensor?
  /// Samples of the epoch's order that are used up with this batch.
  let consumed: Int
}

/// Where training batches come from: pictures, or the cached output of a frozen prefix.
///
/// What an epoch holds depends on the seed and the epoch alone, so that a run can be taken up again
/// in the middle of one.
protocol TrainingSource {
  /// The number of samples of an epoch, those that turn out unreadable included.
  var sampleCount: Int { get }

  /// Calls `body` with each batch of an epoch, from a place in its order on, until it returns false.
  func forEachBatch(
    epoch: Int, from consumed: Int, _ body: (TrainingBatch) throws -> Bool) throws

  /// The pictures that could not be read so far, each as a sentence.
  var unreadable: [String] { get }
}

/// Batches of pictures, decoded ahead, varied at random, and mixed where the augmentation says so.
final class PictureSource: TrainingSource {
  private let loader: BatchLoader
  private let labelSmoothing: Double
  private var sentences: [String] = []

  /// - Parameter labelSmoothing: goes into the targets of mixed batches; others leave it to the loss.
  init(_ loader: BatchLoader, labelSmoothing: Double) {
    self.loader = loader
    self.labelSmoothing = labelSmoothing
  }

  var sampleCount: Int { loader.dataset.samples.count }
  var unreadable: [String] { sentences }

  func forEachBatch(
    epoch: Int, from consumed: Int, _ body: (TrainingBatch) throws -> Bool
  ) throws {
    let order = loader.order(epoch: epoch)
    var rest = loader
    rest.dataset = loader.dataset.subset(at: Array(order.dropFirst(consumed)))
    rest.isShuffled = false
    let stream = rest.batches(epoch: epoch)
    defer {
      stream.cancel()
      for finding in stream.findings {
        let sentence = ImageInference.sentence(finding)
        if !sentences.contains(sentence) { sentences.append(sentence) }
      }
    }
    // A batch is told by the place in the order at which it begins, so that a run that is taken up
    // again draws the same mixes.
    var place = consumed
    while let batch = stream.next() {
      let mixed = loader.augmentation?.mixup.map {
        batch.mixed(
          by: $0, classCount: loader.dataset.classNames.count, labelSmoothing: labelSmoothing,
          seed: loader.seed, epoch: epoch, batch: place)
      }
      place = consumed + (batch.indices.last ?? -1) + 1
      let goesOn = try body(
        TrainingBatch(
          inputs: mixed?.images ?? batch.images, labels: batch.labels, targets: mixed?.targets,
          consumed: place))
      if !goesOn { return }
    }
  }
}

/// Batches from a table of activations that a frozen prefix left on disk, several views a picture.
final class CachedSource: TrainingSource {
  private let cache: FrozenPrefixCache
  private let batchSize: Int
  private let seed: UInt64

  init(_ cache: FrozenPrefixCache, batchSize: Int, seed: UInt64) {
    self.cache = cache
    self.batchSize = batchSize
    self.seed = seed
  }

  var sampleCount: Int { cache.labels.count }
  var unreadable: [String] { cache.unreadable }

  func forEachBatch(
    epoch: Int, from consumed: Int, _ body: (TrainingBatch) throws -> Bool
  ) throws {
    let random = CounterRandom(seed: seed, key: "order/\(epoch)")
    let order = cache.labels.indices.map { (random.bits(at: UInt64($0)), $0) }.sorted { $0 < $1 }
    var start = consumed
    while start < order.count {
      let end = min(start + batchSize, order.count)
      // A last batch of one has no batch statistics; it is left out like a loader's short last one.
      guard end - start == batchSize || start == 0 else { return }
      // Each picture walks through its views from a place of its own.
      let rows = order[start..<end].map { bits, row in
        (row: row, view: (epoch + Int(truncatingIfNeeded: bits & 0xffff)) % cache.viewCount)
      }
      let batch = TrainingBatch(
        inputs: cache.inputs(rows), labels: rows.map { cache.labels[$0.row] }, consumed: end)
      if try !body(batch) { return }
      start = end
    }
  }
}
