import Datasets
import Foundation
import Images
import Tensors
import TestSupport
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

  /// What does not fit is decoded anew each time, and the batches are the same.
  @Test func aFullCacheKeepsWhatItHas() throws {
    let folder = try TemporaryFolder()
    for index in 0..<3 {
      let pixels = (0..<500 * 400).flatMap { (i) -> [UInt8] in
        [UInt8(truncatingIfNeeded: i), 5, UInt8(index)]
      }
      let picture = try Image(width: 500, height: 400, pixels: pixels).pngData()
      try folder.write(picture, to: "\(index % 2)/\(index).png")
    }
    let dataset = try Dataset.open(folder.url)
    let cache = ImageCache(maximumMegabytes: 1)
    func loader(_ cache: ImageCache?) -> BatchLoader {
      BatchLoader(
        dataset: dataset, preprocessing: Self.small, augmentation: .standard, batchSize: 2,
        isShuffled: true, seed: 3, cache: cache)
    }
    let first = all(loader(cache))
    // Each takes 600,000 of 1,048,576 bytes.
    #expect(cache.count == 1 && cache.bytes == 600_000)
    #expect(all(loader(cache)).map(\.images.values) == first.map(\.images.values))
    #expect(all(loader(nil)).map(\.images.values) == first.map(\.images.values))
  }

  /// Pictures inside a larger file, some damaged: the same batches and findings for all threads.
  @Test func packedPicturesLoadAlike() throws {
    let folder = try TemporaryFolder()
    var entries: [UInt8] = []
    for index in 0..<30 {
      let pixels = (0..<12).flatMap { _ -> [UInt8] in [UInt8(index), 9, 9] }
      var png = Array(try Image(width: 4, height: 3, pixels: pixels).pngData())
      if index % 10 == 4 { png.removeLast(30) }
      entries += Packing.tarEntry("c\(index % 3)/\(index).png", png)
    }
    try folder.write(Packing.tar(entries), to: "x.tar")
    let dataset = try Dataset.open(folder.url.appendingPathComponent("x.tar"))
    func load(_ threads: Int) -> (batches: [Batch], findings: [DataFinding]) {
      let stream = BatchLoader(
        dataset: dataset, preprocessing: Self.small, batchSize: 8, isShuffled: true, seed: 1,
        threads: threads
      ).batches()
      return (Array(stream), stream.findings)
    }
    let one = load(1)
    #expect(one.batches.map(\.labels.count) == [8, 8, 8, 3])
    #expect(one.findings.map(\.code) == [.corrupt, .corrupt, .corrupt])
    #expect(
      one.findings.flatMap(\.paths).sorted()
        == ["x.tar/c1/4.png", "x.tar/c2/14.png", "x.tar/c0/24.png"].sorted())
    for threads in [2, 4] {
      let other = load(threads)
      #expect(other.batches.map(\.images.values) == one.batches.map(\.images.values))
      #expect(other.batches.map(\.labels) == one.batches.map(\.labels))
      #expect(other.findings == one.findings)
    }
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
