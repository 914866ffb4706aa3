internal import Synchronization

/// The contents of a zip archive for tensors that are read one by one: each entry's checksum is
/// computed once, and the deflated entry that was last asked for stays unpacked, since the tensors of
/// a checkpoint may share it.
package final class ZipContents: Sendable {
  private struct State {
    var checked: Set<String> = []
    var last: (name: String, bytes: InflatedBytes)?
  }

  private let archive: ZipArchive
  private let mapping: FileMapping
  private let state = Mutex(State())

  /// The contents of an archive that lies in a mapped file.
  package init(_ archive: ZipArchive, of mapping: FileMapping) {
    self.archive = archive
    self.mapping = mapping
  }

  /// Hands over an entry's bytes, checked.
  package func withBytes<R>(
    of entry: ZipArchive.Entry,
    _ body: (UnsafeRawBufferPointer) throws(FileError.Problem) -> R
  ) throws(FileError.Problem) -> R {
    defer { withExtendedLifetime(mapping) {} }
    if entry.isDeflated {
      return try inflated(entry).lend(body)
    }
    if state.withLock({ $0.checked.contains(entry.name) }) {
      return try archive.withPrefix(of: entry, count: entry.count, body)
    }
    let bytes = try archive.storedBytes(of: entry)
    state.withLock { _ = $0.checked.insert(entry.name) }
    return try body(bytes)
  }

  private func inflated(
    _ entry: ZipArchive.Entry
  ) throws(FileError.Problem) -> InflatedBytes {
    if let last = state.withLock({ $0.last?.name == entry.name ? $0.last?.bytes : nil }) {
      return last
    }
    let bytes = try archive.inflated(entry)
    state.withLock { $0.last = (entry.name, bytes) }
    return bytes
  }
}
