internal import Foundation

/// Runs numbered pieces of work ahead on threads of its own and hands the results out in order.
///
/// At most `ahead` results wait at any time, so memory is bounded; what comes out does not depend on
/// the number of threads. Letting go of the value stops the threads after the piece they are at.
package final class OrderedPrefetch<Output: Sendable>: Sendable {
  private let state: PrefetchState<Output>

  /// Starts `threads` threads on `work(0)`, `work(1)`, …, `work(count - 1)`.
  package init(count: Int, threads: Int, ahead: Int, work: @escaping @Sendable (Int) -> Output) {
    let state = PrefetchState<Output>(count: count, ahead: max(1, ahead))
    self.state = state
    for _ in 0..<max(1, min(threads, count)) {
      let thread = Thread {
        while let index = state.claim() { state.deliver(work(index), at: index) }
      }
      thread.name = "graft.prefetch"
      thread.start()
    }
  }

  deinit { state.cancel() }

  /// The next result, waiting for it if need be; nil after the last one and after `cancel`.
  package func next() -> Output? { state.take() }

  /// Stops: nothing new is begun, and `next` returns nil.
  package func cancel() { state.cancel() }
}

/// What the threads share; every field is guarded by `condition`.
private final class PrefetchState<Output: Sendable>: @unchecked Sendable {
  private let condition = NSCondition()
  private let count: Int
  private let ahead: Int
  private var claimed = 0
  private var taken = 0
  private var ready: [Int: Output] = [:]
  private var isCancelled = false

  init(count: Int, ahead: Int) {
    self.count = count
    self.ahead = ahead
  }

  func claim() -> Int? {
    condition.lock()
    defer { condition.unlock() }
    while !isCancelled && claimed < count && claimed >= taken + ahead { condition.wait() }
    guard !isCancelled, claimed < count else { return nil }
    claimed += 1
    return claimed - 1
  }

  func deliver(_ output: Output, at index: Int) {
    condition.lock()
    ready[index] = output
    condition.broadcast()
    condition.unlock()
  }

  func take() -> Output? {
    condition.lock()
    defer { condition.unlock() }
    guard taken < count else { return nil }
    while !isCancelled && ready[taken] == nil { condition.wait() }
    guard !isCancelled else { return nil }
    let output = ready.removeValue(forKey: taken)
    taken += 1
    condition.broadcast()
    return output
  }

  func cancel() {
    condition.lock()
    isCancelled = true
    ready.removeAll()
    condition.broadcast()
    condition.unlock()
  }
}
