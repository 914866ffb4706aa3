import Synchronization

/// A value that is made when it is first asked for, and then kept.
///
/// Whoever asks while it is being made waits. A failure is not kept.
final class Once<Value: Sendable>: Sendable {
  private let made = Mutex<Value?>(nil)

  /// The value, made by `make` if nobody asked before.
  ///
  /// - Precondition: `make` does not ask for the same value.
  func callAsFunction(_ make: () throws -> Value) throws -> Value {
    try made.withLock { made in
      if let value = made { return value }
      let value = try make()
      made = value
      return value
    }
  }
}
