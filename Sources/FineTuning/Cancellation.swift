import Synchronization

/// A flag that asks long work to stop at its next safe point.
///
/// Work that finds it raised throws `CancellationError` after it has put away what it had.
public final class Cancellation: Sendable {
  private let flag = Atomic<Bool>(false)

  /// Creates a flag that is not raised.
  public init() {}

  /// Asks the work to stop; safe to call from a signal handler.
  public func cancel() { flag.store(true, ordering: .relaxed) }

  /// Whether the work was asked to stop.
  public var isCancelled: Bool { flag.load(ordering: .relaxed) }

  /// Throws `CancellationError` when the work was asked to stop.
  public func check() throws {
    if isCancelled { throw CancellationError() }
  }
}
