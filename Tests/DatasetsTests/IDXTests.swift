import Archives
import Datasets
import Foundation
import Images
import TestSupport
import Testing

struct IDXTests {
  /// Pictures of 3 rows and 2 columns whose first level is their number.
  private func images(_ count: Int) -> [UInt8] {
    [0, 0, 8, 3, 0, 0, 0, UInt8(count), 0, 0, 0, 3, 0, 0, 0, 2]
      + (0..<count).flatMap { [UInt8($0), 1, 2, 3, 4, 5] }
  }

  private func labels(_ values: [UInt8]) -> [UInt8] {
    [0, 0, 8, 1, 0, 0, 0, UInt8(values.count)] + values
  }

  @Test func readsPlainFiles() throws {
    let folder = try TemporaryFolder()
    try folder.write(images(4), to: "train-images-idx3-ubyte")
    try folder.write(labels([2, 0, 1, 0]), to: "train-labels-idx1-ubyte")
    try folder.write(images(2), to: "t10k-images.idx3-ubyte")
    try folder.write(labels([1, 1]), to: "t10k-labels.idx1-ubyte")
    let dataset = try Dataset.open(folder.url)
    #expect(dataset.classNames == ["0", "1", "2"])
    #expect(dataset.splits == [.train, .test])
    #expect(dataset.samples.map(\.label) == [2, 0, 1, 0, 1, 1])
    #expect(dataset.samples[1].id == "train/00001")
    let image = try dataset.loadImage(dataset.samples[3])
    #expect(image.width == 2 && image.height == 3 && image.isGrey)
    #expect(image.pixels.prefix(6) == [3, 3, 3, 1, 1, 1])
    // A sample set aside for validation still finds its picture.
    let split = dataset.split(validationFraction: 0.4, seed: 1)
    for sample in split.subset(of: .validation).samples {
      let number = try #require(UInt8(sample.id.suffix(5)))
      #expect(try split.loadImage(sample).pixels[0] == number)
    }
    #expect(split.splits == [.train, .validation, .test])
  }

  @Test(arguments: [
    ("cut short", 20), ("header cut", 9), ("empty", 0),
  ])
  func damagedFilesAreNamed(_ what: String, length: Int) throws {
    let folder = try TemporaryFolder()
    try folder.write(images(4).prefix(length), to: "train-images-idx3-ubyte")
    try folder.write(labels([2, 0, 1, 0]), to: "train-labels-idx1-ubyte")
    let error = #expect(throws: DatasetError.self) { try Dataset.open(folder.url) }
    guard case .file(let error) = error, case .truncated = error.problem else {
      Issue.record("\(what): \(String(describing: error))")
      return
    }
    #expect(error.file.path.hasSuffix("train-images-idx3-ubyte"))
  }

  @Test func countsMustAgreeAndSizesBePossible() throws {
    let folder = try TemporaryFolder()
    try folder.write(images(3), to: "train-images-idx3-ubyte")
    try folder.write(labels([2, 0, 1, 0]), to: "train-labels-idx1-ubyte")
    #expect(throws: DatasetError.self) { try Dataset.open(folder.url) }
    var huge = images(4)
    huge.replaceSubrange(4..<16, with: [UInt8](repeating: 0xFF, count: 12))
    try folder.write(huge, to: "train-images-idx3-ubyte")
    #expect(throws: DatasetError.self) { try Dataset.open(folder.url) }
    try folder.write([0x1F, 0x8B, 8, 0, 1, 2], to: "t10k-images-idx3-ubyte.gz")
    #expect(throws: DatasetError.self) { try Dataset.open(folder.url) }
  }

  @Test func readsGzipAndSetsByTheirNames() throws {
    let folder = try TemporaryFolder()
    try folder.write(Packing.gzip(images(3)), to: "emnist-letters-train-images-idx3-ubyte.gz")
    try folder.write(
      Packing.gzip(labels([2, 1, 2])), to: "emnist-letters-train-labels-idx1-ubyte.gz")
    try folder.write(images(1), to: "emnist-letters-test-images-idx3-ubyte")
    try folder.write(labels([1]), to: "emnist-letters-test-labels-idx1-ubyte")
    try folder.write("1 65 97\n2 66 98\n".utf8, to: "emnist-letters-mapping.txt")
    let dataset = try Dataset.open(folder.url)
    #expect(dataset.classNames == ["A", "B"])
    #expect(dataset.samples.map(\.label) == [1, 0, 1, 0])
    #expect(dataset.splits == [.train, .test])
    // EMNIST lies on its side: what is stored as 3 rows of 2 is 2 rows of 3.
    let image = try dataset.loadImage(dataset.samples[1])
    #expect(image.width == 3 && image.height == 2)
    #expect((0..<6).map { image.pixels[3 * $0] } == [1, 2, 4, 1, 3, 5])
    #expect(dataset.packedTypeName == "idx" && dataset.packedFiles.count == 4)

    // Two sets in one folder: one of their files tells which is meant.
    try folder.write(images(2), to: "train-images-idx3-ubyte")
    try folder.write(labels([0, 7]), to: "train-labels-idx1-ubyte")
    let error = #expect(throws: DatasetError.self) { try Dataset.open(folder.url) }
    #expect(error?.description.contains("2 sets (emnist-letters, without a name)") == true)
    let one = try Dataset.open(folder.url.appendingPathComponent("train-images-idx3-ubyte"))
    #expect(one.classNames == ["0", "7"] && one.samples.count == 2)
    #expect(one.name == folder.url.lastPathComponent)
    let other = try Dataset.open(
      folder.url.appendingPathComponent("emnist-letters-test-images-idx3-ubyte"))
    #expect(other.name == "emnist-letters" && other.samples.count == 4)
  }

  @Test func aBombIsNotUnpacked() throws {
    let folder = try TemporaryFolder()
    var huge = images(4)
    huge.replaceSubrange(4..<16, with: [0, 0, 0xFF, 0xFF, 0, 0, 1, 0, 0, 0, 1, 0])
    try folder.write(Packing.gzip(huge), to: "train-images-idx3-ubyte.gz")
    try folder.write(labels([2, 0, 1, 0]), to: "train-labels-idx1-ubyte")
    let error = #expect(throws: DatasetError.self) { try Dataset.open(folder.url) }
    #expect(error?.description.contains("cut short") == true)
  }

  /// Files of pictures and of labels, plain and gzipped, cut at every byte.
  @Test(arguments: [false, true])
  func everyTruncation(_ isPacked: Bool) {
    for (bytes, dimensions) in [(images(2), 3), (labels([2, 0, 1]), 1)] {
      let file = isPacked ? Packing.gzip(bytes) : bytes
      for length in 0...file.count {
        let mapping = file.prefix(length).withUnsafeBytes { FileMapping(copying: $0) }
        // What is missing of gzip's checksum (8 bytes) leaves the data whole.
        let isWhole = length >= file.count - (isPacked ? 8 : 0)
        do throws(FileError.Problem) {
          let array = try IDXArray(SharedBytes(mapping), dimensions: dimensions)
          #expect(isWhole && array.values.count == array.sizes.reduce(1, *), "\(length)")
        } catch {
          #expect(!isWhole, "\(length)")
        }
      }
    }
  }

  static let fashion = URL(fileURLWithPath: "/usr/share/datasets/fashion-mnist")

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: fashion.path),
      "dataset-fashion-mnist not installed"
    ))
  func readsDebiansFashionMNIST() throws {
    let dataset = try Dataset.open(Self.fashion)
    #expect(dataset.classCounts(in: .train) == [Int](repeating: 6000, count: 10))
    #expect(dataset.classCounts(in: .test) == [Int](repeating: 1000, count: 10))
    // The first training picture is known to be an ankle boot.
    #expect(dataset.classNames[dataset.samples[0].label] == "ankle-boot")
    let image = try dataset.loadImage(dataset.samples[0])
    #expect(image.width == 28 && image.height == 28)
    #expect(image.pixels.contains { $0 > 200 })
  }
}
