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
    .oneClass(path: "photos", className: "a"), .malformedIDX(path: "photos", detail: "short"),
    .classMismatch(path: "photos", split: .test, classNames: ["a"]),
    .unwritable(path: "photos", reason: "full"),
  ])
  func everyErrorIsOneSentenceWithThePath(_ error: DatasetError) {
    #expect(error.description.hasPrefix("photos"))
    #expect(error.description.hasSuffix("."))
    #expect(error.errorDescription == error.description)
  }
}
