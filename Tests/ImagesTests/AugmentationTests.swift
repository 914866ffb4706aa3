import Images
import Testing

struct AugmentationTests {
  static let many = 4000

  private func crops(_ augmentation: Augmentation, width: Int, height: Int) -> [AugmentedCrop] {
    (0..<Self.many).map {
      augmentation.crop(width: width, height: height, seed: 7, epoch: 3, sample: "\($0)")
    }
  }

  @Test func cropsKeepToTheirBounds() {
    let area = 320.0 * 240
    for crop in crops(.standard, width: 320, height: 240) {
      let box = crop.rectangle
      #expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= 320 && box.y + box.height <= 240)
      let scale = Double(box.width * box.height) / area
      let ratio = Double(box.width) / Double(box.height)
      // Sides are rounded to whole pixels.
      #expect(scale > 0.08 * 0.97 && ratio > 0.75 * 0.98 && ratio < 4.0 / 3 * 1.02)
    }
  }

  @Test func drawsAreSpreadOut() {
    let crops = crops(.standard, width: 320, height: 240)
    let flips = crops.count(where: \.isMirrored)
    // Five standard deviations of a fair coin.
    #expect(abs(flips - Self.many / 2) < 160)
    let scales = crops.map { Double($0.rectangle.width * $0.rectangle.height) / (320 * 240) }
    #expect(scales.contains { $0 < 0.12 } && scales.contains { $0 > 0.85 })
    #expect(Set(crops.map(\.rectangle)).count > Self.many * 9 / 10)
  }

  @Test func drawsDependOnSeedEpochAndSampleAlone() {
    func draw(_ seed: UInt64, _ epoch: Int, _ sample: String) -> AugmentedCrop {
      Augmentation.standard.crop(
        width: 500, height: 375, seed: seed, epoch: epoch, sample: sample)
    }
    #expect(draw(1, 2, "a") == draw(1, 2, "a"))
    #expect(draw(1, 2, "a") != draw(2, 2, "a"))
    #expect(draw(1, 2, "a") != draw(1, 3, "a"))
    #expect(draw(1, 2, "a") != draw(1, 2, "b"))
  }

  @Test func impossibleShapesFallBackToTheCentre() {
    // A strip 100 times as wide as high holds no crop of a ratio near 1 and full area.
    let augmentation = Augmentation(cropScale: 1...1)
    let crop = augmentation.crop(width: 1000, height: 10, seed: 0, epoch: 0, sample: "strip")
    #expect(crop.rectangle == PixelRectangle(x: 493, y: 0, width: 13, height: 10))
  }

  @Test func noAugmentationIsTheWholePicture() {
    let augmentation = Augmentation(cropScale: 1...1, cropRatio: 1...1, flipProbability: 0)
    let crop = augmentation.crop(width: 64, height: 64, seed: 0, epoch: 0, sample: "x")
    #expect(
      crop
        == AugmentedCrop(
          rectangle: PixelRectangle(x: 0, y: 0, width: 64, height: 64), isMirrored: false))
  }
}
