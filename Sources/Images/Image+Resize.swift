internal import CImageCodecs

/// The kernel of an antialiased resize; the names and shapes are Pillow's.
public enum ResizeFilter: String, Codable, Sendable, Hashable, CaseIterable {
  /// Mean over the source pixels that fall under the target pixel.
  case box
  /// Triangle of support 1.
  case bilinear
  /// Keys' cubic, a = −1/2, support 2.
  case bicubic
  /// Windowed sinc of support 3.
  case lanczos

  var code: graft_filter {
    switch self {
    case .box: GRAFT_FILTER_BOX
    case .bilinear: GRAFT_FILTER_BILINEAR
    case .bicubic: GRAFT_FILTER_BICUBIC
    case .lanczos: GRAFT_FILTER_LANCZOS
    }
  }
}

/// A rectangle of whole pixels.
public struct PixelRectangle: Sendable, Hashable, Codable {
  /// Column of its left edge.
  public var x: Int
  /// Row of its upper edge.
  public var y: Int
  /// Columns.
  public var width: Int
  /// Rows.
  public var height: Int

  /// A rectangle from its upper left corner and its size.
  public init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }
}

extension Image {
  /// The picture scaled to `width` × `height`; equal to Pillow's `Image.resize` to the bit.
  ///
  /// The filter is stretched by the scale when shrinking (antialiased); horizontal pass first, 22-bit
  /// fixed-point weights, rounding to 8 bits after each pass.
  ///
  /// - Parameters:
  ///   - source: the part of the picture that is scaled, as if cropped before; nil for all of it.
  ///   - window: the part of the scaled picture that is wanted, as if cropped after; nil for all.
  ///     Only what the window needs is computed.
  /// - Reference: Pillow's documented filters; torchvision's `Resize` on PIL images is the same.
  public func resized(
    width: Int, height: Int, filter: ResizeFilter, source: PixelRectangle? = nil,
    window: PixelRectangle? = nil
  ) -> Image {
    let from = source ?? PixelRectangle(x: 0, y: 0, width: self.width, height: self.height)
    let to = window ?? PixelRectangle(x: 0, y: 0, width: width, height: height)
    precondition(
      from.x >= 0 && from.y >= 0 && from.width > 0 && from.height > 0
        && from.x + from.width <= self.width && from.y + from.height <= self.height,
      "resized: \(from) is not inside \(self.width) × \(self.height)")
    precondition(
      to.x >= 0 && to.y >= 0 && to.width > 0 && to.height > 0
        && to.x + to.width <= width && to.y + to.height <= height,
      "resized: window \(to) is not inside \(width) × \(height)")
    let count = to.width * to.height * 3
    var status: Int32 = -1
    let result = [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
      pixels.withUnsafeBufferPointer { bytes in
        guard let input = bytes.baseAddress, let output = target.baseAddress else { return }
        status = graft_resize_rgb(
          input + 3 * (from.y * self.width + from.x), UInt32(from.width), UInt32(from.height),
          self.width * 3, UInt32(width), UInt32(height), UInt32(to.x), UInt32(to.y),
          UInt32(to.width), UInt32(to.height), filter.code, output)
      }
      initialized = count
    }
    precondition(status == 0, "resized: no memory for \(to.width) × \(to.height) pixels")
    return Image(width: to.width, height: to.height, pixels: result)
  }
}
