package import Foundation

/// A file that appears under its name only when it is complete.
///
/// Bytes go to a temporary neighbour, which is flushed to disk and renamed; when anything fails the
/// neighbour is removed and whatever stood under the name before is untouched.
package struct AtomicFile: ~Copyable {
  private let descriptor: Int32
  private let temporary: String
  /// Bytes written so far.
  package private(set) var count = 0

  /// Creates a file by handing a writer to `body`, and puts it in place when `body` returns.
  package static func write(
    to file: URL, _ body: (inout AtomicFile) throws(FileError.Problem) -> Void
  ) throws(FileError) {
    do throws(FileError.Problem) {
      var writer = try AtomicFile(beside: file)
      do throws(FileError.Problem) {
        try body(&writer)
        try writer.finish(as: file)
      } catch {
        close(writer.descriptor)
        unlink(writer.temporary)
        throw error
      }
    } catch {
      throw FileError(file: file, error)
    }
  }

  private init(beside file: URL) throws(FileError.Problem) {
    // Opened by name and not by mkstemp, so that the file gets the permissions of any new file.
    temporary = "\(file.path).\(getpid())-\(UInt32.random(in: .min ... .max)).partial"
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .unwritable(FileMapping.lastSystemError()) }
  }

  /// Appends bytes.
  package mutating func append(
    _ bytes: UnsafeRawBufferPointer
  ) throws(FileError.Problem) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let chunk = UnsafeRawBufferPointer(rebasing: rest)
      let written = Foundation.write(descriptor, chunk.baseAddress, chunk.count)
      if written < 0 {
        if errno == EINTR { continue }
        throw .unwritable(FileMapping.lastSystemError())
      }
      rest = rest.dropFirst(written)
    }
    count += bytes.count
  }

  /// Appends an array of bytes.
  package mutating func append(_ bytes: some ContiguousBytes) throws(FileError.Problem) {
    var failure: FileError.Problem?
    bytes.withUnsafeBytes { raw in
      do throws(FileError.Problem) { try append(raw) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  private func finish(as file: URL) throws(FileError.Problem) {
    guard fsync(descriptor) == 0, rename(temporary, file.path) == 0
    else { throw .unwritable(FileMapping.lastSystemError()) }
    close(descriptor)
  }
}
