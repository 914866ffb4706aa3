import Foundation
import Images
import Testing

struct DecoderParityTests {
  static let files =
    Fixtures.names(in: "decode", ending: ".jpg") + Fixtures.names(in: "decode", ending: ".png")

  @Test func fixturesAreThere() {
    #expect(Self.files.count == 41)
  }

  /// One level for JPEG, whose arithmetic may differ between libjpeg builds; none for PNG.
  @Test(arguments: files)
  func equalsPillow(_ file: String) throws {
    let image = try ImageDecoder.decode(Fixtures.root.appendingPathComponent("decode/\(file)"))
    let expected = try Fixtures.ppm("decode/\(file).ppm")
    let difference = try #require(largestDifference(image, expected))
    #expect(difference <= (file.hasSuffix(".png") ? 0 : 1))
  }

  @Test(arguments: files)
  func headerEqualsPicture(_ file: String) throws {
    let url = Fixtures.root.appendingPathComponent("decode/\(file)")
    let header = try ImageDecoder.header(of: url)
    let expected = try Fixtures.ppm("decode/\(file).ppm")
    #expect(header.width == expected.width && header.height == expected.height)
    #expect(header.format == (file.hasSuffix(".png") ? .png : .jpeg))
    #expect(header.warning == nil)
  }

  @Test func headerTellsWhatIsStored() throws {
    func header(_ file: String) throws -> ImageHeader {
      try ImageDecoder.header(of: Fixtures.root.appendingPathComponent("decode/\(file)"))
    }
    #expect(try header("grey.jpg").channels == 1)
    #expect(try header("cmyk.jpg").channels == 4)
    #expect(try header("rgba8.png").channels == 4)
    #expect(try header("grey16.png").bitDepth == 16)
    #expect(try header("exif-6.jpg").orientation == .right)
  }

  @Test func alphaIsCompositedOnTheBackground() throws {
    let url = Fixtures.root.appendingPathComponent("decode/rgba8.png")
    let image = try ImageDecoder.decode(url, background: Colour(red: 10, green: 200, blue: 30))
    #expect(image == (try Fixtures.ppm("background.ppm")))
    // Nothing shows through where nothing is transparent.
    let opaque = Fixtures.root.appendingPathComponent("decode/rgb8-adam7.png")
    #expect(try ImageDecoder.decode(opaque, background: .black) == ImageDecoder.decode(opaque))
  }

  /// What a shorter side of at least 100, 200 and 400 pixels makes of 1200 × 900.
  @Test(arguments: [(100, 8), (112, 8), (113, 4), (225, 4), (226, 2), (450, 2), (451, 1)])
  func largePhotographsDecodeSmallerAsPillowsDraft(_ side: Int, scale: Int) throws {
    let url = Fixtures.root.appendingPathComponent("draft/large.jpg")
    let image = try ImageDecoder.decode(url, shorterSideAtLeast: side)
    #expect(image.width == (1200 + scale - 1) / scale && image.height == (900 + scale - 1) / scale)
    guard scale > 1 else { return }
    let expected = try Fixtures.ppm("draft/\(scale).ppm")
    let rows = stride(from: 0, to: image.height, by: 32).flatMap {
      image.pixels[3 * image.width * $0..<3 * image.width * ($0 + 1)]
    }
    let difference = largestDifference(
      Image(width: image.width, height: rows.count / (3 * image.width), pixels: rows), expected)
    #expect(try #require(difference) <= 1)
  }

  @Test func smallPicturesDecodeWhole() throws {
    let url = Fixtures.root.appendingPathComponent("decode/baseline-420.jpg")
    #expect(try ImageDecoder.decode(url, shorterSideAtLeast: 1) == ImageDecoder.decode(url))
  }

  @Test func pngRoundTrip() throws {
    let image = try Fixtures.ppm("resize/source.ppm")
    let bytes = [UInt8](try image.pngData())
    #expect(try ImageDecoder.decode(bytes, name: "round trip") == image)
  }

  @Test func hashSeesSizeAndEveryPixel() throws {
    let image = try Fixtures.ppm("resize/source.ppm")
    #expect(image.pixelHash == Image(width: 61, height: 37, pixels: image.pixels).pixelHash)
    #expect(image.pixelHash != Image(width: 37, height: 61, pixels: image.pixels).pixelHash)
    var hashes: Set<PixelHash> = [image.pixelHash]
    for index in image.pixels.indices {
      var pixels = image.pixels
      pixels[index] ^= 1
      hashes.insert(Image(width: 61, height: 37, pixels: pixels).pixelHash)
    }
    #expect(hashes.count == image.pixels.count + 1)
  }

  @Test func greyIsSeen() throws {
    #expect(try !Fixtures.ppm("resize/source.ppm").isGrey)
    #expect(Image(width: 2, height: 1, grey: [3, 200]).isGrey)
  }
}
