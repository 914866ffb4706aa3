public import Images
internal import Tensors

/// Turns samples into batches of network input, decoding ahead on threads of its own.
///
/// The batches depend on the fields below and the epoch alone, not on the number of threads.
/// Pictures that cannot be read are skipped, the next one takes the place, and each is a finding of
/// the stream; so every batch but the last is full.
///
/// Memory: `threads` + 2 pieces of 8 pictures decoded ahead, the batch itself, and the cache if any.
public struct BatchLoader: Sendable {
  /// Whose samples are loaded, all of them; take a `subset(of:)` for one split.
  public var dataset: Dataset
  /// How a picture becomes network input.
  public var preprocessing: Preprocessing
  /// Random changes for training; nil renders each picture as for evaluation.
  public var augmentation: Augmentation?
  /// Pictures in a batch.
  public var batchSize: Int
  /// Whether each epoch visits the samples in an order of its own, drawn from `seed`.
  public var isShuffled: Bool
  /// Whether a last batch of fewer than `batchSize` pictures is left out.
  public var dropsLast: Bool
  /// Drives order and augmentation.
  public var seed: UInt64
  /// Threads that decode.
  public var threads: Int
  /// Keeps decoded pictures between epochs, if given.
  public var cache: ImageCache?

  /// A loader from its parts.
  public init(
    dataset: Dataset, preprocessing: Preprocessing, augmentation: Augmentation? = nil,
    batchSize: Int, isShuffled: Bool = false, dropsLast: Bool = false, seed: UInt64 = 0,
    threads: Int = 2, cache: ImageCache? = nil
  ) {
    precondition(batchSize > 0, "BatchLoader: batch size \(batchSize)")
    precondition(threads > 0, "BatchLoader: \(threads) threads")
    self.dataset = dataset
    self.preprocessing = preprocessing
    self.augmentation = augmentation
    self.batchSize = batchSize
    self.isShuffled = isShuffled
    self.dropsLast = dropsLast
    self.seed = seed
    self.threads = threads
    self.cache = cache
  }

  /// The largest number of batches that an epoch has (fewer if pictures cannot be read).
  public var batchCount: Int {
    let count = dataset.samples.count
    return dropsLast ? count / batchSize : (count + batchSize - 1) / batchSize
  }

  /// Starts decoding one epoch; iterate the result.
  public func batches(epoch: Int = 0) -> BatchStream { BatchStream(self, epoch: epoch) }

  /// The order in which an epoch visits the samples: indices into `dataset.samples`.
  public func order(epoch: Int) -> [Int] {
    let indices = Array(dataset.samples.indices)
    guard isShuffled else { return indices }
    let random = CounterRandom(seed: seed, key: "order/\(epoch)")
    return indices.map { (random.bits(at: UInt64($0)), $0) }.sorted { $0 < $1 }.map(\.1)
  }

  /// The square 8-bit picture of one sample in one epoch.
  func render(_ sample: Sample, epoch: Int) throws(ImageError) -> Image {
    // A training crop may take a small part, so it decodes with more to spare.
    let shorterSide = preprocessing.decodingSize * (augmentation == nil ? 1 : 2)
    let (preprocessing, isSquare) = (preprocessing, augmentation == nil)
    func load() throws(ImageError) -> Image {
      try dataset.rendered(sample, shorterSideAtLeast: shorterSide, steps: steps) {
        isSquare ? preprocessing.rendered($0) : $0
      }
    }
    let image =
      if let cache {
        try cache.image(for: "\(shorterSide)/\(steps)/\(sample.id)", load: load)
      } else { try load() }
    guard let augmentation else { return image }
    return augmentation.rendered(
      image, by: preprocessing, seed: seed, epoch: epoch, sample: sample.id)
  }

  /// What is worth keeping of a picture, in words: for evaluation the small square itself; chance works on
  /// the whole.
  private var steps: String {
    guard augmentation == nil else { return "whole" }
    return "square of \(preprocessing.imageSize) from \(preprocessing.scaledSize) by "
      + "\(preprocessing.resize), \(preprocessing.filter) on \(preprocessing.meanColour)"
  }
}
