public import Foundation

/// The folder in which Hugging Face's tools and Graft keep repositories, in the layout that they
/// share: what one has fetched the other finds.
///
/// ```
/// models--timm--resnet18.a1_in1k/
///   blobs/ETAG                     the bytes of a file, named by the Hub's ETag
///   refs/main                      the commit that a branch or tag stood for
///   snapshots/COMMIT/config.json   → ../../blobs/ETAG
///   .no_exist/COMMIT/FILE          the commit has no such file
/// .locks/models--timm--resnet18.a1_in1k/ETAG.lock
/// ```
///
/// - Reference: huggingface_hub 2.4, "Understand caching".
public struct HubCache: Sendable {
  /// The folder of all repositories.
  public let folder: URL

  /// The cache in a folder, by default the one that Hugging Face's variables name.
  public init(folder: URL = HubEnvironment.cacheFolder()) {
    self.folder = folder
  }

  /// The folder of a repository.
  func repository(_ name: String) -> URL {
    folder.appendingPathComponent(HubCache.folderName(name), isDirectory: true)
  }

  static func folderName(_ repository: String) -> String {
    "models--" + repository.replacingOccurrences(of: "/", with: "--")
  }

  func blob(_ etag: String, of repository: String) -> URL {
    self.repository(repository).appendingPathComponent("blobs/\(etag)")
  }

  func snapshot(_ commit: String, of repository: String) -> URL {
    self.repository(repository).appendingPathComponent("snapshots/\(commit)", isDirectory: true)
  }

  func lock(_ etag: String, of repository: String) -> URL {
    folder.appendingPathComponent(".locks/\(HubCache.folderName(repository))/\(etag).lock")
  }

  /// The commit that a revision stood for when it was last fetched; a commit stands for itself, and
  /// so does the beginning of one (seven digits or more) that only one snapshot has.
  public func commit(of reference: HubReference) -> String? {
    if reference.isPinned { return reference.revision }
    let file = repository(reference.repository)
      .appendingPathComponent("refs/\(reference.revision)")
    if let text = try? String(contentsOf: file, encoding: .utf8) {
      let commit = text.trimmingCharacters(in: .whitespacesAndNewlines)
      return HubReference.isCommit(commit) ? commit : nil
    }
    guard reference.revision.utf8.count >= 7 else { return nil }
    let commits = self.commits(of: reference.repository)
      .filter { $0.hasPrefix(reference.revision) }
    return commits.count == 1 ? commits[0] : nil
  }

  /// Whether the commit was found to have no such file.
  func lacks(_ file: String, commit: String, of repository: String) -> Bool {
    FileManager.default.fileExists(
      atPath: self.repository(repository).appendingPathComponent(".no_exist/\(commit)/\(file)").path
    )
  }

  /// A file of a revision, where it is here.
  public func file(_ name: String, of reference: HubReference) -> URL? {
    guard let commit = commit(of: reference), HubReference.isPath(name) else { return nil }
    let url = snapshot(commit, of: reference.repository).appendingPathComponent(name)
    return FileManager.default.fileExists(atPath: url.path) ? url : nil
  }

  /// The folder of a revision's files, where there is one.
  public func snapshot(of reference: HubReference) -> URL? {
    guard let commit = commit(of: reference) else { return nil }
    let url = snapshot(commit, of: reference.repository)
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
    return exists && isFolder.boolValue ? url : nil
  }

  /// Every revision of which something is here: each branch or tag, and each commit that none of
  /// them stands for; by name.
  public func references() -> [HubReference] {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    return names.flatMap { name -> [HubReference] in
      let parts = name.components(separatedBy: "--")
      guard parts.count == 3, parts[0] == "models", HubReference.isName(parts[1]),
        HubReference.isName(parts[2])
      else { return [] }
      return references(of: "\(parts[1])/\(parts[2])")
    }
  }

  /// The revisions of one repository of which something is here.
  func references(of repository: String) -> [HubReference] {
    let commits = self.commits(of: repository)
    let named = refs(of: repository).filter { commits.contains($0.commit) }
    let unnamed = Set(commits).subtracting(named.map(\.commit)).sorted()
    return (named.map(\.name).sorted() + unnamed).map {
      HubReference(repository: repository, revision: $0)
    }
  }

  /// What a path inside the cache belongs to: the revision as a person would name it.
  public func reference(containing url: URL) -> HubReference? {
    let root = folder.standardizedFileURL.pathComponents
    let path = url.standardizedFileURL.pathComponents
    guard path.count >= root.count + 3, Array(path.prefix(root.count)) == root,
      path[root.count + 1] == "snapshots"
    else { return nil }
    let parts = path[root.count].components(separatedBy: "--")
    guard parts.count == 3, parts[0] == "models" else { return nil }
    let repository = "\(parts[1])/\(parts[2])"
    let commit = path[root.count + 2]
    let names = refs(of: repository).filter { $0.commit == commit }.map(\.name)
    let revision =
      names.contains(HubReference.defaultRevision)
      ? HubReference.defaultRevision : names.min() ?? commit
    let file = path.dropFirst(root.count + 3).joined(separator: "/")
    return HubReference(
      repository: repository, revision: revision, file: file.isEmpty ? nil : file)
  }

  func commits(of repository: String) -> [String] {
    let folder = self.repository(repository).appendingPathComponent("snapshots")
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
      .filter(HubReference.isCommit).sorted()
  }

  func refs(of repository: String) -> [(name: String, commit: String)] {
    let folder = self.repository(repository).appendingPathComponent("refs")
    let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
    return (names ?? []).compactMap { name in
      guard
        let text = try? String(
          contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
      else { return nil }
      let commit = text.trimmingCharacters(in: .whitespacesAndNewlines)
      return HubReference.isCommit(commit) && HubReference.isRevision(name) ? (name, commit) : nil
    }
  }
}
