internal import Files
package import Foundation

/// A whole file mapped read-only into memory, unmapped when the last reference goes.
///
/// Nothing is read until it is touched, so that opening a large file costs only its header.
package final class FileMapping {
  /// Every byte of the file; empty for an empty file.
  package let bytes: UnsafeRawBufferPointer

  /// Maps a regular file.
  package init(_ file: URL) throws(CheckpointError.Problem) {
    let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(FileMapping.lastSystemError()) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(FileMapping.lastSystemError()) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(
        status.st_mode & S_IFMT == S_IFDIR ? "it is a folder" : "it is not a regular file")
    }
    let count = Int(status.st_size)
    guard count > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let base = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED
    else { throw .unreadable(FileMapping.lastSystemError()) }
    bytes = UnsafeRawBufferPointer(start: base, count: count)
  }

  deinit {
    if let base = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: base), bytes.count)
    }
  }

  /// What errno says, in words and in lower case.
  package static func lastSystemError() -> String { Files.lastSystemError() }
}
