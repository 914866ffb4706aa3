public import Files
public import Foundation

/// A file that is in the cache now.
public struct FetchedFile: Sendable, Equatable {
  /// Its path in the repository.
  public var name: String
  /// Its path on this machine, in the snapshot.
  public var url: URL
  /// The commit it belongs to.
  public var commit: String
  /// How long it is.
  public var byteCount: Int
  /// Whether anything had to be fetched.
  public var wasFetched: Bool
  /// The digest that its bytes were compared with; nil where nothing was fetched, or where the ETag is
  /// no digest.
  public var verified: Digest.Function?
}

extension HubClient {
  /// Sees to it that a file is in the cache, and verified if it had to come.
  ///
  /// A commit's files are never asked for twice. A branch or tag is asked for anew each time; where
  /// the Hub cannot be reached the copy in the cache serves.
  ///
  /// - Throws: ``HubError``.
  public func fetch(_ file: String, of reference: HubReference) throws(HubError) -> FetchedFile {
    guard HubReference.isPath(file) else {
      throw .noFile(file, reference: reference.whole.description)
    }
    if reference.isPinned || environment.isOffline {
      if let found = cached(file, reference) { return found }
      if let commit = cache.commit(of: reference),
        cache.lacks(file, commit: commit, of: reference.repository)
      {
        throw .noFile(file, reference: reference.whole.description)
      }
    }
    if environment.isOffline {
      throw .offline(
        reference: HubReference(
          repository: reference.repository, revision: reference.revision, file: file
        ).description, cache: cache.folder.path)
    }
    let known: HubFile
    do {
      known = try metadata(of: file, in: reference)
    } catch {
      switch error {
      case .unreachable, .failing, .notAHub:
        guard let found = cached(file, reference) else { throw error }
        events(.note("\(error.description) The copy of \(file) in the cache is used"))
        return found
      default: throw error
      }
    }
    return try fetch(file, known, of: reference)
  }

  private func cached(_ file: String, _ reference: HubReference) -> FetchedFile? {
    guard let url = cache.file(file, of: reference), let commit = cache.commit(of: reference)
    else { return nil }
    return FetchedFile(
      name: file, url: url, commit: commit, byteCount: FileSize.bytes(of: url), wasFetched: false)
  }

  private func fetch(
    _ file: String, _ known: HubFile, of reference: HubReference
  ) throws(HubError) -> FetchedFile {
    let repository = reference.repository
    let blob = cache.blob(known.etag, of: repository)
    let lock = cache.lock(known.etag, of: repository)
    try cache.makeFolder(above: blob)
    try cache.makeFolder(above: lock)
    let held = try FileLock.take(
      lock,
      waiting: { events(.note("another program fetches \(file); waiting for it")) },
      isCancelled: isCancelled)
    guard let held else { throw .cancelled(file: file, kept: 0, of: known.byteCount) }
    var verified: Digest.Function?
    let isThere = FileManager.default.fileExists(atPath: blob.path)
    if !isThere { verified = try download(file, known, of: reference, to: blob) }
    try cache.link(file, of: known.commit, to: known.etag, in: repository)
    try cache.note(reference.revision, standsFor: known.commit, in: repository)
    // The lock is held until here.
    _ = consume held
    return FetchedFile(
      name: file,
      url: cache.snapshot(known.commit, of: repository).appendingPathComponent(file),
      commit: known.commit, byteCount: FileSize.bytes(of: blob), wasFetched: !isThere,
      verified: verified)
  }

  /// Fetches the bytes, going on from what an earlier attempt left, and gives them their place once
  /// they are proved to be the right ones.
  private func download(
    _ file: String, _ known: HubFile, of reference: HubReference, to blob: URL
  ) throws(HubError) -> Digest.Function? {
    let events = events
    let partial = try PartialFile(
      URL(fileURLWithPath: blob.path + ".incomplete"), expected: known.byteCount
    ) { events(.progress(file: file, done: $0, total: known.byteCount)) }
    let leftover = partial.count
    events(.fetching(file: file, byteCount: known.byteCount, resumedFrom: leftover))
    try complete(partial, file, known, of: reference)
    do throws(HubError) {
      return try place(partial, file, known, at: blob)
    } catch {
      // What an earlier attempt left may be to blame: once more from the beginning.
      guard case .wrongDigest = error, leftover > 0 else {
        partial.remove()
        throw error
      }
      events(.note("what was there of \(file) was damaged; fetching all of it"))
      try partial.restart()
      try complete(partial, file, known, of: reference)
      do throws(HubError) { return try place(partial, file, known, at: blob) } catch {
        partial.remove()
        throw error
      }
    }
  }

  /// Asks for the rest until all of it is there.
  private func complete(
    _ partial: PartialFile, _ file: String, _ known: HubFile, of reference: HubReference
  ) throws(HubError) {
    var location = known.location
    var failures = 0
    var mark = partial.count
    while true {
      if let expected = known.byteCount, partial.count == expected { return }
      let fault: Fault
      do throws(Fault) {
        try ask(for: partial, file, known, at: location, of: reference)
        return
      } catch { fault = error }
      switch fault {
      case .final(let error): throw error
      case .cancelled:
        throw .cancelled(file: file, kept: partial.count, of: known.byteCount)
      case .passing(let error, let pause):
        // Only an attempt that brought something worth while starts the count anew.
        if partial.count - mark >= max(1 << 16, (known.byteCount ?? 0) / 50) {
          failures = 0
          mark = partial.count
        }
        failures += 1
        guard failures < patience.attempts else { throw fault.error(after: failures, of: file) }
        try rest(
          after: failures, because: error, asked: pause, of: file, kept: partial.count,
          total: known.byteCount)
      }
      // Addresses outside the Hub are valid for a while only.
      var pinned = reference
      pinned.revision = known.commit
      if let again = try? askMetadata(of: file, in: pinned), again.etag == known.etag {
        location = again.location
      }
    }
  }

  /// Asks once for what is missing.
  private func ask(
    for partial: PartialFile, _ file: String, _ known: HubFile, at location: URL,
    of reference: HubReference
  ) throws(Fault) {
    let start = partial.count
    let result: (head: HTTPHead, url: URL)
    do throws(Fault) {
      result = try ask(
        "GET", location, headers: start > 0 ? ["Range": "bytes=\(start)-"] : [:], into: partial)
    } catch {
      switch partial.problem {
      case .disk(let reason): throw .final(.cache(path: partial.url.path, reason: reason))
      case .tooLong:
        partial.remove()
        throw .final(.tooLong(file: file, expected: known.byteCount ?? 0))
      case .wrongPart: throw try anew(partial, "it sent another part than was asked for", location)
      case nil: throw error
      }
    }
    let (head, url) = result
    switch head.status {
    case 200, 206:
      if let expected = known.byteCount, partial.count < expected {
        let reason = "it ended after \(partial.count) of \(expected) bytes"
        throw .passing(
          .unreachable(host: name(of: url), reason: reason, attempts: 1), pauseSeconds: nil)
      }
    case 416: throw try anew(partial, "it has no such part", url)
    case 401, 403, 404:
      guard isHome(url) else {
        // The address may have expired; a new one is asked for before the next attempt.
        throw .passing(
          .failing(host: name(of: url), status: head.status, attempts: 1), pauseSeconds: nil)
      }
      throw fault(head, at: url, of: reference, file: file)
    default: throw fault(head, at: url, of: reference, file: file)
    }
  }

  /// Throws away what is there, for a server that cannot continue it.
  private func anew(
    _ partial: PartialFile, _ reason: String, _ url: URL
  ) throws(Fault) -> Fault {
    do throws(HubError) { try partial.restart() } catch { throw .final(error) }
    return .passing(
      .unreachable(host: name(of: url), reason: reason, attempts: 1), pauseSeconds: nil)
  }

  /// Compares the whole file with the digest that is its name, and gives it its place.
  private func place(
    _ partial: PartialFile, _ file: String, _ known: HubFile, at blob: URL
  ) throws(HubError) -> Digest.Function? {
    let function = HubClient.function(of: known.etag)
    if let function {
      events(.verifying(file: file))
      let actual: String
      do {
        let goesOn: FileDigest.Progress = { [isCancelled] _ in !isCancelled() }
        actual =
          switch function {
          case .sha256: try FileDigest.sha256(of: partial.url, progress: goesOn)
          case .sha1: try FileDigest.gitBlob(of: partial.url, progress: goesOn)
          }
      } catch {
        switch error {
        case .cancelled:
          throw .cancelled(file: file, kept: partial.count, of: known.byteCount)
        case .unreadable(let reason): throw .cache(path: partial.url.path, reason: reason)
        }
      }
      guard actual == known.etag else {
        throw .wrongDigest(file: file, expected: known.etag, actual: actual)
      }
    }
    try partial.finish(as: blob)
    if function == .sha256 { digests.remember(known.etag, of: blob) }
    return function
  }

  /// The digest that an ETag is, told by its length.
  static func function(of etag: String) -> Digest.Function? {
    guard etag.utf8.allSatisfy(HubReference.isHexadecimal) else { return nil }
    return switch etag.utf8.count {
    case 64: .sha256
    case 40: .sha1
    default: nil
    }
  }
}
