import Foundation
import Images
import Testing

/// The operations of augmentation against Pillow's, timm's and torchvision's, to the bit.
struct LevelTests {
  static let files = Fixtures.names(in: "augment", ending: ".ppm").filter { $0 != "source.ppm" }
  static let fill = Colour(red: 124, green: 116, blue: 104)

  @Test func fixturesAreThere() {
    #expect(Self.files.count == 45)
  }

  @Test(arguments: files)
  func equalsPillow(_ file: String) throws {
    let parts = file.dropLast(".ppm".count).split(separator: "_", omittingEmptySubsequences: false)
    let value = Double(parts[1])
    let source = try Fixtures.ppm("augment/source.ppm")
    let result: Image
    if parts[0] == "Hue" {
      result = source.hueShifted(by: try #require(value))
    } else {
      let name = String(parts[0])
      let operation = try #require(RandAugment.Operation(rawValue: name))
      result = operation.apply(
        to: source, argument: value, filter: parts.count == 3 ? .bilinear : .bicubic,
        fill: Self.fill)
    }
    #expect(largestDifference(result, try Fixtures.ppm("augment/\(file)")) == 0)
  }

  @Test func whatChangesNothingChangesNothing() throws {
    let source = try Fixtures.ppm("augment/source.ppm")
    #expect(source.brightness(1) == source)
    #expect(source.contrast(1) == source)
    #expect(source.saturation(1) == source)
    #expect(source.sharpness(1) == source)
    #expect(source.rotated(degrees: 360, filter: .bicubic, fill: .black) == source)
    #expect(source.posterized(bits: 8) == source)
    #expect(source.inverted().inverted() == source)
  }

  @Test func oneColourHasNothingToStretch() {
    let flat = Image(width: 4, height: 2, grey: [UInt8](repeating: 77, count: 8))
    #expect(flat.autocontrasted() == flat)
    #expect(flat.equalized() == flat)
    #expect(flat.hueShifted(by: 0.3) == flat)
    #expect(flat.sharpness(0) == flat)
  }
}
