import Datasets
import Foundation
import Images
import Tensors
import TestSupport
import Testing

struct PictureStoreTests {
  private static let preprocessing = Preprocessing(imageSize: 8, cropPercent: 0.8)

  /// Twelve pictures of 12 × 10 pixels in two classes, two files that are none, and a place to keep
  /// pictures in.
  private func world() throws -> (folder: TemporaryFolder, dataset: Dataset, store: URL) {
    let folder = try TemporaryFolder()
    for number in 0..<12 {
      let pixels = (0..<360).map { UInt8(truncatingIfNeeded: $0 * (number + 3) + $0 / 30 * 17) }
      try folder.write(
        Image(width: 12, height: 10, pixels: pixels).pngData(),
        to: "data/\(number % 2 == 0 ? "a" : "b")/\(number).png")
    }
    try folder.write("words".utf8, to: "data/a/words.png")
    return (
      folder, try Dataset.open(folder.url.appendingPathComponent("data")),
      folder.url.appendingPathComponent("store")
    )
  }

  private func batches(
    _ dataset: Dataset, _ store: PictureStore?, augmentation: Augmentation? = nil, epoch: Int = 0,
    preprocessing: Preprocessing = PictureStoreTests.preprocessing
  ) -> [[Float]] {
    var dataset = dataset
    dataset.store = store
    let loader = BatchLoader(
      dataset: dataset, preprocessing: preprocessing, augmentation: augmentation, batchSize: 5,
      isShuffled: true, seed: 3, threads: 3)
    return loader.batches(epoch: epoch).map(\.images.values)
  }

  private func files(_ url: URL, _ ending: String) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: url, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == ending }
  }

  @Test(arguments: [nil, Augmentation.standard])
  func whatIsLoadedIsTheSameWithAndWithout(augmentation: Augmentation?) throws {
    let (folder, dataset, url) = try world()
    defer { withExtendedLifetime(folder) {} }
    let first = PictureStore(folder: url)
    for epoch in 0..<2 {
      let plain = batches(dataset, nil, augmentation: augmentation, epoch: epoch)
      #expect(
        batches(dataset, first, augmentation: augmentation, epoch: epoch) == plain, "epoch \(epoch)"
      )
      // The next command, too.
      let next = PictureStore(folder: url)
      #expect(batches(dataset, next, augmentation: augmentation, epoch: epoch) == plain)
      #expect(next.counts == PictureStore.Counts(found: 12, added: 0))
    }
    #expect(first.counts == PictureStore.Counts(found: 12, added: 12))
    #expect(try files(url, "pixels").count == 1 && files(url, "index").count == 1)
  }

  @Test func anotherTreatmentIsAnotherPicture() throws {
    let (folder, dataset, url) = try world()
    defer { withExtendedLifetime(folder) {} }
    _ = batches(dataset, PictureStore(folder: url))
    var others = [Self.preprocessing, Self.preprocessing, Self.preprocessing, Self.preprocessing]
    others[0].imageSize = 7
    others[1].filter = .bilinear
    others[2].resize = .squash
    others[3].cropPercent = 1
    for other in others {
      let store = PictureStore(folder: url)
      #expect(
        batches(dataset, store, preprocessing: other)
          == batches(dataset, nil, preprocessing: other))
      #expect(store.counts.found == 0 && store.counts.added == 12, "\(other)")
    }
    // The mean and the deviation come after, so the picture is the same.
    var shifted = Self.preprocessing
    shifted.standardDeviation = [1, 1, 1]
    let store = PictureStore(folder: url)
    #expect(
      batches(dataset, store, preprocessing: shifted)
        == batches(dataset, nil, preprocessing: shifted))
    #expect(store.counts == PictureStore.Counts(found: 12, added: 0))
    var strict = dataset
    strict.decoding.limits.maximumPixels = 119
    #expect(batches(strict, PictureStore(folder: url)).isEmpty, "a kept picture passes no limit")
    var dark = dataset
    dark.decoding.background = .black
    let other = PictureStore(folder: url)
    _ = batches(dark, other)
    #expect(other.counts.found == 0)
  }

  @Test func aFileThatChangesIsDecodedAnew() throws {
    let (folder, dataset, url) = try world()
    _ = batches(dataset, PictureStore(folder: url))
    try folder.write(
      Image(width: 12, height: 10, pixels: [UInt8](repeating: 9, count: 360)).pngData(),
      to: "data/a/0.png")
    let store = PictureStore(folder: url)
    #expect(batches(dataset, store) == batches(dataset, nil))
    #expect(store.counts == PictureStore.Counts(found: 11, added: 1))
    // The same picture elsewhere is found.
    try folder.write(
      Data(contentsOf: folder.url.appendingPathComponent("data/b/1.png")), to: "data/b/copy.png")
    let grown = try Dataset.open(folder.url.appendingPathComponent("data"))
    let third = PictureStore(folder: url)
    #expect(batches(grown, third) == batches(grown, nil))
    #expect(third.counts == PictureStore.Counts(found: 13, added: 0))
  }

  /// What a process that died, or a disk that lost something, leaves.
  @Test func damageIsAMiss() throws {
    let (folder, dataset, url) = try world()
    defer { withExtendedLifetime(folder) {} }
    let plain = batches(dataset, nil)
    _ = batches(dataset, PictureStore(folder: url))
    let (pixels, index) = (try files(url, "pixels")[0], try files(url, "index")[0])
    let (whole, list) = (try Data(contentsOf: pixels), try Data(contentsOf: index))
    var (flipped, astray, foreign) = (whole, list, list)
    flipped[flipped.count / 2] ^= 1
    astray[72 + 36] = 0xFF  // the second line's offset
    foreign[72 * 3 - 1] ^= 1  // the third line's mark
    var huge = list
    for byte in 40..<48 { huge[byte] = 0x7F }  // the first line's sides
    for (name, bytes, lines, found) in [
      ("pixels cut short", whole.prefix(whole.count - 1), list, 11),
      ("no pixels", Data(), list, 0), ("a pixel lost", flipped, list, 11),
      ("a line cut short", whole, list.prefix(list.count - 1), 11),
      ("no list", whole, Data(), 0), ("a place beyond the end", whole, astray, 11),
      ("no line of a list", whole, foreign, 11), ("sides beyond reason", whole, huge, 11),
      ("text", Data("words".utf8), Data(String(repeating: "words", count: 99).utf8), 0),
    ] {
      for file in try files(url, "pixels") + files(url, "index") {
        try FileManager.default.removeItem(at: file)
      }
      try bytes.write(to: pixels)
      try lines.write(to: index)
      let store = PictureStore(folder: url)
      #expect(batches(dataset, store) == plain, "\(name)")
      #expect(store.counts == PictureStore.Counts(found: found, added: 12 - found), "\(name)")
    }
  }

  @Test func aListWithoutPixelsGoes() throws {
    let (folder, dataset, url) = try world()
    try folder.write([], to: "store/dead.index")
    _ = batches(dataset, PictureStore(folder: url))
    #expect(try files(url, "index").count == 1 && files(url, "pixels").count == 1)
  }

  @Test func aPackThatIsCutShortOrGoneWhileInUseIsAMissToo() throws {
    let (folder, dataset, url) = try world()
    defer { withExtendedLifetime(folder) {} }
    let plain = batches(dataset, nil)
    _ = batches(dataset, PictureStore(folder: url))
    let store = PictureStore(folder: url)
    #expect(batches(dataset, store) == plain)
    let pixels = try files(url, "pixels")[0]
    let handle = try FileHandle(forWritingTo: pixels)
    try handle.truncate(atOffset: 10)
    #expect(batches(dataset, store) == plain)
    for file in try files(url, "index") + [pixels] { try FileManager.default.removeItem(at: file) }
    #expect(batches(dataset, store) == plain)
    #expect(store.counts.found == 12 + 12, "what was decoded again is kept in a pack of its own")
  }

  @Test func theBoundHoldsAndTheOldestGoFirst() throws {
    let (folder, dataset, url) = try world()
    let size = 8 * 8 * 3 + 72
    func store(_ pictures: Int) -> PictureStore {
      PictureStore(folder: url, maximumBytes: pictures * size)
    }
    let small = store(5)
    let plain = batches(dataset, nil)
    #expect(batches(dataset, small) == plain)
    #expect(small.counts.added == 5 && small.bytes == 5 * size)
    // A second pack; then one of them is used, so that the other goes.
    let part = dataset.subset(at: Array(0..<3))
    var other = Self.preprocessing
    other.filter = .box
    _ = batches(part, store(8), preprocessing: other)
    #expect(try files(url, "index").count == 2)
    for file in try files(url, "index") {
      let isSmall = try Data(contentsOf: file).count == 3 * 72
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: isSmall ? -50 : -9000)],
        ofItemAtPath: file.path)
    }
    other.filter = .lanczos
    let third = store(8)
    _ = batches(part, third, preprocessing: other)
    #expect(third.counts.added == 3 && third.bytes == 6 * size)
    #expect(try files(url, "index").count == 2)
    let kept = store(8)
    #expect(batches(part, kept, preprocessing: other).isEmpty == false)
    #expect(kept.counts.found == 3)
    // Nothing fits: nothing is written, and nothing goes.
    let none = PictureStore(folder: folder.url.appendingPathComponent("none"), maximumBytes: 0)
    #expect(batches(dataset, none) == plain && none.counts.added == 0)
    #expect(
      !FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("none").path))
  }

  @Test func aFolderThatTakesNothingCostsOnlyTime() throws {
    let (folder, dataset, _) = try world()
    try folder.write("words".utf8, to: "file")
    let store = PictureStore(folder: folder.url.appendingPathComponent("file/store"))
    #expect(batches(dataset, store) == batches(dataset, nil))
    #expect(store.counts == PictureStore.Counts())
  }

  @Test func processesAtTheSameTimeDontDisturbEachOther() async throws {
    let (folder, dataset, url) = try world()
    defer { withExtendedLifetime(folder) {} }
    let plain = batches(dataset, nil)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 {
        group.addTask {
          let store = PictureStore(folder: url)
          return (0..<3).allSatisfy { _ in batches(dataset, store) == plain }
        }
      }
      for await isSame in group { #expect(isSame) }
    }
    #expect(batches(dataset, PictureStore(folder: url)) == plain)
  }
}
