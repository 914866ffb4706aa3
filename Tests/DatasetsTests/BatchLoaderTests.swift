import Datasets
import Foundation
import Images
import Tensors
import Testing

struct BatchLoaderTests {
  private static let small = Preprocessing(imageSize: 8, cropPercent: 1)

  /// Twenty pictures and three files that are none.
  private func mixed(_ folder: TemporaryFolder) throws -> Dataset {
    try folder.pictures("a", 12)
    try folder.pictures("b", 8, from: 500)
    try folder.write("words".utf8, to: "a/100.png")
    try folder.write([], to: "a/3x.png")
    try folder.write("words".utf8, to: "b/4x.jpg")
    return try Dataset.open(folder.url)
  }

  private func all(_ loader: BatchLoader, epoch: Int = 0) -> [Batch] {
    Array(loader.batches(epoch: epoch))
  }

  @Test func batchesAreFullAndBadPicturesAreFindings() throws {
    let folder = try TemporaryFolder()
    let dataset = try mixed(folder)
    var loader = BatchLoader(dataset: dataset, preprocessing: Self.small, batchSize: 6)
    let stream = loader.batches()
    let batches = Array(stream)
    #expect(batches.map(\.labels.count) == [6, 6, 6, 2])
    #expect(batches.map { $0.images.shape[0] } == [6, 6, 6, 2])
    let seen = batches.flatMap(\.indices)
    #expect(seen == seen.sorted() && seen.count == 20)
    #expect(stream.findings.map(\.code) == [.notAnImage, .corrupt, .notAnImage])
    #expect(stream.findings.flatMap(\.paths) == ["a/100.png", "a/3x.png", "b/4x.jpg"])
    loader.dropsLast = true
    #expect(all(loader).map(\.labels.count) == [6, 6, 6])
  }

  @Test func theOrderIsThatOfTheSeedWhateverTheThreads() throws {
    let folder = try TemporaryFolder()
    let dataset = try mixed(folder)
    func run(threads: Int, seed: UInt64 = 5, epoch: Int = 2, cache: ImageCache? = nil) -> [Batch] {
      let loader = BatchLoader(
        dataset: dataset, preprocessing: Self.small, augmentation: .standard, batchSize: 7,
        isShuffled: true, seed: seed, threads: threads, cache: cache)
      return all(loader, epoch: epoch)
    }
    let one = run(threads: 1)
    let cache = ImageCache(maximumMegabytes: 1)
    for other in [run(threads: 4), run(threads: 2, cache: cache), run(threads: 2, cache: cache)] {
      #expect(other.map(\.indices) == one.map(\.indices))
      #expect(other.map(\.labels) == one.map(\.labels))
      #expect(other.map(\.images.values) == one.map(\.images.values))
    }
    #expect(cache.count == 20)
    #expect(cache.bytes == 20 * 4 * 3 * 3)
    #expect(run(threads: 2, seed: 6).flatMap(\.indices) != one.flatMap(\.indices))
    #expect(run(threads: 2, epoch: 3).flatMap(\.indices) != one.flatMap(\.indices))
    #expect(Set(one.flatMap(\.indices)).count == 20)
  }

  @Test func theCacheIsBounded() throws {
    let folder = try TemporaryFolder()
    let dataset = try mixed(folder)
    let cache = ImageCache(maximumMegabytes: 0)
    let loader = BatchLoader(
      dataset: dataset, preprocessing: Self.small, batchSize: 20, cache: cache)
    #expect(all(loader).count == 1)
    #expect(cache.count == 0 && cache.bytes == 0)
  }

  @Test func valuesAreThoseOfThePreprocessing() throws {
    let folder = try TemporaryFolder()
    let dataset = try mixed(folder)
    let loader = BatchLoader(dataset: dataset, preprocessing: Self.small, batchSize: 3)
    let batch = try #require(loader.batches().next())
    for (slot, index) in batch.indices.enumerated() {
      let square = Self.small.rendered(try dataset.loadImage(dataset.samples[index]))
      var expected = [Float](repeating: 0, count: 8 * 8 * 3)
      expected.withUnsafeMutableBufferPointer {
        Self.small.normalisation.write(square, to: $0)
      }
      #expect(batch.images.row(slot).values == expected)
    }
  }

  @Test func cancellingEndsTheStream() throws {
    let folder = try TemporaryFolder()
    let loader = BatchLoader(
      dataset: try mixed(folder), preprocessing: Self.small, batchSize: 2)
    let stream = loader.batches()
    #expect(stream.next() != nil)
    stream.cancel()
    #expect(stream.next() == nil)
  }

  @Test func nothingReadableIsNoBatch() throws {
    let folder = try TemporaryFolder()
    try folder.write("words".utf8, to: "a/1.png")
    try folder.write("words".utf8, to: "b/1.png")
    let loader = BatchLoader(
      dataset: try Dataset.open(folder.url), preprocessing: Self.small, batchSize: 2)
    let stream = loader.batches()
    #expect(stream.next() == nil)
    #expect(stream.findings.count == 2)
  }
}
