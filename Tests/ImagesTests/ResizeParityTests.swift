import Images
import Testing

struct ResizeParityTests {
  static let files = Fixtures.names(in: "resize", ending: ".ppm").filter { $0 != "source.ppm" }

  /// The bar is one level; the arithmetic is Pillow's, so the difference is none.
  @Test(arguments: files)
  func equalsPillow(_ file: String) throws {
    let expected = try Fixtures.ppm("resize/\(file)")
    let filter = try #require(ResizeFilter(rawValue: String(file.prefix { $0 != "-" })))
    let image = try Fixtures.ppm("resize/source.ppm")
      .resized(width: expected.width, height: expected.height, filter: filter)
    #expect(largestDifference(image, expected) == 0)
  }

  @Test func everyFilterHasFixtures() {
    #expect(Self.files.count == 6 * ResizeFilter.allCases.count)
  }

  @Test(arguments: ResizeFilter.allCases)
  func windowIsCutFromTheWhole(_ filter: ResizeFilter) throws {
    let image = try Fixtures.ppm("resize/source.ppm")
    let whole = image.resized(width: 40, height: 29, filter: filter)
    for window in [
      PixelRectangle(x: 0, y: 0, width: 40, height: 29),
      PixelRectangle(x: 7, y: 3, width: 20, height: 21),
      PixelRectangle(x: 39, y: 28, width: 1, height: 1),
    ] {
      let part = image.resized(width: 40, height: 29, filter: filter, window: window)
      let expected = whole.resized(
        width: window.width, height: window.height, filter: .box, source: window)
      #expect(part == expected)
    }
  }

  @Test(arguments: ResizeFilter.allCases)
  func sourceIsCroppedBefore(_ filter: ResizeFilter) throws {
    let image = try Fixtures.ppm("resize/source.ppm")
    let source = PixelRectangle(x: 9, y: 4, width: 33, height: 25)
    var pixels: [UInt8] = []
    for y in 4..<29 {
      pixels += image.pixels[3 * (y * 61 + 9)..<3 * (y * 61 + 42)]
    }
    let cropped = Image(width: 33, height: 25, pixels: pixels)
    #expect(
      image.resized(width: 20, height: 20, filter: filter, source: source)
        == cropped.resized(width: 20, height: 20, filter: filter))
  }
}
