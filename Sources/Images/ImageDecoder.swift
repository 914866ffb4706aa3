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

/// Limits on what a file may ask for.
public struct ImageLimits: Sendable, Hashable, Codable {
  /// The most pixels (width × height) that are decoded.
  public var maximumPixels: Int

  /// Limits; the default is Pillow's, a quarter of a gibibyte of 24-bit pixels twice over.
  public init(maximumPixels: Int = 178_956_970) {
    self.maximumPixels = maximumPixels
  }
}

/// Decodes JPEG and PNG to upright 8-bit RGB.
///
/// JPEG: baseline and progressive; grey, YCbCr, RGB, CMYK and YCCK. Ink becomes light as in Pillow:
/// R = (255 − K) − C·(255 − K)/255, with Adobe's inverted values undone first. A file whose data
/// ends early is an error and not a half-grey picture.
/// PNG: all bit depths (of 16 bits the high byte), palette, grey, interlaced; alpha is composited on
/// white. Gamma and colour profiles are ignored, as Pillow and torchvision do.
/// The EXIF orientation is applied (torchvision's loaders don't).
public enum ImageDecoder {
  /// Decodes a file.
  ///
  /// - Parameter shorterSide: when given, a JPEG of a megapixel or more may be decoded at 1/2, 1/4
  ///   or 1/8 as long as its shorter side stays at least this. Smaller files are decoded whole.
  /// - Throws: `ImageError`, naming the file.
  public static func decode(
    _ url: URL, shorterSideAtLeast shorterSide: Int? = nil, limits: ImageLimits = ImageLimits()
  ) throws(ImageError) -> Image {
    try decode(
      FileBytes.read(url.path), name: url.path, shorterSideAtLeast: shorterSide, limits: limits)
  }

  /// Decodes bytes; `name` stands for the file in errors.
  public static func decode(
    _ bytes: [UInt8], name: String, shorterSideAtLeast shorterSide: Int? = nil,
    limits: ImageLimits = ImageLimits()
  ) throws(ImageError) -> Image {
    try decodeWithHeader(bytes, name: name, shorterSideAtLeast: shorterSide, limits: limits).image
  }

  /// Decodes bytes and tells what the header said; the header's size is that before shrinking.
  public static func decodeWithHeader(
    _ bytes: [UInt8], name: String, shorterSideAtLeast shorterSide: Int? = nil,
    limits: ImageLimits = ImageLimits()
  ) throws(ImageError) -> (image: Image, header: ImageHeader) {
    let maximum = UInt64(max(0, limits.maximumPixels))
    var result = try readHeader(bytes, name: name, shrink: 1, limits: limits)
    let shrink = shorterSide.map { Self.shrink(result, shorterSideAtLeast: $0) } ?? 1
    if shrink > 1 {
      result = try readHeader(bytes, name: name, shrink: shrink, limits: limits)
    }
    let (width, height) = (Int(result.output_width), Int(result.output_height))
    let capacity = width * height * 3
    let pixels = [UInt8](unsafeUninitializedCapacity: capacity) { target, count in
      guard let base = target.baseAddress else { return }
      bytes.withUnsafeBufferPointer {
        _ = graft_image_decode($0.baseAddress, $0.count, maximum, shrink, base, capacity, &result)
      }
      count = capacity
      // A failed decode leaves rows unwritten; the array is dropped, but not before it is sound.
      if result.status != Int32(GRAFT_IMAGE_OK.rawValue) {
        base.update(repeating: 0, count: capacity)
      }
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
      return try header(of: FileBytes.read(url.path), name: url.path, limits: limits)
    }
  }

  /// What the header of a picture in memory says.
  public static func header(
    of bytes: [UInt8], name: String, limits: ImageLimits = ImageLimits()
  ) throws(ImageError) -> ImageHeader {
    try header(of: readHeader(bytes, name: name, shrink: 1, limits: limits), name: name)
  }

  // Pillow's `reducing_gap` follows the same thought. Below a megapixel decoding whole costs little
  // and keeps the result equal to PIL's.
  private static func shrink(
    _ header: graft_image_result, shorterSideAtLeast shorterSide: Int
  ) -> Int32 {
    guard header.format == Int32(GRAFT_FORMAT_JPEG.rawValue),
      Int(header.width) * Int(header.height) >= 1_000_000
    else { return 1 }
    let shorter = Int(min(header.width, header.height))
    return [8, 4, 2].first { shorter / Int($0) >= shorterSide } ?? 1
  }

  private static func readHeader(
    _ bytes: [UInt8], name: String, shrink: Int32, limits: ImageLimits
  ) throws(ImageError) -> graft_image_result {
    var result = graft_image_result()
    bytes.withUnsafeBufferPointer {
      _ = graft_image_header(
        $0.baseAddress, $0.count, UInt64(max(0, limits.maximumPixels)), shrink, &result)
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
    default: throw .notAnImage(file: name)
    }
  }
}
