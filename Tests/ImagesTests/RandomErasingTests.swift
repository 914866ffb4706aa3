import Images
import Testing

struct RandomErasingTests {
  private func erased(_ erasing: RandomErasing, sample: String) -> [Float] {
    var values = [Float](repeating: 7, count: 3 * 40 * 30)
    values.withUnsafeMutableBufferPointer {
      erasing.apply(to: $0, width: 40, height: 30, seed: 5, epoch: 2, sample: sample)
    }
    return values
  }

  @Test func rectanglesKeepToTheirBounds() {
    let erasing = RandomErasing(probability: 1, count: 1...3)
    var counts: Set<Int> = []
    for sample in 0..<1000 {
      let boxes = erasing.rectangles(width: 100, height: 80, seed: 1, epoch: 0, sample: "\(sample)")
      counts.insert(boxes.count)
      for box in boxes {
        #expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= 100 && box.y + box.height <= 80)
        let share = Double(box.width * box.height) / 8000
        #expect(share > 0.02 / 3 * 0.8 && share < 1.0 / 3 * 1.05)
        let ratio = Double(box.height) / Double(box.width)
        #expect(ratio > 0.3 * 0.85 && ratio < 1 / 0.3 * 1.2)
      }
    }
    #expect(counts.isSuperset(of: [1, 2, 3]))
  }

  @Test func onlyTheRectangleIsErased() {
    for mode in [RandomErasing.Mode.const, .rand, .pixel] {
      let erasing = RandomErasing(probability: 1, mode: mode)
      let box = erasing.rectangles(width: 40, height: 30, seed: 5, epoch: 2, sample: "a")[0]
      let values = erased(erasing, sample: "a")
      for y in 0..<30 {
        for x in 0..<40 {
          let isInside =
            (box.x..<box.x + box.width).contains(x) && (box.y..<box.y + box.height).contains(y)
          #expect((values[3 * (40 * y + x)] != 7) == isInside)
        }
      }
      let inside = Set(values).subtracting([7])
      switch mode {
      case .const: #expect(inside == [0])
      case .rand: #expect(inside.count == 3)
      case .pixel: #expect(inside.count == 3 * box.width * box.height)
      }
      let mean = inside.reduce(0, +) / Float(inside.count)
      #expect(mode != .pixel || abs(mean) < 5 / Float(inside.count).squareRoot())
    }
  }

  @Test func probabilityAndSeedDecide() {
    let erasing = RandomErasing(probability: 0.25)
    let kept = (0..<1000).count { erased(erasing, sample: "\($0)").allSatisfy { $0 == 7 } }
    #expect(abs(kept - 750) < 70)
    #expect(erased(erasing, sample: "x") == erased(erasing, sample: "x"))
  }
}
