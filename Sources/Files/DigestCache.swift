public import Foundation

/// SHA-256 digests of files, remembered for as long as a file's size, times and inode stay the same,
/// so that weights are hashed once and not at every opening.
///
/// One small file for each path; a cache that can't be read or written only costs time. A change that
/// leaves size, inode and both times as they were goes unnoticed: nothing but a clock set back makes
/// one, and ``FileDigest`` is there for who wants to be sure.
public struct DigestCache: Sendable {
  /// Files below this size are hashed anew each time, which costs less than to look.
  static let smallest = 1 << 20
  /// A file changed this recently may change again within the same tick of the clock of its times.
  static let settlingNanoseconds: Int64 = 20_000_000

  private let folder: URL

  /// A cache in this folder, which need not be there yet.
  public init(folder: URL = CacheHome.graft().appendingPathComponent("digests")) {
    self.folder = folder
  }

  /// The digest of a file in lower-case hexadecimal digits, remembered or computed.
  ///
  /// - Throws: ``FileDigestError``.
  public func sha256(
    of file: URL, progress: FileDigest.Progress = { _ in true }
  ) throws(FileDigestError) -> String {
    if let known = remembered(of: file) { return known }
    let before = Stamp(file)
    let digest = try FileDigest.sha256(of: file, progress: progress)
    if let before { remember(digest, of: file, as: before) }
    return digest
  }

  /// The digest where it is remembered; never reads the file.
  public func remembered(of file: URL) -> String? {
    guard let stamp = Stamp(file), stamp.size >= DigestCache.smallest,
      let text = try? String(contentsOf: entry(file), encoding: .utf8)
    else { return nil }
    let parts = text.split(separator: "\n")
    guard parts.count == 2, parts[0] == stamp.text, parts[1].count == 64 else { return nil }
    return String(parts[1])
  }

  /// Remembers a digest that the caller has computed himself just now.
  public func remember(_ digest: String, of file: URL) {
    guard let stamp = Stamp(file) else { return }
    remember(digest, of: file, as: stamp)
  }

  private func remember(_ digest: String, of file: URL, as stamp: Stamp) {
    guard stamp.size >= DigestCache.smallest else { return }
    let wait = DigestCache.settlingNanoseconds - stamp.age
    if wait > 0 { usleep(UInt32(min(wait, DigestCache.settlingNanoseconds) / 1000)) }
    guard Stamp(file) == stamp else { return }
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try? Data("\(stamp.text)\n\(digest)\n".utf8).write(to: entry(file), options: .atomic)
  }

  private func entry(_ file: URL) -> URL {
    let path = file.resolvingSymlinksInPath().standardizedFileURL.path
    return folder.appendingPathComponent(String(Digest.sha256(of: path).prefix(32)))
  }

  /// What the system says of a file without reading it.
  private struct Stamp: Equatable {
    var size: Int
    var text: String
    /// Nanoseconds since the last change.
    var age: Int64

    init?(_ file: URL) {
      var status = stat()
      guard stat(file.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
      size = Int(status.st_size)
      text =
        "\(size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) "
        + "\(status.st_ctim.tv_sec).\(status.st_ctim.tv_nsec) \(status.st_dev).\(status.st_ino)"
      var now = timespec()
      clock_gettime(CLOCK_REALTIME, &now)
      age =
        Int64(now.tv_sec - status.st_ctim.tv_sec) * 1_000_000_000
        + Int64(now.tv_nsec - status.st_ctim.tv_nsec)
    }

    static func == (a: Stamp, b: Stamp) -> Bool { a.text == b.text }
  }
}
