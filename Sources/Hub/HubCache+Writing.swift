internal import Files
internal import Foundation

extension HubCache {
  /// Makes the folders above a file.
  func makeFolder(above file: URL) throws(HubError) {
    let folder = file.deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw .cache(path: folder.path, reason: systemReason(error))
    }
  }

  /// Notes which commit a branch or tag stands for; appears whole or not at all.
  func note(_ revision: String, standsFor commit: String, in repository: String) throws(HubError) {
    guard revision != commit else { return }
    let file = self.repository(repository).appendingPathComponent("refs/\(revision)")
    if (try? String(contentsOf: file, encoding: .utf8)) == commit { return }
    try makeFolder(above: file)
    do {
      try Data(commit.utf8).write(to: file, options: .atomic)
    } catch {
      throw .cache(path: file.path, reason: systemReason(error))
    }
  }

  /// Notes that a commit has no such file, which spares the question the next time.
  func note(absent file: String, commit: String, in repository: String) throws(HubError) {
    let url = self.repository(repository).appendingPathComponent(".no_exist/\(commit)/\(file)")
    if FileManager.default.fileExists(atPath: url.path) { return }
    try makeFolder(above: url)
    do { try Data().write(to: url) } catch {
      throw .cache(path: url.path, reason: systemReason(error))
    }
  }

  /// Puts a blob into a snapshot under a file's name, by a relative link, so that the cache can be
  /// moved; what stood there before is replaced at once.
  func link(_ file: String, of commit: String, to etag: String, in repository: String)
    throws(HubError)
  {
    let pointer = snapshot(commit, of: repository).appendingPathComponent(file)
    let depth = file.split(separator: "/").count
    let target =
      String(repeating: "../", count: depth + 1) + "blobs/\(etag)"
    if (try? FileManager.default.destinationOfSymbolicLink(atPath: pointer.path)) == target {
      return
    }
    try makeFolder(above: pointer)
    let temporary = pointer.path + ".\(getpid())-\(UInt32.random(in: .min ... .max)).tmp"
    guard symlink(target, temporary) == 0, rename(temporary, pointer.path) == 0 else {
      let reason = lastSystemError()
      unlink(temporary)
      throw .cache(path: pointer.path, reason: reason)
    }
  }
}
