internal import CImageCodecs
internal import Foundation

// Affine changes; each equals Pillow's `Image.transform(AFFINE)` to the bit, as timm calls it.
extension Image {
  /// The picture turned counter-clockwise about its centre, same size: Pillow's `rotate`.
  ///
  /// - Parameters:
  ///   - filter: bilinear or bicubic; any other counts as bicubic.
  ///   - fill: where the picture does not reach.
  public func rotated(degrees: Double, filter: ResizeFilter, fill: Colour) -> Image {
    guard degrees.truncatingRemainder(dividingBy: 360) != 0 else { return self }
    let turned = degrees.truncatingRemainder(dividingBy: 360)
    let angle = -(turned < 0 ? turned + 360 : turned) * Double.pi / 180
    // Pillow rounds to 15 digits, so that right angles are exact.
    func rounded(_ x: Double) -> Double { (x * 1e15).rounded(.toNearestOrEven) / 1e15 }
    let (cosine, sine) = (rounded(cos(angle)), rounded(sin(angle)))
    let (x, y) = (Double(width) / 2, Double(height) / 2)
    return affine(
      [
        cosine, sine, -cosine * x - sine * y + x,
        -sine, cosine, sine * x - cosine * y + y,
      ], filter: filter, fill: fill)
  }

  /// Rows moved by factor · y pixels to the left: timm's `shear_x`.
  public func shearedX(_ factor: Double, filter: ResizeFilter, fill: Colour) -> Image {
    affine([1, factor, 0, 0, 1, 0], filter: filter, fill: fill)
  }

  /// Columns moved up by factor · x pixels: timm's `shear_y`.
  public func shearedY(_ factor: Double, filter: ResizeFilter, fill: Colour) -> Image {
    affine([1, 0, 0, factor, 1, 0], filter: filter, fill: fill)
  }

  /// Moved to the left by `share` of the width: timm's `translate_x_rel`.
  public func translatedX(_ share: Double, filter: ResizeFilter, fill: Colour) -> Image {
    affine([1, 0, share * Double(width), 0, 1, 0], filter: filter, fill: fill)
  }

  /// Moved up by `share` of the height: timm's `translate_y_rel`.
  public func translatedY(_ share: Double, filter: ResizeFilter, fill: Colour) -> Image {
    affine([1, 0, 0, 0, 1, share * Double(height)], filter: filter, fill: fill)
  }

  /// The pixel at (x, y) is that of this picture at (m₀x + m₁y + m₂, m₃x + m₄y + m₅).
  private func affine(_ matrix: [Double], filter: ResizeFilter, fill: Colour) -> Image {
    let fill = [fill.red, fill.green, fill.blue]
    return transformed { source, target in
      graft_affine_rgb(
        source, UInt32(width), UInt32(height), matrix, filter == .bilinear ? 0 : 1, fill, target)
    }
  }
}
