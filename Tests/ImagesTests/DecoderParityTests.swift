import Foundation
import Images
import Testing

struct DecoderParityTests {
  static let files =
    Fixtures.names(in: "decode", ending: ".jpg") + Fixtures.names(in: "decode", ending: ".png")

  @Test func fixturesAreThere() {
    #expect(Self.files.count == 31)
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
