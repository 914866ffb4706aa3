internal import CImageCodecs

/// Limits on what a file may ask for, so that a hostile one costs little.
///
/// Besides these: of a PNG only the chunks that decide about pixels and the orientation are kept (an
/// EXIF block of up to 1 MiB); texts and colour profiles are passed over and never inflated. Decoding
/// stops where the data does.
public struct ImageLimits: Sendable, Hashable, Codable {
  /// The most pixels (width × height) that are decoded; `--max-pixels`.
  public var maximumPixels: Int
  /// The most scans of a JPEG; `--max-scans`.
  ///
  /// Progressive files have about ten. A progressive file costs scans × pixels, whatever its length: that product is held to
  /// 16 · `maximumPixels` as well.
  public var maximumScans: Int
  /// The most bytes that are read of a file; `--max-file-size`.
  public var maximumFileSize: Int

  /// Limits; the default number of pixels is Pillow's, a quarter of a gibibyte of 24-bit pixels twice
  /// over.
  public init(
    maximumPixels: Int = 178_956_970, maximumScans: Int = 100, maximumFileSize: Int = 1 << 30
  ) {
    self.maximumPixels = maximumPixels
    self.maximumScans = maximumScans
    self.maximumFileSize = maximumFileSize
  }

  /// The limits as the decoders take them, for a picture decoded whole.
  func request(background: Colour) -> graft_image_request {
    let pixels = UInt64(max(0, maximumPixels))
    let (work, isHuge) = pixels.multipliedReportingOverflow(by: 16)
    return graft_image_request(
      max_pixels: pixels, max_scans: UInt32(clamping: maximumScans),
      max_scan_pixels: isHuge ? .max : work, shrink: 1,
      background: (background.red, background.green, background.blue))
  }
}
