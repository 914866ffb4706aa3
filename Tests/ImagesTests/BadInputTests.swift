import Foundation
import Images
import Testing

struct BadInputTests {
  static func bytes(_ file: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: Fixtures.root.appendingPathComponent("decode/\(file)")))
  }

  private func error(_ bytes: [UInt8], limits: ImageLimits = ImageLimits()) -> ImageError? {
    do throws(ImageError) {
      _ = try ImageDecoder.decode(bytes, name: "picture", limits: limits)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    "baseline-420.jpg", "progressive.jpg", "cmyk.jpg", "rgb8-adam7.png", "rgba8.png",
    "palette4.png",
  ])
  func everyCutIsNoticed(_ file: String) throws {
    let whole = try Self.bytes(file)
    // The last bytes are an end marker; a JPEG without it or a PNG without IEND shows whole.
    let end = file.hasSuffix(".png") ? whole.count - 16 : whole.count - 8
    for length in 1..<end {
      let error = error(Array(whole[..<length]))
      #expect(error != nil, "\(length) of \(whole.count) bytes")
      guard length > 64, let error else { continue }
      guard case .truncated = error else {
        Issue.record("\(length) of \(whole.count) bytes: \(error)")
        continue
      }
      #expect(error.description.contains("picture is cut short"))
    }
  }

  @Test(arguments: ["baseline-420.jpg", "progressive.jpg", "cmyk.jpg", "rgba8.png", "palette4.png"])
  func everyFlippedByteIsSurvived(_ file: String) throws {
    let whole = try Self.bytes(file)
    for index in whole.indices {
      for value in [0, 0xFF, whole[index] ^ 0x10] {
        var bytes = whole
        bytes[index] = value
        // Any picture or any error will do; crashing or hanging will not.
        _ = error(bytes, limits: ImageLimits(maximumPixels: 1_000_000))
      }
    }
  }

  @Test func emptyFile() {
    #expect(error([]) == .empty(file: "picture"))
  }

  @Test func textNamedPNG() {
    let error = error(Array("These are words, not pixels.\n".utf8))
    #expect(error == .notAnImage(file: "picture"))
    #expect(error?.description.contains("not a picture") == true)
  }

  @Test func hugeHeaderIsRefusedBeforeAnyAllocation() throws {
    var bytes = try Self.bytes("grey8.png")
    // IHDR: width and height of 100,000, and its checksum to match.
    let size: [UInt8] = [0, 1, 0x86, 0xA0]
    bytes.replaceSubrange(16..<24, with: size + size)
    bytes.replaceSubrange(29..<33, with: crc32(bytes[12..<29]))
    let error = error(bytes)
    #expect(
      error
        == .tooManyPixels(file: "picture", width: 100_000, height: 100_000, limit: 178_956_970))
    #expect(error?.description.contains("100000 × 100000 pixels") == true)
  }

  @Test func limitIsExact() throws {
    let bytes = try Self.bytes("grey8.png")
    #expect(error(bytes, limits: ImageLimits(maximumPixels: 24 * 17)) == nil)
    #expect(error(bytes, limits: ImageLimits(maximumPixels: 24 * 17 - 1)) != nil)
  }

  static let foreign: [(ImageFormat, String)] = [
    (.webp, "RIFF\0\0\0\0WEBPVP8 "), (.gif, "GIF89a\u{1}\0\u{1}\0"),
    (.bmp, "BMF\0\0\0\0\0\0\0\u{36}\0\0\0"), (.tiff, "II*\0\u{8}\0\0\0"),
    (.heic, "\0\0\0\u{18}ftypheic"), (.avif, "\0\0\0\u{18}ftypavif"),
  ]

  @Test(arguments: foreign)
  func otherFormatsAreNamed(_ format: ImageFormat, start: String) {
    let error = error(Array(start.utf8))
    #expect(error == .unsupportedFormat(file: "picture", format: format))
    #expect(error?.description.contains("is a \(format.name) file") == true)
    #expect(error?.description.contains("convert it to JPEG or PNG") == true)
  }

  @Test func missingFileAndFolder() {
    #expect(throws: ImageError.self) { try ImageDecoder.decode(URL(fileURLWithPath: "/nowhere")) }
    #expect(throws: ImageError.unreadable(file: "/", reason: "not a regular file")) {
      try ImageDecoder.decode(URL(fileURLWithPath: "/"))
    }
  }

  /// PNG's checksum, big-endian.
  private func crc32(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: ~crc >> $0) }
  }
}
