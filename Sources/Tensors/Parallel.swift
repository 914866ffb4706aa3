internal import CKernels
import Foundation
import Synchronization

/// Loops over independent units of work on a persistent pool of threads.
///
/// The units are fixed by the caller, never by the number of threads; a thread takes the next free
/// units until none are left. As long as each unit writes only what is its own, the result has the
/// same bits with any `threadCount`. A loop inside a loop, or one started while another thread's
/// loop runs, is done by its own caller alone.
///
/// The bodies are not `@Sendable`, so that they can hold raw pointers: it is on the caller that
/// units touch disjoint memory.
public enum Parallel {
  /// Threads that a loop uses, the caller's included.
  ///
  /// Default: the environment variable GRAFT_THREADS, else the number of processors.
  /// Values below 1 mean 1. Set it between loops.
  public static var threadCount: Int {
    get { ThreadPool.shared.threadCount.load(ordering: .relaxed) }
    set { ThreadPool.shared.threadCount.store(max(1, min(newValue, 512)), ordering: .relaxed) }
  }

  /// Calls `body(i)` once for every i in 0..<count.
  public static func forEach(_ count: Int, _ body: (Int) -> Void) {
    ranges(count) { begin, end in
      for i in begin..<end { body(i) }
    }
  }

  /// Calls `body(begin, end)` on ranges that together cover 0..<count once.
  ///
  /// Ranges begin at multiples of `grain` and are at least `grain` long (the last one may be
  /// shorter). How long they are depends on the thread count; what a unit computes must not.
  public static func ranges(_ count: Int, grain: Int = 1, _ body: (Int, Int) -> Void) {
    ranges(count, grain: grain, slots: .max) { _, begin, end in body(begin, end) }
  }

  /// Calls `body(slot, begin, end)` as ``ranges(_:grain:_:)`` calls `body(begin, end)`.
  ///
  /// Calls that run at the same time have different slots, from 0 ..< `slots`, so that each can have
  /// scratch memory of its own; at most `slots` threads take part.
  public static func ranges(
    _ count: Int, grain: Int = 1, slots: Int, _ body: (Int, Int, Int) -> Void
  ) {
    precondition(grain >= 1 && slots >= 1, "Parallel: grain \(grain), \(slots) slots")
    guard count > 0 else { return }
    let grains = (count + grain - 1) / grain
    let threads = min(threadCount, grains, slots)
    guard threads > 1 else { return body(0, 0, count) }
    // Some 16 turns per thread: short enough to end together, long enough to keep caches warm.
    let step = max(1, grains / (threads * 16)) * grain
    ThreadPool.shared.run(count: count, step: step, threads: threads, body)
  }
}

/// The threads behind `Parallel`: they spin for a moment after a loop, then sleep.
///
/// One loop at a time is open. A worker announces itself in `active` before it looks whether the loop
/// is open; the caller closes the loop before it waits for `active` to fall to zero. So whichever
/// comes first, no worker touches a loop that has ended, and a worker that the system put to sleep
/// delays nobody.
final class ThreadPool: @unchecked Sendable {
  static let shared = ThreadPool()

  let threadCount: Atomic<Int>

  private let isBusy = Atomic<Bool>(false)
  private let generation = Atomic<Int>(0)  // odd while a loop is open
  private let next = Atomic<Int>(0)
  private let active = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)

  // Written by the caller while no loop is open.
  private var count = 0
  private var step = 1
  private var helpers = 0
  private var body = graft_closure()

  private let wakeUp = NSCondition()
  private var workers = 0

  private init() {
    let wanted = ProcessInfo.processInfo.environment["GRAFT_THREADS"].flatMap { Int($0) }
    let cores = ProcessInfo.processInfo.activeProcessorCount
    threadCount = Atomic(max(1, min(wanted ?? cores, 512)))
  }

  func run(count: Int, step: Int, threads: Int, _ body: (Int, Int, Int) -> Void) {
    guard
      isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    else { return body(0, 0, count) }
    while workers < threads - 1 { startWorker() }
    let body = parts(of: body)
    self.count = count
    self.step = step
    self.helpers = threads - 1
    self.body = body
    next.store(0, ordering: .relaxed)
    generation.add(1, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
      wakeUp.lock()
      wakeUp.broadcast()
      wakeUp.unlock()
    }
    takeUnits(body, slot: 0)
    generation.add(1, ordering: .sequentiallyConsistent)
    var spins = 0
    while active.load(ordering: .sequentiallyConsistent) > 0 {
      spins += 1
      if spins < 10_000 { graft_relax() } else { sched_yield() }
    }
    isBusy.store(false, ordering: .releasing)
  }

  private func takeUnits(_ body: graft_closure, slot: Int) {
    while true {
      let begin = next.add(step, ordering: .relaxed).oldValue
      guard begin < count else { return }
      graft_closure_call(body, slot, begin, min(begin + step, count))
    }
  }

  private func startWorker() {
    let index = workers
    workers += 1
    let thread = Thread { [unowned self] in self.work(index) }
    thread.name = "graft-\(index + 1)"
    thread.stackSize = 4 << 20
    thread.qualityOfService = .userInitiated
    thread.start()
  }

  private func work(_ index: Int) {
    var seen = 0
    while true {
      let now = waitForLoop(after: seen)
      seen = now
      active.add(1, ordering: .sequentiallyConsistent)
      if generation.load(ordering: .sequentiallyConsistent) == now, index < helpers {
        takeUnits(body, slot: index + 1)
      }
      active.subtract(1, ordering: .sequentiallyConsistent)
    }
  }

  /// Returns the generation of an open loop other than `seen`: spins for some tens of microseconds,
  /// then sleeps.
  private func waitForLoop(after seen: Int) -> Int {
    for _ in 0..<2_000 {
      let now = generation.load(ordering: .acquiring)
      if now != seen, now % 2 == 1 { return now }
      graft_relax()
    }
    wakeUp.lock()
    defer { wakeUp.unlock() }
    sleepers.add(1, ordering: .sequentiallyConsistent)
    defer { sleepers.subtract(1, ordering: .sequentiallyConsistent) }
    while true {
      let now = generation.load(ordering: .sequentiallyConsistent)
      if now != seen, now % 2 == 1 { return now }
      wakeUp.wait()
    }
  }
}

/// The function and the context of a closure, without the copy on the heap that storing it would
/// make; good for as long as the closure is.
@_silgen_name("graft_closure_parts")
private func parts(of body: (Int, Int, Int) -> Void) -> graft_closure
