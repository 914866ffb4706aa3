internal import Files
internal import Foundation

/// A lock between programs on a file of the cache, the same that Python's `filelock` takes, held until
/// the value goes.
struct FileLock: ~Copyable {
  private let descriptor: Int32

  /// Waits for the lock.
  ///
  /// - Parameters:
  ///   - waiting: Called once when another program holds it.
  ///   - isCancelled: Asked ten times a second while waiting.
  /// - Returns: nil where the work was cancelled meanwhile.
  static func take(
    _ file: URL, waiting: () -> Void, isCancelled: () -> Bool
  ) throws(HubError) -> FileLock? {
    var hasWaited = false
    while !isCancelled() {
      let descriptor = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else {
        throw .cache(path: file.path, reason: lastSystemError())
      }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
        // Who held it before may have removed the file, and a new one may be locked by a third.
        if isStill(descriptor, at: file) { return FileLock(descriptor: descriptor) }
        close(descriptor)
        continue
      }
      let refusal = errno
      close(descriptor)
      guard refusal == EWOULDBLOCK || refusal == EINTR else {
        // File systems without locks: the name of a partial file is then all that keeps order.
        return FileLock(descriptor: -1)
      }
      if !hasWaited { waiting() }
      hasWaited = true
      usleep(100_000)
    }
    return nil
  }

  private static func isStill(_ descriptor: Int32, at file: URL) -> Bool {
    var opened = stat()
    var named = stat()
    return fstat(descriptor, &opened) == 0 && stat(file.path, &named) == 0
      && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
  }

  private init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { if descriptor >= 0 { close(descriptor) } }
}
