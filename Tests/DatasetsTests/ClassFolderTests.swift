import Datasets
import Foundation
import Images
import Testing

struct ClassFolderTests {
  @Test func folderPerClass() throws {
    let folder = try TemporaryFolder()
    try folder.picture("dog/b.PNG")
    try folder.picture("dog/deep/er/a.png")
    try folder.picture("cat/x.png")
    try folder.picture("cat/picture-without-ending")
    try folder.picture("cat/.hidden.png")
    try folder.picture(".thumbnails/x.png")
    try folder.write("notes".utf8, to: "cat/notes.txt")
    try folder.write("RIFF____WEBPVP8 ".utf8, to: "dog/c.webp")
    let dataset = try Dataset.open(folder.url)
    #expect(dataset.classNames == ["cat", "dog"])
    #expect(
      dataset.samples.map(\.id) == [
        "cat/picture-without-ending", "cat/x.png", "dog/b.PNG", "dog/deep/er/a.png",
      ])
    #expect(dataset.samples.map(\.label) == [0, 0, 1, 1])
    #expect(dataset.splits == [.train])
    #expect(dataset.otherFiles == ["cat/notes.txt", "dog/c.webp"])
    #expect(dataset.findings.isEmpty)
    #expect(dataset.name == folder.url.lastPathComponent)
    #expect(try dataset.loadImage(dataset.samples[3]).width == 4)
  }

  @Test func splitFoldersAndTheirSynonyms() throws {
    let folder = try TemporaryFolder()
    for split in ["Training", "valid", "TEST"] {
      try folder.picture("\(split)/a/1.png")
      try folder.picture("\(split)/b/1.png")
    }
    try folder.picture("loose.png")
    let dataset = try Dataset.open(folder.url)
    #expect(dataset.splits == [.train, .validation, .test])
    #expect(dataset.classCounts(in: .validation) == [1, 1])
    #expect(dataset.classCounts() == [3, 3])
    #expect(dataset.samples.first?.id == "Training/a/1.png")
    #expect(dataset.findings.map(\.code) == [.leftOut])
    #expect(dataset.findings.first?.paths == ["loose.png"])
  }

  @Test func aClassMayBeCalledTrain() throws {
    let folder = try TemporaryFolder()
    for name in ["train/steam", "bus", "plane"] { try folder.picture("\(name)/1.png") }
    let dataset = try Dataset.open(folder.url)
    #expect(dataset.classNames == ["bus", "plane", "train"])
    #expect(dataset.splits == [.train])
  }

  @Test func linksAreFollowedButNotInCircles() throws {
    let folder = try TemporaryFolder()
    let elsewhere = try TemporaryFolder()
    try folder.picture("a/1.png")
    try elsewhere.picture("2.png")
    let manager = FileManager.default
    try manager.createSymbolicLink(
      at: folder.url.appendingPathComponent("b"), withDestinationURL: elsewhere.url)
    try manager.createSymbolicLink(
      at: elsewhere.url.appendingPathComponent("back"), withDestinationURL: elsewhere.url)
    try manager.createSymbolicLink(
      atPath: folder.url.appendingPathComponent("a/gone.png").path, withDestinationPath: "nowhere")
    let dataset = try Dataset.open(folder.url)
    #expect(dataset.samples.map(\.id) == ["a/1.png", "b/2.png"])
  }

  @Test func missingAndEmptyClassesAreFindings() throws {
    let folder = try TemporaryFolder()
    try folder.picture("train/a/1.png")
    try folder.picture("train/b/1.png")
    try folder.write("x".utf8, to: "train/c/readme.txt")
    try folder.picture("test/a/1.png")
    let dataset = try Dataset.open(folder.url)
    #expect(dataset.classNames == ["a", "b"])
    #expect(dataset.findings.map(\.code) == [.emptyClass, .missingClass])
  }

  /// Names as they come: spaces, quotes, percent signs, a question mark, a line end, long ones, and
  /// text that Unicode writes in two ways.
  @Test func namesMayBeAnything() throws {
    let folder = try TemporaryFolder()
    let names = [
      "a b.png", "100%25.png", "what?#.png", "it's \"quoted\".png", "two\nlines.png", "ü.PNG",
      "猫.png", "-rf.png", String(repeating: "x", count: 240) + ".png", "a:b;c,d.png",
      "back\\slash.png",
    ]
    for (index, name) in names.enumerated() { try folder.picture("class one/\(name)", index) }
    try folder.picture("klass%20two/1.png", 99)
    let dataset = try Dataset.open(folder.url)
    #expect(dataset.classNames == ["class one", "klass%20two"])
    #expect(
      Set(dataset.samples.map(\.id)) == Set(names.map { "class one/" + $0 } + ["klass%20two/1.png"])
    )
    for sample in dataset.samples {
      #expect(try dataset.loadImage(sample).width == 4, "\(sample.id)")
      let url = try #require(dataset.url(of: sample))
      #expect(FileManager.default.fileExists(atPath: url.path), "\(sample.id)")
    }
  }

  /// One name in two normal forms is two folders on disk and one class.
  @Test func normalFormsAreOneClass() throws {
    let folder = try TemporaryFolder()
    try folder.picture("caf\u{E9}/1.png", 1)
    try folder.picture("cafe\u{301}/2.png", 2)
    try folder.picture("bar/3.png", 3)
    let dataset = try Dataset.open(folder.url)
    #expect(dataset.classNames.count == 2 && dataset.samples.count == 3)
    for sample in dataset.samples { #expect(try dataset.loadImage(sample).width == 4) }
  }

  @Test func namesThatAreNotUTF8AreFindings() throws {
    let folder = try TemporaryFolder()
    try folder.picture("a/1.png")
    try folder.picture("b/1.png", 1)
    func path(_ name: String, _ last: UInt8) -> [CChar] {
      (Array((folder.url.path + name).utf8) + [last, 0]).map { CChar(bitPattern: $0) }
    }
    #expect(mkdir(path("/clas", 0xDF), 0o755) == 0)
    let file = open(path("/b/caf", 0xE9), O_CREAT | O_WRONLY, 0o644)
    #expect(file >= 0)
    close(file)
    let dataset = try Dataset.open(folder.url)
    #expect(dataset.classNames == ["a", "b"])
    #expect(dataset.findings.map(\.code) == [.unreadable])
    #expect(dataset.findings.first?.paths == ["b/caf\u{FFFD}", "clas\u{FFFD}"])
  }

  /// A link back up would otherwise be followed for ever, and a folder linked twice is read twice.
  @Test func linksBackUpEnd() throws {
    let folder = try TemporaryFolder()
    try folder.picture("a/deep/1.png")
    try folder.picture("b/2.png", 1)
    let manager = FileManager.default
    try manager.createSymbolicLink(
      at: folder.url.appendingPathComponent("a/deep/up"),
      withDestinationURL: folder.url.appendingPathComponent("a"))
    try manager.createSymbolicLink(
      at: folder.url.appendingPathComponent("b/other"),
      withDestinationURL: folder.url.appendingPathComponent("a/deep"))
    let dataset = try Dataset.open(folder.url)
    #expect(
      dataset.samples.map(\.id) == ["a/deep/1.png", "b/2.png", "b/other/1.png"])
  }

  @Test func whatIsRecognisedAndNotReadIsNamed() throws {
    let folder = try TemporaryFolder()
    let cases: [(String, [UInt8], String)] = [
      ("x.zip", [0x50, 0x4B, 3, 4, 0], "unzip"), ("x.tar.gz", [0x1F, 0x8B, 8, 0], "gunzip"),
      ("x.parquet", Array("PAR1".utf8), "folder per class"), ("x.npy", [0x93], "numpy.savez"),
      ("x.jpg", [0xFF, 0xD8], "single picture"), ("x.txt", [65], ".csv"),
      ("cifar-10-python.tar.gz", [0x1F, 0x8B], "binary version"),
    ]
    for (name, bytes, word) in cases {
      try folder.write(bytes, to: name)
      let sentence = error(opening: folder.url.appendingPathComponent(name))?.description
      #expect(
        sentence?.contains(name) == true && sentence?.contains(word) == true, "\(sentence ?? "")")
    }
    let python = try TemporaryFolder()
    for name in ["data_batch_1", "test_batch", "batches.meta"] {
      try python.write([0x80, 2], to: name)
    }
    #expect(error(opening: python.url)?.description.contains("binary version") == true)
  }

  private func error(opening url: URL) -> DatasetError? {
    do throws(DatasetError) {
      _ = try Dataset.open(url)
      return nil
    } catch {
      return error
    }
  }

  @Test func whatIsNoDataSet() throws {
    let folder = try TemporaryFolder()
    let path = folder.url.path
    #expect(error(opening: folder.url) == .empty(path: path))
    let missing = folder.url.appendingPathComponent("missing")
    #expect(error(opening: missing) == .notFound(path: missing.path))
    try folder.write("x".utf8, to: "file")
    let file = folder.url.appendingPathComponent("file")
    #expect(error(opening: file) == .notAFolder(path: file.path))
    try folder.picture("1.png")
    #expect(error(opening: folder.url) == .noClassFolders(path: path, imageCount: 1))
    try folder.picture("only/1.png")
    #expect(error(opening: folder.url) == .oneClass(path: path, className: "only"))
    let circle = folder.url.appendingPathComponent("circle")
    try FileManager.default.createSymbolicLink(at: circle, withDestinationURL: circle)
    #expect(
      error(opening: circle) == .unreadable(path: circle.path, reason: "a link that leads nowhere"))
  }

  @Test func classesThatOnlyTheTestSplitHas() throws {
    let folder = try TemporaryFolder()
    for path in ["train/a", "train/b", "test/a", "test/B"] { try folder.picture("\(path)/1.png") }
    let found = error(opening: folder.url)
    #expect(
      found == .classMismatch(path: folder.url.path, split: .test, classNames: ["B"]))
    #expect(found?.description.contains("the test split has a class") == true)
  }

  @Test(.enabled(if: geteuid() != 0, "root reads every folder"))
  func aFolderWithoutPermission() throws {
    let folder = try TemporaryFolder()
    try folder.picture("a/1.png")
    try folder.picture("b/1.png")
    let closed = folder.url.appendingPathComponent("b").path
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: closed)
    #expect(error(opening: folder.url) == .unreadable(path: closed, reason: "Permission denied"))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: closed)
  }

  @Test(arguments: [
    DatasetError.notFound(path: "photos"), .notAFolder(path: "photos"), .empty(path: "photos"),
    .unreadable(path: "photos", reason: "no"), .noClassFolders(path: "photos", imageCount: 2),
    .noClassFolders(path: "photos", imageCount: 1, manifest: "labels.csv"),
    .oneClass(path: "photos", className: "a"), .manifest(path: "photos", line: 3, detail: "no"),
    .classMismatch(path: "photos", split: .test, classNames: ["a"]),
    .unwritable(path: "photos", reason: "full"),
  ])
  func everyErrorIsOneSentenceWithThePath(_ error: DatasetError) {
    #expect(error.description.hasPrefix("photos"))
    #expect(error.description.hasSuffix("."))
    #expect(error.errorDescription == error.description)
  }
}
