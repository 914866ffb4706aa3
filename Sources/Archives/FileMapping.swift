internal import Files
package import Foundation

/// The bytes of a whole file, mapped read-only into memory and unmapped with the last reference.
///
/// Nothing is read until it is touched, so that opening a large file costs only its header.
package final class FileMapping: Sendable {
  /// Every byte of the file; empty for an empty file.
  ///
  /// Nobody writes to them, so any thread may read them.
  package nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
  /// Whether the bytes are the file's own, and not a copy.
  package let isMapped: Bool

  /// Maps a regular file.
  package init(_ file: URL) throws(FileError.Problem) {
    let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(FileMapping.lastSystemError()) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(FileMapping.lastSystemError()) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(
        status.st_mode & S_IFMT == S_IFDIR ? "it is a folder" : "it is not a regular file")
    }
    isMapped = true
    let count = Int(status.st_size)
    guard count > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let base = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED
    else { throw .unreadable(FileMapping.lastSystemError()) }
    bytes = UnsafeRawBufferPointer(start: base, count: count)
  }

  /// A copy of bytes that stand for a file: exactly as many as there are, so that a memory checker
  /// sees a read past their end.
  package init(copying source: UnsafeRawBufferPointer) {
    isMapped = false
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: source.count, alignment: 1)
    copy.copyMemory(from: source)
    bytes = UnsafeRawBufferPointer(copy)
  }

  deinit {
    guard isMapped else { return bytes.deallocate() }
    if let base = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: base), bytes.count)
    }
  }

  /// Lends the bytes: they stay in place until the body returns.
  ///
  /// `bytes` alone keeps nothing alive.
  package func withBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    defer { withExtendedLifetime(self) {} }
    return try body(bytes)
  }

  /// Maps a file for a parser of its bytes, and adds the file's name to whatever is thrown.
  package static func parsing<R>(
    _ file: URL, _ body: (UnsafeRawBufferPointer) throws(FileError.Problem) -> R
  ) throws(FileError) -> R {
    try naming(file) { () throws(FileError.Problem) in try FileMapping(file).withBytes(body) }
  }

  /// What errno says, in words and in lower case.
  package static func lastSystemError() -> String { Files.lastSystemError() }
}
