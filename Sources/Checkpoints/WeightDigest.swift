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
    func size(_ url: URL) -> Int {
      var status = stat()
      return stat(url.path, &status) == 0 ? Int(status.st_size) : 0
    }
    guard isIndex(file), let names = try? shards(of: file) else { return size(file) }
    return names.reduce(0) {
      $0 + size(file.deletingLastPathComponent().appendingPathComponent($1))
    }
  }

  static func isIndex(_ file: URL) -> Bool { file.lastPathComponent.hasSuffix(".index.json") }

  /// The files that an index names, each once, by name.
  private static func shards(of index: URL) throws(CheckpointError) -> [String] {
    struct Index: Decodable { var weight_map: [String: String] }
    guard let data = try? Data(contentsOf: index),
      let map = try? JSONDecoder().decode(Index.self, from: data).weight_map
    else {
      throw CheckpointError(
        file: index, .malformed("it is no index of shards with a 'weight_map'"))
    }
    return Set(map.values).sorted()
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
