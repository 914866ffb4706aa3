import Synchronization
import Tensors
import Testing

extension Kernels {
  /// Every unit runs exactly once, whatever the number of threads.
  @Suite struct Pool {
    @Test(arguments: [1, 2, 3, 8], [0, 1, 2, 31, 1000]) func everyUnitOnce(
      _ threads: Int, _ count: Int
    ) {
      let before = Parallel.threadCount
      defer { Parallel.threadCount = before }
      Parallel.threadCount = threads
      let hits = FloatStorage(count: count)
      for round in 1...20 {
        Parallel.forEach(count) { hits.pointer[$0] += 1 }
        #expect(hits.buffer.allSatisfy { $0 == Float(round) })
      }
    }

    @Test func rangesBeginAtGrains() {
      let before = Parallel.threadCount
      defer { Parallel.threadCount = before }
      Parallel.threadCount = 3
      let covered = Atomic<Int>(0)
      let misplaced = Atomic<Int>(0)
      Parallel.ranges(1003, grain: 16) { begin, end in
        covered.add(end - begin, ordering: .relaxed)
        if begin % 16 != 0 || (end % 16 != 0 && end != 1003) {
          misplaced.add(1, ordering: .relaxed)
        }
      }
      #expect(covered.load(ordering: .relaxed) == 1003)
      #expect(misplaced.load(ordering: .relaxed) == 0)
    }

    @Test func loopsInsideLoops() {
      let before = Parallel.threadCount
      defer { Parallel.threadCount = before }
      Parallel.threadCount = 2
      let hits = FloatStorage(count: 50 * 40)
      Parallel.forEach(50) { i in
        Parallel.forEach(40) { j in hits.pointer[i * 40 + j] += 1 }
      }
      #expect(hits.buffer.allSatisfy { $0 == 1 })
    }

    @Test func threadCountIsAtLeastOne() {
      let before = Parallel.threadCount
      defer { Parallel.threadCount = before }
      Parallel.threadCount = -3
      #expect(Parallel.threadCount == 1)
    }

    @Test func loopsFromManyThreads() async {
      await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<8 {
          group.addTask {
            let hits = FloatStorage(count: 300)
            for _ in 0..<50 { Parallel.forEach(300) { hits.pointer[$0] += 1 } }
            return hits.buffer.allSatisfy { $0 == 50 }
          }
        }
        for await right in group { #expect(right) }
      }
    }
  }
}
