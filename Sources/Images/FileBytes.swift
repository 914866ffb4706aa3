internal import Foundation

/// Reading the bytes of a file with the system's own reason when that fails.
package enum FileBytes {
  /// At most `limit` bytes from the start of a file (all of it when nil).
  ///
  /// - Throws: `.unreadable`; `.tooManyBytes` for a file longer than `limits` allow, where given.
  package static func read(
    _ path: String, limit: Int? = nil, limits: ImageLimits? = nil
  ) throws(ImageError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw unreadable(path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(file: path, reason: "not a regular file")
    }
    if let limits, Int(status.st_size) > limits.maximumFileSize {
      throw .tooManyBytes(file: path, bytes: Int(status.st_size), limit: limits.maximumFileSize)
    }
    let wanted = min(Int(status.st_size), limit ?? Int.max)
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
      while count < wanted {
        let got = Foundation.read(descriptor, buffer.baseAddress.map { $0 + count }, wanted - count)
        if got < 0 && errno == EINTR { continue }
        failed = got < 0
        guard got > 0 else { break }
        count += got
      }
    }
    guard !failed else { throw unreadable(path) }
    return bytes
  }

  private static func unreadable(_ path: String) -> ImageError {
    .unreadable(file: path, reason: String(cString: strerror(errno)))
  }
}
