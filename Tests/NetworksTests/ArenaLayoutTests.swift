import Networks
import Tensors
import Testing

@Suite("Arena") struct ArenaLayoutTests {
  @Test("buffers alive together never share memory", arguments: 0..<20)
  func disjoint(seed: Int) {
    let random = CounterRandom(seed: UInt64(seed), key: "arena")
    let buffers = (0..<60).map { index in
      let start = Int(random.bits(at: UInt64(3 * index)) % 40)
      return ArenaLayout.Buffer(
        count: Int(random.bits(at: UInt64(3 * index + 1)) % 500),
        life: start...(start + Int(random.bits(at: UInt64(3 * index + 2)) % 12)))
    }
    let layout = ArenaLayout(buffers)
    for (i, a) in buffers.enumerated() where a.count > 0 {
      #expect(layout.offsets[i] % 16 == 0 && layout.offsets[i] + a.count <= layout.count)
      for (j, b) in buffers.enumerated().dropFirst(i + 1)
      where b.count > 0 && a.life.overlaps(b.life) {
        #expect(
          layout.offsets[i] + a.count <= layout.offsets[j]
            || layout.offsets[j] + b.count <= layout.offsets[i], "\(i) and \(j)")
      }
    }
    let most =
      (0..<60).map { step in
        buffers.filter { $0.life.contains(step) }.reduce(0) { $0 + $1.count }
      }.max() ?? 0
    #expect(layout.count >= most && layout.count < 2 * most)
  }

  @Test("a chain needs two buffers")
  func chain() {
    let layout = ArenaLayout((0..<10).map { ArenaLayout.Buffer(count: 160, life: $0...($0 + 1)) })
    #expect(layout.count == 320)
  }

  @Test(
    "windows as PyTorch and TensorFlow count them",
    arguments: [
      (Window(size: 3, stride: 2, padding: .symmetric(1)), 7, 4, 1),
      (Window(size: 3, stride: 2, padding: .symmetric(1)), 8, 4, 1),
      (Window(size: 3, stride: 2, padding: .same), 8, 4, 0),
      (Window(size: 3, stride: 2, padding: .same), 7, 4, 1),
      (Window(size: 5, stride: 2, padding: .same), 8, 4, 1),
      (Window(size: 3, stride: 2, ceilMode: true), 6, 3, 0),
      (Window(size: 3, stride: 2, ceilMode: true), 7, 3, 0),
      (Window(size: 2, stride: 2, padding: .symmetric(1), ceilMode: true), 3, 2, 1),
      (Window(size: 7, stride: 2), 6, 0, 0),
    ])
  func windows(window: Window, length: Int, outputs: Int, leading: Int) {
    #expect(window.vertical.outputs(along: length) == outputs)
    if outputs > 0 { #expect(window.vertical.leading(along: length) == leading) }
  }
}
