package import Files
package import Foundation

/// The digest by which weights are recognised.
package enum WeightDigest {
  /// The SHA-256 of a weight file in lower-case hexadecimal digits, remembered from an earlier time or
  /// computed; of an index of shards, the digest of the list of its files' names and digests.
  ///
  /// - Parameters:
  ///   - isFresh: Whether the file is read whatever is remembered.
  ///   - progress: Is asked before every MiB, with the bytes of the file taken in; false stops.
  /// - Throws: ``CheckpointError`` naming the file that can't be read.
  package static func sha256(
    of file: URL, isFresh: Bool = false, progress: FileDigest.Progress = { _ in true }
  ) throws(CheckpointError) -> String {
    guard isIndex(file) else { return try single(file, isFresh, progress) }
    var list = ""
    for name in try shards(of: file) {
      let shard = file.deletingLastPathComponent().appendingPathComponent(name)
      list += "\(name) \(try single(shard, isFresh, progress))\n"
    }
    return Digest.sha256(of: list)
  }

  /// Bytes of the weights: of a file, or of all shards of an index.
  package static func byteCount(of file: URL) -> Int {
    guard isIndex(file), let names = try? shards(of: file) else { return FileSize.bytes(of: file) }
    return names.reduce(0) {
      $0 + FileSize.bytes(of: file.deletingLastPathComponent().appendingPathComponent($1))
    }
  }

  static func isIndex(_ file: URL) -> Bool { file.lastPathComponent.hasSuffix(".index.json") }

  /// The files that an index names, each once, by name.
  private static func shards(of index: URL) throws(CheckpointError) -> [String] {
    try FileMapping.parsing(index) { (bytes) throws(CheckpointError.Problem) in
      try ShardIndex(bytes).shards
    }
  }

  private static func single(
    _ file: URL, _ isFresh: Bool, _ progress: FileDigest.Progress
  ) throws(CheckpointError) -> String {
    let cache = DigestCache()
    do {
      guard isFresh else { return try cache.sha256(of: file, progress: progress) }
      let digest = try FileDigest.sha256(of: file, progress: progress)
      cache.remember(digest, of: file)
      return digest
    } catch {
      switch error {
      case .unreadable(let reason): throw CheckpointError(file: file, .unreadable(reason))
      case .cancelled: throw CheckpointError(file: file, .unreadable("the work was stopped"))
      }
    }
  }
}
