import Archives
import Datasets
import Foundation
import Images
import TestSupport
import Testing

struct CIFARTests {
  /// Records whose red, green and blue planes begin with `number`, 50 and 100 and count up.
  private func records(_ labels: [[UInt8]], from first: UInt8 = 0) -> [UInt8] {
    labels.enumerated().flatMap { index, label in
      label
        + [first + UInt8(index), 50, 100].flatMap { start in
          (0..<1024).map { start &+ UInt8(truncatingIfNeeded: $0) }
        }
    }
  }

  private let names = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n"

  private func check(_ dataset: Dataset) throws {
    #expect(dataset.classNames == ["airplane", "cat", "truck"])
    #expect(
      dataset.samples.map(\.id) == [
        "data_batch_1/00000", "data_batch_1/00001", "data_batch_3/00000", "test_batch/00000",
      ])
    #expect(dataset.samples.map(\.label) == [2, 0, 1, 0])
    #expect(dataset.splits == [.train, .test])
    let image = try dataset.loadImage(dataset.samples[1])
    #expect(image.width == 32 && image.height == 32)
    #expect(Array(image.pixels.prefix(6)) == [1, 50, 100, 2, 51, 101])
    #expect(try dataset.loadImage(dataset.samples[2]).pixels[0] == 7)
    // The second row begins 32 further on.
    #expect(image.pixels[32 * 3] == 33)
    #expect(dataset.packedTypeName == "cifar")
  }

  private func files() -> [(String, [UInt8])] {
    [
      ("batches.meta.txt", Array(names.utf8)),
      ("data_batch_1.bin", records([[9], [0]])), ("data_batch_3.bin", records([[3]], from: 7)),
      ("test_batch.bin", records([[0]])), ("readme.html", [60]),
    ]
  }

  @Test func readsTheFolderTheFolderAboveAndAFile() throws {
    let folder = try TemporaryFolder()
    for (name, bytes) in files() { try folder.write(bytes, to: "cifar-10-batches-bin/" + name) }
    try check(try Dataset.open(folder.url))
    let inner = folder.url.appendingPathComponent("cifar-10-batches-bin")
    try check(try Dataset.open(inner))
    let dataset = try Dataset.open(inner.appendingPathComponent("data_batch_1.bin"))
    try check(dataset)
    #expect(dataset.name == "cifar-10-batches-bin")
    #expect(dataset.packedFiles.count == 4)
  }

  @Test(arguments: [false, true])
  func readsTheTarItComesIn(_ isPacked: Bool) throws {
    let folder = try TemporaryFolder()
    let tar =
      Packing.tarEntry("cifar-10-batches-bin/", type: "5")
      + files().flatMap { Packing.tarEntry("cifar-10-batches-bin/" + $0.0, $0.1) }
    let name = "cifar-10-binary.tar" + (isPacked ? ".gz" : "")
    try folder.write(isPacked ? Packing.gzip(Packing.tar(tar)) : Packing.tar(tar), to: name)
    try check(try Dataset.open(folder.url.appendingPathComponent(name)))
  }

  @Test func readsTheHundredClasses() throws {
    let folder = try TemporaryFolder()
    let fine = (0..<100).map { "class\($0)" }.joined(separator: "\n")
    try folder.write(fine.utf8, to: "fine_label_names.txt")
    try folder.write(records([[19, 99], [0, 5], [1, 12]]), to: "train.bin")
    try folder.write(records([[0, 5], [1, 12], [19, 99]]), to: "test.bin")
    let dataset = try Dataset.open(folder.url)
    // In the order of the labels, not of the alphabet.
    #expect(dataset.classNames == ["class5", "class12", "class99"])
    #expect(dataset.samples.map(\.label) == [2, 0, 1, 0, 1, 2])
    #expect(Array(try dataset.loadImage(dataset.samples[2]).pixels.prefix(3)) == [2, 50, 100])
  }

  @Test func damagedFilesAreNamed() throws {
    let cases: [([UInt8], String)] = [
      (Array(records([[9], [0]]).dropLast()), "cut short"), ([], "cut short"),
      (records([[9], [10]]), "picture 1 has the label 10"),
    ]
    for (bytes, words) in cases {
      let folder = try TemporaryFolder()
      try folder.write(bytes, to: "data_batch_1.bin")
      let error = #expect(throws: DatasetError.self) { try Dataset.open(folder.url) }
      #expect(error?.description.contains("data_batch_1.bin") == true)
      #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
  }

  /// Lengths that are no multiple of a record are refused, all others read.
  @Test func everyTruncation() throws {
    let bytes = records([[9], [0]])
    for length in stride(from: 0, through: bytes.count, by: 1) {
      let mapping = bytes.prefix(length).withUnsafeBytes { FileMapping(copying: $0) }
      let isWhole = length > 0 && length % 3073 == 0
      do throws(FileError.Problem) {
        _ = try CIFARBatch(SharedBytes(mapping), isFine: false)
        #expect(isWhole, "\(length)")
      } catch {
        #expect(!isWhole, "\(length)")
      }
    }
  }
}
