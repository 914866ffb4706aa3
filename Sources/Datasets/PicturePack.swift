internal import Foundation
internal import Images
internal import Synchronization

/// A file of pictures and the list of what is where in it; see `PictureStore`.
final class PicturePack: Sendable {
  /// Where a picture lies and what it is.
  struct Entry {
    let offset: Int
    let width: Int
    let height: Int
    let hash: PixelHash
  }

  /// Bytes of a line of the list: key, offset, sides, hash, a word that says it is one.
  static let entrySize = 72
  /// Ends every line.
  private static let mark: UInt64 = 0x6761_7274_7069_6331

  private let path: String
  private let pixels: Int32
  private let index: Int32
  /// Bytes of both files when they were opened or last written; and what has become of them.
  private let state: Mutex<(bytes: Int, pixelBytes: Int, isUsed: Bool, isRemoved: Bool)>

  private init(path: String, pixels: Int32, index: Int32, pixelBytes: Int, indexBytes: Int) {
    self.path = path
    self.pixels = pixels
    self.index = index
    state = Mutex((pixelBytes + indexBytes, pixelBytes, false, false))
  }

  deinit {
    close(pixels)
    close(index)
  }

  /// Bytes that both files take.
  var byteCount: Int { state.withLock { $0.bytes } }
  /// Whether this process has read from it.
  var isUsed: Bool { state.withLock { $0.isUsed } }
  /// Whether its files were removed.
  var isRemoved: Bool { state.withLock { $0.isRemoved } }

  /// The packs of a folder, the one used longest ago first; what can't be opened is left out.
  static func all(in folder: URL) -> [PicturePack] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    var found: [(pack: PicturePack, used: Int, path: String)] = []
    for name in names where name.hasSuffix(".index") {
      let path = folder.path + "/" + name.dropLast(6)
      let pixels = open(path + ".pixels", O_RDONLY | O_CLOEXEC)
      let index = open(path + ".index", O_RDONLY | O_CLOEXEC)
      var sizes = (stat(), stat())
      guard pixels >= 0, index >= 0, fstat(pixels, &sizes.0) == 0, fstat(index, &sizes.1) == 0
      else {
        if pixels >= 0 { close(pixels) }
        if index >= 0 { close(index) }
        // A list alone is what a process left that died before its first picture.
        if pixels < 0, index >= 0 { unlink(path + ".index") }
        continue
      }
      let pack = PicturePack(
        path: path, pixels: pixels, index: index, pixelBytes: Int(sizes.0.st_size),
        indexBytes: Int(sizes.1.st_size))
      found.append((pack, Int(sizes.1.st_mtim.tv_sec), path))
    }
    return found.sorted { ($0.used, $0.path) < ($1.used, $1.path) }.map(\.pack)
  }

  /// A new pack, empty; nil where the folder takes none.
  static func make(in folder: URL) -> PicturePack? {
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let path = folder.path + "/" + UUID().uuidString
    let flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC
    let index = open(path + ".index", flags, 0o644)
    guard index >= 0 else { return nil }
    let pixels = open(path + ".pixels", flags, 0o644)
    guard pixels >= 0 else {
      close(index)
      unlink(path + ".index")
      return nil
    }
    let pack = PicturePack(path: path, pixels: pixels, index: index, pixelBytes: 0, indexBytes: 0)
    pack.state.withLock { $0.isUsed = true }
    return pack
  }

  /// What the list says, without what can't be: a line cut short, pixels beyond the file's end.
  func entries() -> [(PictureKey, Entry)] {
    let (bytes, pixelBytes) = state.withLock { ($0.bytes - $0.pixelBytes, $0.pixelBytes) }
    let list = Self.read(index, at: 0, count: bytes / Self.entrySize * Self.entrySize) ?? []
    return stride(from: 0, to: list.count, by: Self.entrySize).compactMap { start in
      func word(_ number: Int) -> UInt64 {
        list[(start + 32 + 8 * number)..<(start + 40 + 8 * number)].reversed().reduce(0) {
          $0 << 8 | UInt64($1)
        }
      }
      let (width, height) = (Int(word(1) & 0xFFFF_FFFF), Int(word(1) >> 32))
      guard word(4) == Self.mark, width > 0, height > 0, let offset = Int(exactly: word(0)),
        width <= pixelBytes, height <= pixelBytes / 3 / width,
        offset <= pixelBytes - 3 * width * height
      else { return nil }
      return (
        PictureKey(digest: Array(list[start..<(start + 32)])),
        Entry(
          offset: offset, width: width, height: height,
          hash: PixelHash(low: word(2), high: word(3)))
      )
    }
  }

  /// The picture of an entry; nil where its pixels are not what they were.
  func image(_ entry: Entry) -> Image? {
    guard
      let bytes = Self.read(pixels, at: entry.offset, count: 3 * entry.width * entry.height)
    else { return nil }
    let image = Image(width: entry.width, height: entry.height, pixels: bytes)
    guard image.pixelHash == entry.hash else { return nil }
    let isFirst = state.withLock { state in
      defer { state.isUsed = true }
      return !state.isUsed
    }
    // The time of the list's last change says when the pack was last used.
    if isFirst { utimensat(AT_FDCWD, path + ".index", nil, 0) }
    return image
  }

  /// Adds a picture: first its pixels, then its line of the list.
  ///
  /// - Returns: nil where the disk refuses.
  func append(_ image: Image, _ key: PictureKey) -> Entry? {
    state.withLock { state in
      let offset = state.pixelBytes
      let entry = Entry(
        offset: offset, width: image.width, height: image.height, hash: image.pixelHash)
      var line = key.digest
      for word in [
        UInt64(offset), UInt64(image.width) | UInt64(image.height) << 32, entry.hash.low,
        entry.hash.high, Self.mark,
      ] {
        withUnsafeBytes(of: word.littleEndian) { line.append(contentsOf: $0) }
      }
      guard image.pixels.withUnsafeBytes({ Self.write($0, to: pixels, at: offset) }),
        line.withUnsafeBytes({
          Self.write($0, to: index, at: state.bytes - state.pixelBytes)
        })
      else { return nil }
      state.pixelBytes += image.pixels.count
      state.bytes += image.pixels.count + line.count
      return entry
    }
  }

  /// Removes both files; a process that has them open goes on reading.
  func remove() {
    unlink(path + ".index")
    unlink(path + ".pixels")
    state.withLock { $0.isRemoved = true }
  }

  private static func read(_ file: Int32, at offset: Int, count: Int) -> [UInt8]? {
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let got = pread(
          file, buffer.baseAddress.map { $0 + filled }, count - filled, offset + filled)
        if got < 0 && errno == EINTR { continue }
        guard got > 0 else { return }
        filled += got
      }
    }
    return bytes.count == count ? bytes : nil
  }

  private static func write(
    _ bytes: UnsafeRawBufferPointer, to file: Int32, at offset: Int
  ) -> Bool {
    var done = 0
    while done < bytes.count {
      let got = pwrite(
        file, bytes.baseAddress.map { $0 + done }, bytes.count - done, offset + done)
      if got < 0 && errno == EINTR { continue }
      guard got > 0 else { return false }
      done += got
    }
    return true
  }
}
