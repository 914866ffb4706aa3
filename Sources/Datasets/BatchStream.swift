internal import Images
public import Tensors

/// Pictures and labels as a network takes them.
public struct Batch: Sendable {
  /// [B, imageSize, imageSize, 3], normalised, in the channel order of the preprocessing.
  public let images: Tensor
  /// B labels, 0-based.
  public let labels: [Int]
  /// B indices into the `samples` of the loader's data set.
  public let indices: [Int]
}

/// The batches of one epoch, in order; decoding runs ahead while the caller works.
///
/// To be read from one thread. It ends early when it or the surrounding task is cancelled.
public final class BatchStream: Sequence, IteratorProtocol {
  /// One decoded square or the reason why there is none.
  private struct Piece: Sendable {
    var pictures: [(index: Int, image: Image)] = []
    var failures: [(index: Int, error: ImageError)] = []
  }

  private static let pieceSize = 8

  private let loader: BatchLoader
  private let epoch: Int
  private let prefetch: OrderedPrefetch<Piece>
  private let normalisation: Normalisation
  private var waiting: [(index: Int, image: Image)] = []

  /// The pictures that were skipped so far, in the order in which they were met.
  public private(set) var findings: [DataFinding] = []

  init(_ loader: BatchLoader, epoch: Int) {
    let order = loader.order(epoch: epoch)
    self.loader = loader
    self.epoch = epoch
    normalisation = loader.preprocessing.normalisation
    let size = Self.pieceSize
    prefetch = OrderedPrefetch(
      count: (order.count + size - 1) / size, threads: loader.threads, ahead: loader.threads + 2
    ) { number in
      var piece = Piece()
      for index in order[number * size..<Swift.min((number + 1) * size, order.count)] {
        do throws(ImageError) {
          let image = try loader.render(loader.dataset.samples[index], epoch: epoch)
          piece.pictures.append((index, image))
        } catch {
          piece.failures.append((index, error))
        }
      }
      return piece
    }
  }

  /// The next batch, or nil at the end of the epoch or when cancelled.
  public func next() -> Batch? {
    while waiting.count < loader.batchSize {
      if Task.isCancelled { prefetch.cancel() }
      guard let piece = prefetch.next() else { break }
      waiting += piece.pictures
      findings += piece.failures.map {
        DataFinding($0.error, path: loader.dataset.samples[$0.index].id)
      }
    }
    if Task.isCancelled { return nil }
    guard !waiting.isEmpty, waiting.count >= loader.batchSize || !loader.dropsLast else {
      return nil
    }
    let taken = waiting.prefix(loader.batchSize)
    waiting.removeFirst(taken.count)
    return batch(Array(taken))
  }

  /// Stops the threads; `next` then returns nil.
  public func cancel() {
    prefetch.cancel()
    waiting.removeAll()
  }

  private func batch(_ pictures: [(index: Int, image: Image)]) -> Batch {
    let side = loader.preprocessing.imageSize
    let stride = side * side * 3
    var images = Tensor(shape: [pictures.count, side, side, 3])
    images.withUnsafeMutableBufferPointer { target in
      for (slot, picture) in pictures.enumerated() {
        let values = UnsafeMutableBufferPointer(
          rebasing: target[slot * stride..<(slot + 1) * stride])
        normalisation.write(picture.image, to: values)
        loader.augmentation?.randomErasing?.apply(
          to: values, width: side, height: side, seed: loader.seed, epoch: epoch,
          sample: loader.dataset.samples[picture.index].id)
      }
    }
    return Batch(
      images: images, labels: pictures.map { loader.dataset.samples[$0.index].label },
      indices: pictures.map(\.index))
  }
}
