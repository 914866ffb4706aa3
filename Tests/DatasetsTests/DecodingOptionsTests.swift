import Datasets
import Foundation
import Images
import Tensors
import TestSupport
import Testing

/// What a data set says of decoding reaches every picture, wherever it lies.
struct DecodingOptionsTests {
  /// A PNG of 4 × 3 transparent pixels.
  private static let transparent = Array(
    Data(
      base64Encoded:
        "iVBORw0KGgoAAAANSUhEUgAAAAQAAAADCAYAAAC09K7GAAAAFElEQVR4nGM8kWLEgAyYGNAAhgAARGABZB4Y8/wAAAAA"
        + "SUVORK5CYII=") ?? Data())

  /// The same two pictures as files and inside a shard.
  private func sets(_ folder: TemporaryFolder) throws -> [Dataset] {
    var entries: [UInt8] = []
    for (name, label) in [("x", "a"), ("y", "b")] {
      try folder.write(Self.transparent, to: "files/\(label)/\(name).png")
      entries += Packing.tarEntry("\(name).cls", Array(label.utf8))
      entries += Packing.tarEntry("\(name).png", Self.transparent)
    }
    try folder.write(Packing.tar(entries), to: "train-0.tar")
    return [
      try Dataset.open(folder.url.appendingPathComponent("files")),
      try Dataset.open(folder.url.appendingPathComponent("train-0.tar")),
    ]
  }

  @Test func theBackgroundShowsThrough() throws {
    let folder = try TemporaryFolder()
    for var dataset in try sets(folder) {
      #expect(try dataset.loadImage(dataset.samples[0]).pixels == Array(repeating: 255, count: 36))
      dataset.decoding.background = Colour(red: 1, green: 2, blue: 3)
      let expected = (0..<12).flatMap { _ in [UInt8](arrayLiteral: 1, 2, 3) }
      #expect(try dataset.loadImage(dataset.samples[0]).pixels == expected)
      // Subsets and splits keep it.
      let part = dataset.subset(of: .train).split(
        validationFraction: 0.5, testFraction: 0, seed: 1)
      #expect(try part.loadImage(part.samples[0]).pixels == expected)
      let batch = BatchLoader(
        dataset: part,
        preprocessing: Preprocessing(
          imageSize: 3, mean: [0, 0, 0], standardDeviation: [1, 1, 1], cropPercent: 1),
        batchSize: 1
      ).batches().next()
      let levels = (batch?.images.values ?? []).prefix(3).map { ($0 * 255).rounded() }
      #expect(levels == [1, 2, 3])
    }
  }

  @Test func limitsHold() throws {
    let folder = try TemporaryFolder()
    for var dataset in try sets(folder) {
      let sample = dataset.samples[0]
      dataset.decoding.limits.maximumPixels = 11
      #expect(throws: ImageError.self) { try dataset.loadImage(sample) }
      dataset.decoding.limits.maximumPixels = 12
      _ = try dataset.loadImage(sample)
      dataset.decoding.limits.maximumFileSize = Self.transparent.count - 1
      let error = #expect(throws: ImageError.self) { try dataset.loadImage(sample) }
      guard case .tooManyBytes(_, let bytes, _) = error else {
        Issue.record("\(error as Any)")
        continue
      }
      #expect(bytes == Self.transparent.count)
      dataset.decoding.limits.maximumFileSize += 1
      _ = try dataset.loadImage(sample)
    }
  }

  @Test func picturesOfPlainNumbersHaveLimitsToo() throws {
    let folder = try TemporaryFolder()
    let header: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 3]
    try folder.write(header + [UInt8](0..<24), to: "train-images-idx3-ubyte")
    try folder.write([0, 0, 8, 1, 0, 0, 0, 2, 0, 1], to: "train-labels-idx1-ubyte")
    var dataset = try Dataset.open(folder.url)
    _ = try dataset.loadImage(dataset.samples[0])
    dataset.decoding.limits.maximumPixels = 11
    #expect(throws: ImageError.self) { try dataset.loadImage(dataset.samples[0]) }
  }
}
