import Foundation
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

  @Test func verticalFlipsHaveTheirOwnDraw() throws {
    let augmentation = Augmentation(flipProbability: 0.5, verticalFlipProbability: 0.25)
    let crops = crops(augmentation, width: 32, height: 24)
    #expect(abs(crops.count(where: \.isFlipped) - Self.many / 4) < 140)
    let both = crops.count { $0.isFlipped && $0.isMirrored }
    #expect(abs(both - Self.many / 8) < 105)
    let image = try Fixtures.ppm("augment/source.ppm")
    let whole = PixelRectangle(x: 0, y: 0, width: image.width, height: image.height)
    let preprocessing = Preprocessing(imageSize: 16)
    let upright = preprocessing.rendered(
      image, crop: AugmentedCrop(rectangle: whole, isMirrored: false))
    let flipped = preprocessing.rendered(
      image, crop: AugmentedCrop(rectangle: whole, isMirrored: false, isFlipped: true))
    #expect(flipped == upright.flipped() && flipped != upright)
  }

  @Test func paddedCropsComeFromEverywhere() throws {
    let source = try Fixtures.ppm("preprocess/whole.square.ppm")  // 24 × 24
    let crop = RandomCrop(padding: 2, fill: Colour(red: 1, green: 2, blue: 3))
    let augmentation = Augmentation(flipProbability: 0, randomCrop: crop)
    var corners: Set<[Int]> = []
    for sample in 0..<400 {
      let corner = crop.corner(
        width: 24, height: 24, side: 24, seed: 1, epoch: 0, sample: "\(sample)")
      corners.insert([corner.x, corner.y])
      let square = augmentation.rendered(
        source, by: Preprocessing(imageSize: 24), seed: 1, epoch: 0, sample: "\(sample)")
      for (x, y) in [(0, 0), (23, 0), (7, 23), (12, 12)] {
        let (sx, sy) = (x + corner.x, y + corner.y)
        let isInside = (0..<24).contains(sx) && (0..<24).contains(sy)
        let at = 3 * (24 * sy + sx)
        #expect(
          Array(square.pixels[3 * (24 * y + x)..<3 * (24 * y + x) + 3])
            == (isInside ? Array(source.pixels[at..<at + 3]) : [1, 2, 3]))
      }
    }
    #expect(corners.count == 25)
  }

  @Test func oldRecipesStillRead() throws {
    let old = #"{"cropScale": [0.25, 1], "cropRatio": [0.75, 1.25], "flipProbability": 0}"#
    let augmentation = try JSONDecoder().decode(Augmentation.self, from: Data(old.utf8))
    #expect(
      augmentation
        == Augmentation(cropScale: 0.25...1, cropRatio: 0.75...1.25, flipProbability: 0))
  }

  @Test func everyPartSurvivesJSON() throws {
    let full = Augmentation(
      verticalFlipProbability: 0.1, randomCrop: RandomCrop(),
      randAugment: RandAugment(magnitude: 9),
      colourJitter: ColourJitter(hue: 0.1), randomErasing: RandomErasing(mode: .pixel),
      mixup: Mixup(cutmixAlpha: 1, mode: .element))
    let data = try JSONEncoder().encode(full)
    #expect(String(decoding: data, as: UTF8.self).contains(#""randAugment":"rand-m9""#))
    #expect(try JSONDecoder().decode(Augmentation.self, from: data) == full)
    #expect(full.problem == nil)
    let wrong = String(decoding: data, as: UTF8.self)
      .replacingOccurrences(of: #""hue":0.1"#, with: #""hue":0.7"#)
    let read = try JSONDecoder().decode(Augmentation.self, from: Data(wrong.utf8))
    #expect(read.problem?.contains("hue") == true)
  }
}
