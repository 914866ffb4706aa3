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

  /// The progressive picture with its last scan said again and again.
  private func endless(_ copies: Int) throws -> [UInt8] {
    let whole = try Self.bytes("progressive.jpg")
    let start = try #require(
      whole.indices.dropLast().last { whole[$0] == 0xFF && whole[$0 + 1] == 0xDA })
    let scan = whole[start..<whole.count - 2]
    return whole[..<start] + Array(repeating: scan, count: copies).joined() + whole.suffix(2)
  }

  @Test func endlessScansAreStopped() throws {
    let many = try endless(200)
    #expect(error(many) == .tooCostly(file: "picture", detail: "more than 100 scans"))
    #expect(error(many)?.description.contains("raise --max-scans") == true)
    // Raised, the limit lets it through to what else is wrong with it.
    if case .tooCostly = error(many, limits: ImageLimits(maximumScans: 1000)) {
      Issue.record("the limit cannot be raised")
    }
  }

  @Test func scansTimesPixelsAreLimited() throws {
    // 24 × 17 pixels: of 408 allowed, 16 scans are.
    let limits = ImageLimits(maximumPixels: 24 * 17)
    #expect(error(try endless(1), limits: limits) == nil)
    let detail = "17 scans of 408 pixels each"
    #expect(error(try endless(50), limits: limits) == .tooCostly(file: "picture", detail: detail))
  }

  /// A PNG chunk with its checksum.
  private func chunk(_ kind: String, _ data: [UInt8]) -> [UInt8] {
    let length = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: data.count >> $0) }
    let body = Array(kind.utf8) + data
    return length + body + crc32(body[...])
  }

  /// `grey8.png` with chunks after its header.
  private func png(with chunks: [UInt8]) throws -> [UInt8] {
    let whole = try Self.bytes("grey8.png")
    return whole[..<33] + chunks + whole[33...]
  }

  @Test(arguments: ["iCCP", "zTXt", "tEXt", "sPLT", "mkBT", "bKGD", "gAMA", "pHYs"])
  func otherChunksAreNotRead(_ kind: String) throws {
    // What is no zlib stream would be a warning if anyone tried to inflate it.
    let chunks = chunk(kind, Array("name\0\0not a zlib stream".utf8))
    let result = try ImageDecoder.decodeWithHeader(try png(with: chunks), name: "picture")
    #expect(result.header.warning == nil)
    #expect(result.image == (try Fixtures.ppm("decode/grey8.png.ppm")))
  }

  @Test func anyNumberOfChunksIsPassedOver() throws {
    let text = chunk("zTXt", Array("k\0\0".utf8) + [UInt8](repeating: 0x78, count: 40))
    let bytes = try png(with: Array(repeating: text, count: 20_000).flatMap { $0 })
    #expect(error(bytes) == nil)
  }

  @Test func aFewBytesAreNoHugePicture() throws {
    // 12,000 × 12,000 grey pixels are within the limit, but not within 400 bytes.
    var bytes = try Self.bytes("grey8.png")
    bytes.replaceSubrange(16..<24, with: [0, 0, 0x2E, 0xE0, 0, 0, 0x2E, 0xE0])
    bytes.replaceSubrange(29..<33, with: crc32(bytes[12..<29]))
    let detail = "too few bytes for its size"
    #expect(error(bytes) == .truncated(file: "picture", detail: detail))
  }

  @Test(arguments: ["baseline-420.jpg", "progressive.jpg"])
  func aJPEGThatEndsBeforeItsPictureIsCutShort(_ file: String) throws {
    // The frame header says 13,000 × 13,000; the end marker comes after 24 × 17.
    var bytes = try Self.bytes(file)
    let frame = try #require(
      bytes.indices.dropLast().first {
        bytes[$0] == 0xFF && (bytes[$0 + 1] == 0xC0 || bytes[$0 + 1] == 0xC2)
      })
    bytes.replaceSubrange(frame + 5..<frame + 9, with: [0x32, 0xC8, 0x32, 0xC8])
    guard case .truncated = error(bytes) else {
      Issue.record("\(String(describing: error(bytes)))")
      return
    }
  }

  @Test func brokenEXIFIsNone() throws {
    let whole = try Self.bytes("exif-6.jpg")
    let exif = try #require(
      whole.indices.dropLast(6).first { Array(whole[$0..<$0 + 4]) == Array("Exif".utf8) })
    // The byte order, the offset of the directory, its count, and the orientation itself.
    for (at, value): (Int, UInt8) in [(6, 0x58), (10, 0xFF), (12, 0xF0), (15, 0xFF), (24, 77)] {
      var bytes = whole
      for index in [exif + at, exif + at + 1] { bytes[index] = value }
      let image = try ImageDecoder.decodeWithHeader(bytes, name: "picture")
      #expect(image.header.orientation == .up)
    }
  }

  @Test func twelveBitsAreAnotherKind() throws {
    var bytes = try Self.bytes("baseline-420.jpg")
    let frame = try #require(
      bytes.indices.dropLast().first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 })
    bytes[frame + 1] = 0xC1
    bytes[frame + 4] = 12
    guard case .unsupportedKind(_, .jpeg, _) = error(bytes) else {
      Issue.record("\(String(describing: error(bytes)))")
      return
    }
  }

  @Test func longFilesAreRefused() throws {
    let url = Fixtures.root.appendingPathComponent("decode/grey8.png")
    let count = try Self.bytes("grey8.png").count
    let small = ImageLimits(maximumFileSize: count - 1)
    #expect(
      throws: ImageError.tooManyBytes(file: url.path, bytes: count, limit: count - 1)
    ) { try ImageDecoder.decode(url, limits: small) }
    _ = try ImageDecoder.decode(url, limits: ImageLimits(maximumFileSize: count))
  }

  static let foreign: [(ImageFormat, String)] = [
    (.webp, "RIFF\0\0\0\0WEBPVP8 "), (.gif, "GIF89a\u{1}\0\u{1}\0"),
    (.bmp, "BMF\0\0\0\0\0\0\0\u{36}\0\0\0"), (.tiff, "II*\0\u{8}\0\0\0"),
    (.heic, "\0\0\0\u{18}ftypheic"), (.avif, "\0\0\0\u{18}ftypavif"),
    (.jpeg2000, "\0\0\0\u{C}jP  "), (.psd, "8BPS"), (.ico, "\0\0\u{1}\0"),
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
