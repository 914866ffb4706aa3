import Datasets
import Foundation
import Synchronization
import Testing

struct OrderedPrefetchTests {
  /// What the work has seen, shared by its threads.
  private final class Log: Sendable {
    let started = Mutex<[Int]>([])
    let gate = DispatchSemaphore(value: 0)
    let answer = Mutex<Int??>(nil)

    var count: Int { started.withLock(\.count) }

    /// Waits until so much work was begun, and a little longer for what should not begin.
    func settle(at count: Int) {
      while self.count < count { usleep(1000) }
      usleep(50_000)
    }
  }

  @Test(arguments: [1, 2, 4])
  func resultsComeInOrderAndNoMoreThanAheadIsBegun(_ threads: Int) {
    let log = Log()
    let prefetch = OrderedPrefetch<Int>(count: 40, threads: threads, ahead: 5) { index in
      log.started.withLock { $0.append(index) }
      return index * index
    }
    log.settle(at: 5)
    #expect(log.count == 5)
    #expect(prefetch.next() == 0)
    log.settle(at: 6)
    #expect(log.count == 6)
    for index in 1..<40 { #expect(prefetch.next() == index * index) }
    #expect(prefetch.next() == nil)
    #expect(log.started.withLock { $0.sorted() } == Array(0..<40))
  }

  /// Late pieces hold the early ones up, and memory stays bounded meanwhile.
  @Test func aSlowPieceIsWaitedFor() {
    let log = Log()
    let prefetch = OrderedPrefetch<Int>(count: 30, threads: 3, ahead: 4) { index in
      log.started.withLock { $0.append(index) }
      if index == 0 { log.gate.wait() }
      return index
    }
    log.settle(at: 4)
    #expect(log.count == 4)
    log.gate.signal()
    #expect((0..<30).allSatisfy { prefetch.next() == $0 })
  }

  @Test func cancellingWakesWhoWaitsAndStopsTheThreads() {
    let log = Log()
    let prefetch = OrderedPrefetch<Int>(count: 30, threads: 2, ahead: 4) { index in
      log.started.withLock { $0.append(index) }
      log.gate.wait()
      return index
    }
    let done = DispatchSemaphore(value: 0)
    Thread {
      let value = prefetch.next()
      log.answer.withLock { $0 = .some(value) }
      done.signal()
    }.start()
    log.settle(at: 2)
    prefetch.cancel()
    done.wait()
    #expect(log.answer.withLock { $0 } == .some(nil))
    for _ in 0..<4 { log.gate.signal() }
    log.settle(at: 2)
    #expect(log.count == 2)
    #expect(prefetch.next() == nil)
  }

  @Test func lettingGoStopsTheThreads() {
    let log = Log()
    var prefetch: OrderedPrefetch<Int>? = OrderedPrefetch(count: 30, threads: 2, ahead: 30) {
      log.started.withLock { $0.append($0.count) }
      log.gate.wait()
      return $0
    }
    log.settle(at: 2)
    prefetch = nil
    for _ in 0..<30 { log.gate.signal() }
    log.settle(at: 2)
    #expect(prefetch == nil && log.count == 2)
  }
}
