internal import Files
public import Foundation

extension HubCache {
  /// What goes when a revision is removed.
  public struct Removal: Sendable, Equatable {
    /// Files and folders.
    public var paths: [URL]
    /// Bytes of the blobs among them.
    public var byteCount: Int
  }

  /// What belongs to a revision alone: its snapshot, the names that stand for it and the blobs that no
  /// other snapshot uses; of the last revision of a repository, all of it.
  ///
  /// Empty where nothing is here.
  public func removal(of reference: HubReference) -> Removal {
    let repository = reference.repository
    let root = self.repository(repository)
    guard let commit = commit(of: reference),
      FileManager.default.fileExists(atPath: snapshot(commit, of: repository).path)
    else { return Removal(paths: [], byteCount: 0) }
    let others = commits(of: repository).filter { $0 != commit }
    let blobs = root.appendingPathComponent("blobs")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: blobs.path)) ?? []
    guard !others.isEmpty else {
      return Removal(
        paths: [root, folder.appendingPathComponent(".locks/\(HubCache.folderName(repository))")],
        byteCount: names.reduce(0) { $0 + FileSize.bytes(of: blobs.appendingPathComponent($1)) })
    }
    let used = others.reduce(into: Set<String>()) {
      $0.formUnion(blobNames(of: $1, in: repository))
    }
    let orphans = blobNames(of: commit, in: repository).subtracting(used).sorted()
      .map { blobs.appendingPathComponent($0) }
    let pointers = refs(of: repository).filter { $0.commit == commit }
      .map { root.appendingPathComponent("refs/\($0.name)") }
    return Removal(
      paths: [snapshot(commit, of: repository)] + pointers + orphans,
      byteCount: orphans.reduce(0) { $0 + FileSize.bytes(of: $1) })
  }

  /// The files of a snapshot, by their paths in it, with the ETag that each one's blob is named by.
  public func files(ofSnapshot snapshot: URL) -> [(name: String, etag: String)] {
    let names = FileManager.default.enumerator(atPath: snapshot.path)?
      .compactMap { $0 as? String }.sorted()
    return (names ?? []).compactMap { name in
      let path = snapshot.appendingPathComponent(name).path
      guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else {
        return nil
      }
      return (name, (target as NSString).lastPathComponent)
    }
  }

  /// Whether a file's bytes are those that its ETag names; nil where the ETag is no digest.
  ///
  /// - Throws: `FileDigestError`.
  public static func matches(
    _ etag: String, _ file: URL, progress: (Int) -> Bool
  ) throws -> Bool? {
    switch HubClient.function(of: etag) {
    case .sha256: try FileDigest.sha256(of: file, progress: progress) == etag
    case .sha1: try FileDigest.gitBlob(of: file, progress: progress) == etag
    case nil: nil
    }
  }

  private func blobNames(of commit: String, in repository: String) -> Set<String> {
    Set(files(ofSnapshot: snapshot(commit, of: repository)).map(\.etag))
  }
}
