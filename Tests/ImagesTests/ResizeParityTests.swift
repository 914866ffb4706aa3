import Images
import Testing

struct ResizeParityTests {
  static let files = Fixtures.names(in: "resize", ending: ".ppm").filter {
    !$0.hasPrefix("source")
  }

  /// The fixture's name is FILTER-[SOURCE-]SIZE; without SOURCE it is `source.ppm`.
  static func source(of file: String) throws -> Image {
    let parts = file.split(separator: "-")
    return try Fixtures.ppm(
      parts.count == 3 ? "resize/source-\(parts[1]).ppm" : "resize/source.ppm")
  }

  /// The bar is one level; the arithmetic is Pillow's, so the difference is none, and that with every
  /// instruction set that the processor has.
  @Test(arguments: files, PixelKernels.available)
  func equalsPillow(_ file: String, _ kernels: PixelKernels) throws {
    let expected = try Fixtures.ppm("resize/\(file)")
    let filter = try #require(ResizeFilter(rawValue: String(file.prefix { $0 != "-" })))
    let source = try Self.source(of: file)
    let image = kernels.use {
      source.resized(width: expected.width, height: expected.height, filter: filter)
    }
    #expect(largestDifference(image, expected) == 0)
  }

  @Test func everyFilterHasFixtures() {
    #expect(Self.files.count == 12 * ResizeFilter.allCases.count)
  }

  /// Sizes at which vectors end in the middle of a row, or are longer than it.
  @Test(arguments: PixelKernels.available)
  func kernelsAgreeAtEverySize(_ kernels: PixelKernels) throws {
    let image = try Fixtures.ppm("resize/source.ppm")
    for width in 1...70 {
      let height = 1 + width * 7 % 45
      let filter = ResizeFilter.allCases[width % 4]
      let source = PixelRectangle(
        x: width % 13, y: width % 7, width: 61 - width % 13 - width % 5, height: 30 - width % 11)
      func resized() -> Image {
        image.resized(width: width, height: height, filter: filter, source: source)
      }
      #expect(PixelKernels.scalar.use(resized) == kernels.use(resized))
    }
  }

  @Test(arguments: ResizeFilter.allCases, [29, 3])  // the latter goes down first
  func windowIsCutFromTheWhole(_ filter: ResizeFilter, height: Int) throws {
    let image = try Fixtures.ppm("resize/source.ppm")
    let whole = image.resized(width: 70, height: height, filter: filter)
    for window in [
      PixelRectangle(x: 0, y: 0, width: 70, height: height),
      PixelRectangle(x: 7, y: 1, width: 50, height: height - 2),
      PixelRectangle(x: 69, y: height - 1, width: 1, height: 1),
    ] {
      let part = image.resized(width: 70, height: height, filter: filter, window: window)
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
