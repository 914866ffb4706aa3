internal import CImageCodecs
public import Foundation

/// What a picture's header says, before any pixel is decoded.
public struct ImageHeader: Sendable, Hashable {
  /// The format by magic bytes, whatever the file's ending.
  public let format: ImageFormat
  /// Columns of the upright picture.
  public let width: Int
  /// Rows of the upright picture.
  public let height: Int
  /// Channels as stored: 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha or CMYK.
  public let channels: Int
  /// Bits a channel as stored.
  public let bitDepth: Int
  /// The EXIF orientation, `.up` where the file says nothing.
  public let orientation: Orientation
  /// The first thing that the decoder found odd though readable; only known after decoding.
  public let warning: String?
}

/// Decodes JPEG and PNG to upright 8-bit RGB.
///
/// JPEG: baseline and progressive; grey, YCbCr, RGB, CMYK and YCCK. Ink becomes light as in Pillow:
/// R = (255 − K) − C·(255 − K)/255, with Adobe's inverted values undone first. A file whose data
/// ends early is an error and not a half-grey picture. CMYK without Adobe's marker is taken at its
/// word (Pillow inverts it all the same).
/// PNG: all bit depths (of 16 bits the high byte), palette, grey, interlaced; alpha, be it a channel
/// or a colour marked as transparent, is composited on `background`: c·α + background·(1 − α),
/// rounded. Gamma and colour profiles are ignored, as Pillow and torchvision do.
/// The EXIF orientation is applied (torchvision's loaders don't); a broken EXIF block counts as none.
///
/// A large photograph for a small target decodes at 1/2, 1/4 or 1/8 of its size: the inverse cosine
/// transform of each block of 8 × 8 then gives 4 × 4, 2 × 2 or one pixel, which is what Pillow's
/// `draft` does. The rule: a JPEG of 1,000,000 pixels or more takes the smallest of these sizes whose
/// shorter side is at least `shorterSideAtLeast`; all others decode whole, so that the usual pictures
/// of 500 × 375 give the same bits as Pillow. `Preprocessing.decodingSize` asks for 5/4 of the target.
/// Photographs of 4000 × 3000 scaled to 256 through 1/8 differ from those scaled from the whole by
/// 0.5 levels on average, 2.5 at the 99th percentile; 400 × 533 through 1/2 to 182 would by 1.6 and 13.
public enum ImageDecoder {
  /// Decodes a file.
  ///
  /// - Parameters:
  ///   - shorterSide: when given, a JPEG of a megapixel or more may be decoded at 1/2, 1/4 or 1/8 as
  ///     long as its shorter side stays at least this. Smaller files are decoded whole.
  ///   - background: what shows through transparent pixels.
  /// - Throws: `ImageError`, naming the file.
  public static func decode(
    _ url: URL, shorterSideAtLeast shorterSide: Int? = nil, background: Colour = .white,
    limits: ImageLimits = ImageLimits()
  ) throws(ImageError) -> Image {
    try decode(
      FileBytes.read(url.path, limits: limits), name: url.path, shorterSideAtLeast: shorterSide,
      background: background, limits: limits)
  }

  /// Decodes bytes; `name` stands for the file in errors.
  public static func decode(
    _ bytes: [UInt8], name: String, shorterSideAtLeast shorterSide: Int? = nil,
    background: Colour = .white, limits: ImageLimits = ImageLimits()
  ) throws(ImageError) -> Image {
    try decodeWithHeader(
      bytes, name: name, shorterSideAtLeast: shorterSide, background: background, limits: limits
    ).image
  }

  /// Decodes bytes and tells what the header said; the header's size is that before shrinking.
  public static func decodeWithHeader(
    _ bytes: [UInt8], name: String, shorterSideAtLeast shorterSide: Int? = nil,
    background: Colour = .white, limits: ImageLimits = ImageLimits()
  ) throws(ImageError) -> (image: Image, header: ImageHeader) {
    var request = limits.request(background: background)
    var result = try readHeader(bytes, name: name, limits: limits)
    request.shrink = shorterSide.map { Self.shrink(result, shorterSideAtLeast: $0) } ?? 1
    let width = Self.shrunk(result.output_width, by: request.shrink)
    let height = Self.shrunk(result.output_height, by: request.shrink)
    let capacity = width * height * 3
    let pixels = [UInt8](unsafeUninitializedCapacity: capacity) { target, count in
      guard let base = target.baseAddress else { return }
      bytes.withUnsafeBufferPointer {
        _ = graft_image_decode($0.baseAddress, $0.count, &request, base, capacity, &result)
      }
      // A failed decode leaves rows unwritten.
      count = result.status == Int32(GRAFT_IMAGE_OK.rawValue) ? capacity : 0
    }
    try check(result, name: name, limits: limits)
    let header = try self.header(of: result, name: name)
    let image = Image(width: width, height: height, pixels: pixels)
    return (image.upright(from: header.orientation), header)
  }

  /// What the header of a file says; reads only the beginning of the file.
  public static func header(
    of url: URL, limits: ImageLimits = ImageLimits()
  ) throws(ImageError) -> ImageHeader {
    let start = try FileBytes.read(url.path, limit: 1 << 16)
    do {
      return try header(of: start, name: url.path, limits: limits)
    } catch .truncated where start.count == 1 << 16 {
      // Metadata longer than what was read.
      return try header(
        of: FileBytes.read(url.path, limits: limits), name: url.path, limits: limits)
    }
  }

  /// What the header of a picture in memory says.
  public static func header(
    of bytes: [UInt8], name: String, limits: ImageLimits = ImageLimits()
  ) throws(ImageError) -> ImageHeader {
    try header(of: readHeader(bytes, name: name, limits: limits), name: name)
  }

  // Below a megapixel decoding whole costs little and keeps the result equal to PIL's.
  private static func shrink(
    _ header: graft_image_result, shorterSideAtLeast shorterSide: Int
  ) -> Int32 {
    guard header.format == Int32(GRAFT_FORMAT_JPEG.rawValue),
      Int(header.width) * Int(header.height) >= 1_000_000
    else { return 1 }
    let shorter = Int(min(header.width, header.height))
    return [8, 4, 2].first { shorter / Int($0) >= shorterSide } ?? 1
  }

  // libjpeg rounds the sides of a shrunk picture up.
  private static func shrunk(_ side: UInt32, by shrink: Int32) -> Int {
    (Int(side) + Int(shrink) - 1) / Int(shrink)
  }

  private static func readHeader(
    _ bytes: [UInt8], name: String, limits: ImageLimits
  ) throws(ImageError) -> graft_image_result {
    var result = graft_image_result()
    var request = limits.request(background: .white)
    bytes.withUnsafeBufferPointer {
      _ = graft_image_header($0.baseAddress, $0.count, &request, &result)
    }
    try check(result, name: name, limits: limits)
    return result
  }

  private static func header(
    of result: graft_image_result, name: String
  ) throws(ImageError) -> ImageHeader {
    guard let format = ImageFormat(code: result.format) else { throw .notAnImage(file: name) }
    let orientation = Orientation(rawValue: Int(result.orientation)) ?? .up
    let (width, height) = (Int(result.width), Int(result.height))
    return ImageHeader(
      format: format,
      width: orientation.swapsSides ? height : width,
      height: orientation.swapsSides ? width : height,
      channels: Int(result.channels),
      bitDepth: Int(result.bit_depth),
      orientation: orientation,
      warning: result.warning_count > 0 ? message(result) : nil)
  }

  private static func message(_ result: graft_image_result) -> String {
    withUnsafeBytes(of: result.message) { raw in
      String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// The C status as an error; this is the only place that translates it.
  private static func check(
    _ result: graft_image_result, name: String, limits: ImageLimits
  ) throws(ImageError) {
    switch graft_image_status(UInt32(result.status)) {
    case GRAFT_IMAGE_OK: return
    case GRAFT_IMAGE_EMPTY: throw .empty(file: name)
    case GRAFT_IMAGE_UNSUPPORTED:
      guard let format = ImageFormat(code: result.format) else { throw .notAnImage(file: name) }
      throw .unsupportedFormat(file: name, format: format)
    case GRAFT_IMAGE_TOO_LARGE:
      throw .tooManyPixels(
        file: name, width: Int(result.width), height: Int(result.height),
        limit: limits.maximumPixels)
    case GRAFT_IMAGE_TRUNCATED: throw .truncated(file: name, detail: message(result))
    case GRAFT_IMAGE_CORRUPT: throw .corrupt(file: name, detail: message(result))
    case GRAFT_IMAGE_NO_MEMORY: throw .outOfMemory(file: name)
    case GRAFT_IMAGE_TOO_COSTLY: throw .tooCostly(file: name, detail: message(result))
    case GRAFT_IMAGE_UNREAD_KIND:
      guard let format = ImageFormat(code: result.format) else { throw .notAnImage(file: name) }
      throw .unsupportedKind(file: name, format: format, detail: message(result))
    default: throw .notAnImage(file: name)
    }
  }
}
