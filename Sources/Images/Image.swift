internal import CImageCodecs
public import Foundation

/// A decoded picture: 8-bit RGB, rows from the top, interleaved.
public struct Image: Sendable, Hashable {
  /// Columns.
  public let width: Int
  /// Rows.
  public let height: Int
  /// height × width × 3 values, 0…255: red, green, blue of each pixel.
  public let pixels: [UInt8]

  /// A picture of given pixels, which must be height × width × 3 values.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(
      width > 0 && height > 0 && pixels.count == width * height * 3,
      "Image: \(pixels.count) values for \(width) × \(height) × 3")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// A picture of `width` × `height` grey levels, copied to the three channels.
  public init(width: Int, height: Int, grey: some Collection<UInt8>) {
    var pixels = [UInt8]()
    pixels.reserveCapacity(grey.count * 3)
    for level in grey {
      pixels.append(level)
      pixels.append(level)
      pixels.append(level)
    }
    self.init(width: width, height: height, pixels: pixels)
  }

  /// True when red, green and blue are equal in every pixel.
  public var isGrey: Bool {
    pixels.withUnsafeBufferPointer { values in
      stride(from: 0, to: values.count, by: 3).allSatisfy {
        values[$0] == values[$0 + 1] && values[$0] == values[$0 + 2]
      }
    }
  }

  /// A 128-bit hash of size and pixels: equal for equal pictures, whatever files they came from.
  ///
  /// Two different pictures share it with a probability of about 2⁻¹²⁸; not made against intent.
  public var pixelHash: PixelHash {
    var low: UInt64 = 0
    var high: UInt64 = 0
    let seed = UInt64(width) << 32 | UInt64(height)
    pixels.withUnsafeBufferPointer {
      graft_pixel_hash($0.baseAddress, $0.count, seed, &low, &high)
    }
    return PixelHash(low: low, high: high)
  }

  /// The picture mirrored left to right.
  public func mirrored() -> Image { upright(from: .upMirrored) }

  /// The picture mirrored top to bottom.
  public func flipped() -> Image { upright(from: .downMirrored) }

  /// The picture as a PNG file (8-bit RGB).
  ///
  /// - Throws: `.outOfMemory` only.
  public func pngData() throws(ImageError) -> Data {
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    let status = pixels.withUnsafeBufferPointer { source in
      source.baseAddress.map {
        graft_png_encode($0, UInt32(width), UInt32(height), &bytes, &count)
      } ?? GRAFT_IMAGE_EMPTY
    }
    defer { graft_image_free(bytes) }
    guard status == GRAFT_IMAGE_OK, let bytes else { throw .outOfMemory(file: "PNG output") }
    return Data(bytes: bytes, count: count)
  }
}

/// A hash of a picture's size and pixels.
public struct PixelHash: Sendable, Hashable {
  /// The lower 64 bits.
  public let low: UInt64
  /// The upper 64 bits.
  public let high: UInt64

  /// A hash that was kept.
  package init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }
}
