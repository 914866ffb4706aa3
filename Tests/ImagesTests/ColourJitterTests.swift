import Images
import Testing

struct ColourJitterTests {
  @Test func factorsKeepToTheirBounds() {
    // Brightness alone: the level of a flat picture tells the factor.
    let flat = Image(width: 1, height: 1, grey: [100])
    let jitter = ColourJitter(brightness: 0.4)
    let levels = (0..<1000).map {
      Int(jitter.apply(to: flat, seed: 1, epoch: 0, sample: "\($0)").pixels[0])
    }
    #expect(levels.min() ?? 0 >= 60 && levels.max() ?? 0 <= 140)
    #expect(levels.min() ?? 0 <= 62 && levels.max() ?? 0 >= 138)
    #expect(abs(levels.reduce(0, +) / 1000 - 100) < 5)
  }

  @Test func orderIsDrawn() throws {
    let source = try Fixtures.ppm("augment/source.ppm")
    // A contrast of 0…2 and a brightness of 0…2 don't commute; either order must turn up, so the
    // picture is one of the two that the factors of the other channel allow.
    let jitter = ColourJitter(brightness: 1, contrast: 1, saturation: 1, hue: 0.5)
    let results = (0..<50).map { jitter.apply(to: source, seed: 9, epoch: 0, sample: "\($0)") }
    #expect(Set(results).count == 50)
    #expect(
      results == (0..<50).map { jitter.apply(to: source, seed: 9, epoch: 0, sample: "\($0)") })
  }

  @Test func probabilityLeavesPicturesAlone() throws {
    let source = try Fixtures.ppm("augment/source.ppm")
    let jitter = ColourJitter(brightness: 0.9, probability: 0.25)
    let changed = (0..<400).count {
      jitter.apply(to: source, seed: 9, epoch: 0, sample: "\($0)") != source
    }
    #expect(abs(changed - 100) < 45)
    #expect(ColourJitter().apply(to: source, seed: 9, epoch: 0, sample: "") == source)
  }
}
