internal import Files
internal import Foundation
internal import Synchronization

/// A file of the cache that is still coming: `ETAG.incomplete`, to which each attempt appends.
final class PartialFile: HTTPReceiver {
  let url: URL
  private let expected: Int?
  private let progress: @Sendable (Int) -> Void
  private let state: Mutex<State>

  private struct State {
    var descriptor: Int32
    var count: Int
    var problem: Problem?
    var accepts = false
  }

  /// Why the file takes no more.
  enum Problem: Error, Equatable {
    case disk(String)
    /// More came than was announced.
    case tooLong
    /// The server sent another part than was asked for.
    case wrongPart
  }

  /// Opens what an earlier attempt left, or a new file.
  ///
  /// - Parameters:
  ///   - expected: The whole length, where it is known.
  ///   - progress: Called with the number of bytes that are there.
  init(
    _ url: URL, expected: Int?, progress: @escaping @Sendable (Int) -> Void
  ) throws(HubError) {
    self.url = url
    self.expected = expected
    self.progress = progress
    let descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .cache(path: url.path, reason: lastSystemError()) }
    state = Mutex(State(descriptor: descriptor, count: Int(lseek(descriptor, 0, SEEK_END))))
    // Longer than the whole file: left by something else.
    if let expected, count > expected { try restart() }
  }

  deinit { state.withLock { _ = close($0.descriptor) } }

  /// Bytes that are there.
  var count: Int { state.withLock { $0.count } }

  /// Why the last attempt was ended from this side, if it was.
  var problem: Problem? { state.withLock { $0.problem } }

  /// Throws away what is there.
  func restart() throws(HubError) {
    let done = state.withLock { PartialFile.empty(&$0) }
    guard done else { throw .cache(path: url.path, reason: lastSystemError()) }
  }

  private static func empty(_ state: inout State) -> Bool {
    guard ftruncate(state.descriptor, 0) == 0, lseek(state.descriptor, 0, SEEK_SET) == 0 else {
      state.problem = .disk(lastSystemError())
      return false
    }
    state.count = 0
    return true
  }

  /// Flushes the file and gives it its place.
  func finish(as place: URL) throws(HubError) {
    let reason = state.withLock { state -> String? in
      guard fsync(state.descriptor) == 0, rename(url.path, place.path) == 0 else {
        return lastSystemError()
      }
      return nil
    }
    if let reason { throw .cache(path: place.path, reason: reason) }
  }

  /// Removes the file.
  func remove() { unlink(url.path) }

  func begin(_ head: HTTPHead) -> Bool {
    state.withLock { state in
      state.problem = nil
      state.accepts = true
      switch head.status {
      case 200:
        // The whole file, whether or not a part was asked for.
        if state.count > 0 { return PartialFile.empty(&state) }
      case 206:
        guard PartialFile.start(of: head.header("Content-Range")) == state.count else {
          state.problem = .wrongPart
          state.accepts = false
          return false
        }
      default: state.accepts = false
      }
      return true
    }
  }

  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let count = state.withLock { state -> Int? in
      // The page that comes with an error is not the file.
      guard state.accepts else { return state.count }
      if let expected, state.count + bytes.count > expected {
        state.problem = .tooLong
        return nil
      }
      var rest = bytes[...]
      while !rest.isEmpty {
        let chunk = UnsafeRawBufferPointer(rebasing: rest)
        let written = write(state.descriptor, chunk.baseAddress, chunk.count)
        if written < 0 {
          if errno == EINTR { continue }
          state.problem = .disk(lastSystemError())
          return nil
        }
        state.count += written
        rest = rest.dropFirst(written)
      }
      return state.count
    }
    guard let count else { return false }
    progress(count)
    return true
  }

  /// The first byte of `bytes 100-199/200`.
  static func start(of contentRange: String?) -> Int? {
    guard let text = contentRange?.lowercased(), text.hasPrefix("bytes ") else { return nil }
    return Int(text.dropFirst(6).prefix { $0 != "-" })
  }
}

/// A short answer kept in memory, such as a list of files.
final class ShortAnswer: HTTPReceiver {
  private let limit: Int
  private let bytes = Mutex<[UInt8]>([])

  /// Takes at most this many bytes.
  init(limit: Int) { self.limit = limit }

  var data: Data { bytes.withLock { Data($0) } }

  func begin(_ head: HTTPHead) -> Bool { true }

  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    self.bytes.withLock { taken in
      guard taken.count + bytes.count <= limit else { return false }
      taken.append(contentsOf: bytes)
      return true
    }
  }
}
