/// Places buffers that live at different times in one stretch of memory.
///
/// A buffer lives over a closed range of steps; two buffers may share memory if their ranges are
/// apart. Buffers are placed largest first, each at the lowest offset where it fits. Cost
/// O(buffers²), paid once when a plan is built.
package struct ArenaLayout: Sendable {
  /// A request for memory.
  package struct Buffer: Sendable {
    /// Floats.
    package let count: Int
    /// The steps during which its contents matter.
    package let life: ClosedRange<Int>

    package init(count: Int, life: ClosedRange<Int>) {
      self.count = count
      self.life = life
    }
  }

  /// Offset of each buffer in floats, in the order of the requests; a multiple of 16 (64 bytes).
  package let offsets: [Int]
  /// Floats of the whole arena.
  package let count: Int

  package init(_ buffers: [Buffer]) {
    var offsets = Array(repeating: 0, count: buffers.count)
    var placed: [Int] = []
    var end = 0
    let order = buffers.indices.sorted {
      (buffers[$1].count, $0) < (buffers[$0].count, $1)
    }
    for index in order where buffers[index].count > 0 {
      let buffer = buffers[index]
      var offset = 0
      // `placed` is kept by ascending offset: walk the gaps between those alive at the same time.
      for other in placed where buffers[other].life.overlaps(buffer.life) {
        if offset + buffer.count <= offsets[other] { break }
        offset = max(offset, ArenaLayout.aligned(offsets[other] + buffers[other].count))
      }
      offsets[index] = offset
      let place = placed.firstIndex { offsets[$0] > offset } ?? placed.count
      placed.insert(index, at: place)
      end = max(end, offset + buffer.count)
    }
    self.offsets = offsets
    self.count = end
  }

  /// The next multiple of 16 floats.
  private static func aligned(_ count: Int) -> Int { (count + 15) / 16 * 16 }
}
