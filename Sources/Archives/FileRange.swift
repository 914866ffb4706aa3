internal import Files
package import Foundation

/// Reading a part of a file without the rest of it.
package enum FileRange {
  /// `count` bytes from `offset` on; the file is opened and closed, so that thousands of files can be
  /// read from in turn.
  ///
  /// - Throws: `.unreadable`, or `.truncated` where the file is shorter than it was.
  package static func read(
    _ file: URL, from offset: Int, count: Int
  ) throws(FileError.Problem) -> [UInt8] {
    let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(lastSystemError()) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(lastSystemError()) }
    guard count >= 0, offset >= 0, count <= Int(status.st_size) - offset else {
      throw .truncated("it has become shorter than \(offset + count) bytes")
    }
    var failure: FileError.Problem?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let got = pread(
          descriptor, buffer.baseAddress.map { $0 + filled }, count - filled,
          off_t(offset + filled))
        if got < 0, errno == EINTR { continue }
        guard got > 0 else {
          failure =
            got < 0 ? .unreadable(lastSystemError()) : .truncated("it ends at \(offset + filled)")
          break
        }
        filled += got
      }
    }
    if let failure { throw failure }
    return bytes
  }
}
