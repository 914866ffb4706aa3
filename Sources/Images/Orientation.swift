/// How a stored picture must be turned to stand upright: the values of the EXIF tag 0x0112.
///
/// - Reference: Exif 2.32 (CIPA DC-008), tag Orientation.
public enum Orientation: Int, Codable, Sendable, Hashable, CaseIterable {
  /// Stored upright.
  case up = 1
  /// Mirrored left to right.
  case upMirrored = 2
  /// Turned by 180°.
  case down = 3
  /// Mirrored top to bottom.
  case downMirrored = 4
  /// Mirrored along the main diagonal.
  case leftMirrored = 5
  /// To be turned clockwise by 90°.
  case right = 6
  /// Mirrored along the other diagonal.
  case rightMirrored = 7
  /// To be turned counter-clockwise by 90°.
  case left = 8

  /// True when width and height change places.
  public var swapsSides: Bool { rawValue >= 5 }
}

extension Image {
  /// The picture turned upright from its stored orientation; equals Pillow's `exif_transpose`.
  ///
  /// Cost: one pass over the pixels, none for `.up`.
  public func upright(from orientation: Orientation) -> Image {
    guard orientation != .up else { return self }
    let (newWidth, newHeight) = orientation.swapsSides ? (height, width) : (width, height)
    let pixels = [UInt8](unsafeUninitializedCapacity: self.pixels.count) { target, count in
      self.pixels.withUnsafeBufferPointer { source in
        for y in 0..<newHeight {
          for x in 0..<newWidth {
            let (sx, sy) = orientation.source(x, y, width: width, height: height)
            let from = 3 * (sy * width + sx)
            let to = 3 * (y * newWidth + x)
            target[to] = source[from]
            target[to + 1] = source[from + 1]
            target[to + 2] = source[from + 2]
          }
        }
      }
      count = self.pixels.count
    }
    return Image(width: newWidth, height: newHeight, pixels: pixels)
  }
}

extension Orientation {
  /// The stored position of the upright pixel (x, y); `width` and `height` are those stored.
  @inline(__always)
  fileprivate func source(_ x: Int, _ y: Int, width: Int, height: Int) -> (Int, Int) {
    switch self {
    case .up: (x, y)
    case .upMirrored: (width - 1 - x, y)
    case .down: (width - 1 - x, height - 1 - y)
    case .downMirrored: (x, height - 1 - y)
    case .leftMirrored: (y, x)
    case .right: (y, height - 1 - x)
    case .rightMirrored: (width - 1 - y, height - 1 - x)
    case .left: (width - 1 - y, x)
    }
  }
}
