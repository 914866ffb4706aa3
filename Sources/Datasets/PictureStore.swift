internal import Files
public import Foundation
internal import Images
internal import Synchronization

/// Keeps decoded and scaled pictures on disk, for the next epoch that doesn't fit into memory and for
/// the next command.
///
/// What is kept is found by the SHA-256 of the picture's file and of all that was done to it, so a file
/// that changed or moved is decoded or found as it should be, and what a loader yields is the same with
/// and without a store.
///
/// A store is a folder of packs. Each process that adds pictures writes a pack of its own: pixels one
/// after the other (`ID.pixels`), and a list of 72 bytes for each (`ID.index`), which is written after
/// the pixels. So processes don't disturb each other, and one that dies leaves a list that is right; each
/// entry has a hash of its pixels besides, against disks that lost some. Packs are read at places, not
/// mapped: a mapped file that somebody cuts short would end the program, while here it is a miss, as every
/// other failure is. The system keeps what is read often in memory either way.
///
/// Together the packs stay within a bound: those used longest ago go first, never one that this process
/// uses.
public final class PictureStore: Sendable {
  /// How the store served.
  public struct Counts: Sendable, Hashable {
    /// Pictures that were taken from it.
    public var found = 0
    /// Pictures that were added to it.
    public var added = 0

    /// Counts from their parts.
    public init(found: Int = 0, added: Int = 0) {
      self.found = found
      self.added = added
    }
  }

  private struct Contents {
    var packs: [PicturePack] = []
    var places: [PictureKey: (pack: Int, entry: PicturePack.Entry)] = [:]
    /// The pack that this process writes; made for the first picture.
    var own: Int?
    /// Bytes of all packs.
    var bytes = 0
    /// False once there is no room or the disk refuses.
    var takesMore = true
    var counts = Counts()
  }

  /// The most packs; more would hold too many files open.
  private static let packLimit = 64

  private let folder: URL
  private let maximumBytes: Int
  private let contents: Mutex<Contents>

  /// Opens a store; the folder is made when there is something to keep.
  ///
  /// - Parameters:
  ///   - maximumBytes: what all packs may take together.
  public init(folder: URL, maximumBytes: Int = 8 << 30) {
    precondition(maximumBytes >= 0, "PictureStore: \(maximumBytes) bytes")
    self.folder = folder
    self.maximumBytes = maximumBytes
    var start = Contents()
    // The one used last comes last.
    for pack in PicturePack.all(in: folder) {
      start.packs.append(pack)
      start.bytes += pack.byteCount
      for (key, entry) in pack.entries() { start.places[key] = (start.packs.count - 1, entry) }
    }
    contents = Mutex(start)
  }

  /// The user's store.
  public static func user() -> PictureStore {
    PictureStore(folder: CacheHome.graft().appendingPathComponent("pictures"))
  }

  /// How the store has served so far.
  public var counts: Counts { contents.withLock { $0.counts } }

  /// Bytes of all packs.
  public var bytes: Int { contents.withLock { $0.bytes } }

  /// The picture made of a file's bytes, from the store or by `make`, which then is kept.
  ///
  /// - Parameter steps: all that `make` does besides reading the bytes, in words.
  func image(
    of bytes: [UInt8], steps: String, make: () throws(ImageError) -> Image
  ) throws(ImageError) -> Image {
    let key = PictureKey(bytes, steps)
    // Only the place is looked up under the lock; reading may take long.
    let place = contents.withLock { contents in
      contents.places[key].map { (contents.packs[$0.pack], $0.entry) }
    }
    if let (pack, entry) = place, let image = pack.image(entry) {
      contents.withLock { $0.counts.found += 1 }
      return image
    }
    let image = try make()
    contents.withLock { add(image, key, to: &$0) }
    return image
  }

  private func add(_ image: Image, _ key: PictureKey, to contents: inout Contents) {
    let size = image.pixels.count + PicturePack.entrySize
    guard contents.takesMore else { return }
    makeRoom(for: size, in: &contents)
    guard contents.bytes + size <= maximumBytes else {
      contents.takesMore = false
      return
    }
    if contents.own == nil, let pack = PicturePack.make(in: folder) {
      contents.packs.append(pack)
      contents.own = contents.packs.count - 1
    }
    guard let own = contents.own, let entry = contents.packs[own].append(image, key) else {
      contents.takesMore = false
      return
    }
    contents.places[key] = (own, entry)
    contents.bytes += size
    contents.counts.added += 1
  }

  /// Removes packs used longest ago, until a picture of this size fits or all that is left is in use.
  private func makeRoom(for size: Int, in contents: inout Contents) {
    guard size <= maximumBytes else { return }
    var count = contents.packs.filter { !$0.isRemoved }.count
    for (index, pack) in contents.packs.enumerated() {
      let isFull = contents.bytes + size > maximumBytes
      guard isFull || (contents.own == nil && count >= Self.packLimit) else { return }
      guard index != contents.own, !pack.isRemoved, !pack.isUsed else { continue }
      pack.remove()
      contents.bytes -= pack.byteCount
      count -= 1
      contents.places = contents.places.filter { $0.value.pack != index }
    }
  }
}

/// What a kept picture is found by.
struct PictureKey: Hashable {
  /// 32 bytes.
  let digest: [UInt8]

  init(digest: [UInt8]) { self.digest = digest }

  init(_ bytes: [UInt8], _ steps: String) {
    var digest = Digest(.sha256)
    digest.update("graft.pictures/1\n\(steps)\n")
    bytes.withUnsafeBytes { digest.update($0) }
    self.digest = digest.bytes()
  }
}
