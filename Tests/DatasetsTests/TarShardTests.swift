import Datasets
import Foundation
import Images
import TestSupport
import Testing

struct TarShardTests {
  private func png(_ number: UInt8) throws -> [UInt8] {
    let pixels = (0..<12).flatMap { _ -> [UInt8] in [number, 1, 2] }
    return Array(try Image(width: 4, height: 3, pixels: pixels).pngData())
  }

  /// What each sample's picture is: its first level.
  private func numbers(_ dataset: Dataset) throws -> [UInt8] {
    try dataset.samples.map { try dataset.loadImage($0).pixels[0] }
  }

  private func shard(_ first: UInt8, _ labels: [String]) throws -> [UInt8] {
    var entries: [UInt8] = []
    for (index, label) in labels.enumerated() {
      entries += Packing.tarEntry("s\(index).cls", Array("\(label)\n".utf8))
      entries += Packing.tarEntry("s\(index).png", try png(first + UInt8(index)))
    }
    return Packing.tar(entries)
  }

  @Test func readsNumberedClassesFromAFolderAPatternAndAFile() throws {
    let folder = try TemporaryFolder()
    try folder.write(try shard(10, ["2", "10"]), to: "train-000000.tar")
    try folder.write(try shard(20, ["10", "2"]), to: "train-000001.tar")
    try folder.write(try shard(30, ["2", "10"]), to: "test-000000.tar")
    let dataset = try Dataset.open(folder.url)
    #expect(dataset.classNames == ["2", "10"])
    #expect(
      dataset.samples.map(\.id) == [
        "train-000000.tar/s0.png", "train-000000.tar/s1.png", "train-000001.tar/s0.png",
        "train-000001.tar/s1.png", "test-000000.tar/s0.png", "test-000000.tar/s1.png",
      ])
    #expect(dataset.samples.map(\.label) == [0, 1, 1, 0, 0, 1])
    #expect(dataset.splits == [.train, .test])
    #expect(try numbers(dataset) == [10, 11, 20, 21, 30, 31])
    #expect(dataset.packedFiles.count == 3 && dataset.findings.isEmpty)

    let pattern = try Dataset.open(
      folder.url.appendingPathComponent("train-{000000..000001}.tar"))
    #expect(pattern.samples.map(\.id) == dataset.subset(of: .train).samples.map(\.id))
    #expect(try numbers(pattern) == [10, 11, 20, 21])
    let one = try Dataset.open(folder.url.appendingPathComponent("train-000001.tar"))
    #expect(try numbers(one) == [20, 21])
    #expect(one.name == "train-000001" && one.root.path == folder.url.path)
    // A pattern one of whose files is missing is no data set.
    let error = #expect(throws: DatasetError.self) {
      try Dataset.open(folder.url.appendingPathComponent("train-{000000..000002}.tar"))
    }
    #expect(error == .notFound(path: folder.url.path + "/train-000002.tar"))
    // Names of the numbers, where they are written beside the shards.
    try folder.write(
      (0..<11).map { "name\($0)" }.joined(separator: "\n").utf8, to: "classnames.txt")
    #expect(try Dataset.open(folder.url).classNames == ["name2", "name10"])
  }

  @Test func readsDescriptions() throws {
    let folder = try TemporaryFolder()
    func json(_ text: String) -> [UInt8] { Array(text.utf8) }
    try folder.write(
      Packing.tar(
        Packing.tarEntry("a/1.jpg.png", try png(1)),
        Packing.tarEntry("a/1.json", json(#"{"Class Name": "dog", "label": 4, "split": "val"}"#)),
        Packing.tarEntry("a/2.png", try png(2)),
        Packing.tarEntry("a/2.mask.png", try png(99)),
        Packing.tarEntry("a/2.json", json(#"{"label": "cat", "patient_id": 17}"#)),
        Packing.tarEntry("a/3.png", try png(3)),
        Packing.tarEntry("a/3.json", json("{broken")),
        Packing.tarEntry("a/4.png", try png(4)),
        Packing.tarEntry("a/4.json", json(#"{"label": "dog"}"#)),
        Packing.tarEntry("a/5.webp", json("RIFF____WEBPVP8 ")),
        Packing.tarEntry("a/5.cls", json("dog"))),
      to: "data.tar")
    let dataset = try Dataset.open(folder.url.appendingPathComponent("data.tar"))
    #expect(dataset.classNames == ["cat", "dog"])
    #expect(
      dataset.samples.map(\.id) == ["data.tar/a/2.png", "data.tar/a/4.png", "data.tar/a/1.jpg.png"])
    #expect(dataset.samples.map(\.split) == [.train, .train, .validation])
    #expect(dataset.samples.map(\.group) == ["17", nil, nil])
    #expect(dataset.findings.map(\.code) == [.leftOut, .leftOut, .missingClass])
    #expect(
      dataset.findings.map(\.paths) == [["data.tar/a/3.png"], ["data.tar/a/2.mask.png"], []])
    #expect(dataset.otherFiles == ["data.tar/a/5.webp"])
    #expect(dataset.start(ofOther: "data.tar/a/5.webp", count: 4) == Array("RIFF".utf8))
    #expect(dataset.start(ofOther: "data.tar/a/6.webp", count: 4) == nil)
  }

  @Test func classFoldersInTheNames() throws {
    let folder = try TemporaryFolder()
    let long = String(repeating: "n", count: 120)
    try folder.write(
      Packing.tar(
        Packing.tarEntry("./", type: "5"), Packing.tarEntry("./flowers/train/", type: "5"),
        Packing.tarEntry("./flowers/train/daisy/2019.06.01.png", try png(1)),
        Packing.tarEntry("./flowers/train/daisy/2019.06.02.png", try png(2)),
        Packing.tarEntry("./flowers/train/daisy/._2019.06.02.png", try png(90)),
        Packing.tarEntry(
          "././@LongLink", Array("./flowers/train/rose/\(long).PNG\0".utf8), type: "L"),
        Packing.tarEntry("./flowers/train/rose/nnn", try png(3)),
        Packing.tarEntry("link", type: "2"),
        Packing.tarEntry(
          "pax",
          Packing.paxRecord("mtime", "1.5") + Packing.paxRecord("path", "flowers/test/daisy/ü.png"),
          type: "x"),
        Packing.tarEntry("flowers/test/daisy/x", try png(4)),
        Packing.tarEntry("5.png", try png(5), prefix: "flowers/test/rose"),
        Packing.tarEntry("flowers/test/rose/notes.txt", [65]),
        Packing.tarEntry("flowers/test/rose/5.png", try png(6))),
      to: "all.tar")
    let dataset = try Dataset.open(folder.url.appendingPathComponent("all.tar"))
    #expect(dataset.classNames == ["daisy", "rose"])
    #expect(
      dataset.samples.map(\.id) == [
        "all.tar/flowers/train/daisy/2019.06.01.png", "all.tar/flowers/train/daisy/2019.06.02.png",
        "all.tar/flowers/train/rose/\(long).PNG", "all.tar/flowers/test/daisy/ü.png",
        "all.tar/flowers/test/rose/5.png",
      ])
    #expect(dataset.samples.map(\.label) == [0, 0, 1, 0, 1])
    #expect(dataset.splits == [.train, .test])
    // Of the two files of one name the later one counts, as it does for tar.
    #expect(try numbers(dataset) == [1, 2, 3, 4, 6])
    #expect(dataset.findings.map(\.code) == [.leftOut])
  }

  @Test func splitFoldersOfShards() throws {
    let folder = try TemporaryFolder()
    try folder.write(try shard(1, ["a", "b"]), to: "train/0.tar")
    try folder.write(try shard(5, ["b", "a"]), to: "val/0.tar")
    let dataset = try Dataset.open(folder.url)
    #expect(dataset.splits == [.train, .validation])
    #expect(dataset.samples.map(\.id).last == "val/0.tar/s1.png")
    let pattern = try Dataset.open(folder.url.appendingPathComponent("{train,val}/{0..0}.tar"))
    #expect(pattern.samples == dataset.samples && pattern.root.path == folder.url.path)
    // A tar beside class folders is no shard.
    try folder.picture("classes/a/1.png")
    #expect(throws: DatasetError.self) { try Dataset.open(folder.url) }
  }

  @Test func whatIsNoDataSetSaysSo() throws {
    let folder = try TemporaryFolder()
    func sentence(_ bytes: [UInt8]) throws -> String {
      try folder.write(bytes, to: "x.tar")
      let error = #expect(throws: DatasetError.self) {
        try Dataset.open(folder.url.appendingPathComponent("x.tar"))
      }
      return error?.description ?? ""
    }
    #expect(try sentence(Packing.tar()).contains("holds no JPEG or PNG files"))
    #expect(
      try sentence(Packing.tar(Packing.tarEntry("1.png", try png(1))))
        .contains("none of its 1 pictures has a class"))
    #expect(try sentence([]).contains("cut short"))
    #expect(try sentence([UInt8](repeating: 7, count: 600)).contains("no tar header at byte 0"))
  }

  /// A shard that is cut short gives what is whole before the cut, and says that there was more.
  ///
  /// TarArchiveTests cut an archive at every byte.
  @Test func truncations() throws {
    let folder = try TemporaryFolder()
    let whole = try shard(1, ["a", "b"])
    let file = folder.url.appendingPathComponent("x.tar")
    for length in stride(from: 0, to: whole.count - 1024, by: 13) {
      try folder.write(whole.prefix(length), to: "x.tar")
      do {
        let dataset = try Dataset.open(file)
        #expect(dataset.samples.count == 2 && length >= whole.count - 1024 - 512, "\(length)")
        #expect(dataset.findings.map(\.code) == [.corrupt], "\(length)")
        #expect(try numbers(dataset) == [1, 2], "\(length)")
      } catch let error as DatasetError {
        #expect(length < whole.count - 1024 - 100, "\(length): \(error)")
      }
    }
  }

  /// A shard that shrinks after it was opened is the picture's fault, not a crash.
  @Test func aShardMayShrink() throws {
    let folder = try TemporaryFolder()
    try folder.write(try shard(1, ["a", "b"]), to: "x.tar")
    let dataset = try Dataset.open(folder.url.appendingPathComponent("x.tar"))
    try folder.write([UInt8](repeating: 0, count: 1024), to: "x.tar")
    for sample in dataset.samples {
      let error = #expect(throws: ImageError.self) { try dataset.loadImage(sample) }
      #expect(error?.description.contains("x.tar/s") == true)
    }
  }
}

struct BracePatternTests {
  /// What files a pattern would have to find, from the first that is missing.
  private func missing(_ pattern: String) throws -> String? {
    let error = #expect(throws: DatasetError.self) {
      try Dataset.open(URL(fileURLWithPath: "/nowhere/" + pattern))
    }
    guard case .notFound(let path) = error else { return nil }
    return String(path.dropFirst("/nowhere/".count))
  }

  @Test(arguments: [
    ("a{07..12}.tar", "a07.tar"), ("a{0..12}.tar", "a0.tar"),
    ("{val,test}-{3..4}.tar", "val-3.tar"),
    // What can't be expanded is a name like any other.
    ("a{5..4}.tar", "a{5..4}.tar"), ("a{b}.tar", "a{b}.tar"), ("a{1..2.tar", "a{1..2.tar"),
    ("a{0..999999999}", "a{0..999999999}"), ("{1..1000}{1..1000}", "{1..1000}{1..1000}"),
  ])
  func expands(_ pattern: String, _ first: String) throws {
    #expect(try missing(pattern) == first)
  }
}
