import Images
import Profiling
import Testing

/// What counts as nearly the same picture when two are laid on each other.
struct NearDuplicateRuleTests {
  private let picture = PaintedPictures.picture(label: 1, key: "one", width: 120, height: 90)

  private func isNear(_ other: Image, window: Margins = Margins()) -> Bool {
    NearDuplicateRule().areNear(
      ComparisonThumbnail(picture), ComparisonThumbnail(other), window: window)
  }

  private func cut(left: Int = 0, top: Int = 0, right: Int = 0, bottom: Int = 0) -> Image {
    let (width, height) = (120 - left - right, 90 - top - bottom)
    return picture.resized(
      width: width, height: height, filter: .box,
      source: PixelRectangle(x: left, y: top, width: width, height: height))
  }

  @Test func whatEncodingScalingAndCutsLeaveIsNear() {
    #expect(isNear(picture))
    #expect(isNear(picture.resized(width: 90, height: 68, filter: .bicubic)))
    #expect(isNear(picture.brightness(1.04)))
    #expect(isNear(cut(left: 5), window: Margins(left: 0.05)))
    #expect(isNear(cut(left: 4, top: 3, right: 2, bottom: 3)))
    // The wrong window leads nowhere: the fit starts anew from equal ones.
    #expect(isNear(picture, window: Margins(left: 0.05, top: 0.05)))
  }

  @Test func anotherLightOrColourIsAnotherPicture() {
    #expect(!isNear(picture.brightness(1.5)), "lighter")
    #expect(!isNear(picture.brightness(0.6)), "darker")
    #expect(!isNear(picture.contrast(0.6)), "less contrast")
    let swapped = Image(
      width: picture.width, height: picture.height,
      pixels: picture.pixels.indices.map { picture.pixels[$0 / 3 * 3 + 2 - $0 % 3] })
    #expect(!isNear(swapped), "red and blue exchanged")
  }

  @Test func anotherViewIsAnotherPicture() {
    for key in ["two", "three", "four"] {
      #expect(
        !isNear(PaintedPictures.picture(label: 1, key: key, width: 120, height: 90)), "\(key)")
    }
    #expect(!isNear(picture.mirrored()), "mirrored")
    #expect(!isNear(cut(left: 40, right: 0), window: Margins(left: 0.05)), "a third cut off")
    // The same masses without what is in them.
    let blurred = picture.resized(width: 10, height: 8, filter: .box)
      .resized(width: 120, height: 90, filter: .bilinear)
    #expect(!isNear(blurred), "blurred")
  }

  @Test func smallPicturesMustBeNearlyEqual() {
    let small = picture.resized(width: 28, height: 21, filter: .box)
    let noisy = Image(
      width: 28, height: 21,
      pixels: small.pixels.enumerated().map { place, level in
        UInt8(clamping: Int(level) + (place / 3 * 7919 % 41) - 20)
      })
    func near(_ first: Image, _ second: Image) -> Bool {
      NearDuplicateRule().areNear(
        ComparisonThumbnail(first), ComparisonThumbnail(second), window: Margins())
    }
    #expect(near(small, small))
    #expect(!near(small, noisy), "noise that a large picture may have")
  }
}
