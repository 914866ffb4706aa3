internal import CImageCodecs

// Operations on levels; each equals Pillow's of the same name to the bit.
extension Image {
  /// 255 − level: `ImageOps.invert`.
  public func inverted() -> Image { mapped { 255 - $0 } }

  /// Levels of at least `threshold` inverted: `ImageOps.solarize`.
  public func solarized(threshold: Int) -> Image {
    mapped { Int($0) < threshold ? $0 : 255 - $0 }
  }

  /// `addend` added to levels below `threshold`, at most 255: timm's `solarize_add`.
  public func solarizedAdding(_ addend: Int, threshold: Int = 128) -> Image {
    mapped { Int($0) < threshold ? UInt8(clamping: Int($0) + addend) : $0 }
  }

  /// Only the upper `bits` of each level kept, 0…8: `ImageOps.posterize`; 0 bits give black.
  public func posterized(bits: Int) -> Image {
    let mask = UInt8(truncatingIfNeeded: 0xFF << (8 - min(8, max(0, bits))))
    return mapped { $0 & mask }
  }

  /// Each channel stretched to 0…255: `ImageOps.autocontrast` without cutoff.
  public func autocontrasted() -> Image {
    mapped(
      channelTables: histogram().map { counts in
        guard let low = counts.firstIndex(where: { $0 > 0 }),
          let high = counts.lastIndex(where: { $0 > 0 }), high > low
        else { return Array(0...255) }
        let scale = 255.0 / Double(high - low)
        let offset = -Double(low) * scale
        return (0..<256).map { UInt8(clamping: Int(Double($0) * scale + offset)) }
      })
  }

  /// Each channel's histogram made even: `ImageOps.equalize`.
  public func equalized() -> Image {
    mapped(
      channelTables: histogram().map { counts in
        let filled = counts.filter { $0 > 0 }
        let step = (filled.reduce(0, +) - (filled.last ?? 0)) / 255
        guard filled.count > 1, step > 0 else { return Array(0...255) }
        var sum = step / 2
        return counts.map { count in
          defer { sum += count }
          return UInt8(clamping: sum / step)
        }
      })
  }

  /// The luma of each pixel, (19595 R + 38470 G + 7471 B + 2¹⁵) / 2¹⁶: Pillow's mode L.
  public func greyscale() -> Image {
    transformed { graft_grey_rgb($0, width * height, $1) }
  }

  /// Black at 0, the picture at 1, brighter above: `ImageEnhance.Brightness`.
  public func brightness(_ factor: Double) -> Image {
    enhanced(
      Image(width: width, height: height, pixels: [UInt8](repeating: 0, count: pixels.count)),
      factor)
  }

  /// The mean luma at 0, the picture at 1: `ImageEnhance.Contrast`.
  public func contrast(_ factor: Double) -> Image {
    let levels = greyscale().histogram()[0]
    let sum = levels.enumerated().reduce(0) { $0 + $1.offset * $1.element }
    let mean = UInt8(clamping: Int(Double(sum) / Double(width * height) + 0.5))
    return enhanced(
      Image(width: width, height: height, pixels: [UInt8](repeating: mean, count: pixels.count)),
      factor)
  }

  /// Grey at 0, the picture at 1: `ImageEnhance.Color`.
  public func saturation(_ factor: Double) -> Image { enhanced(greyscale(), factor) }

  /// Smoothed at 0, the picture at 1, sharpened above: `ImageEnhance.Sharpness`.
  public func sharpness(_ factor: Double) -> Image {
    enhanced(
      transformed { graft_smooth_rgb($0, UInt32(width), UInt32(height), $1) }, factor)
  }

  /// The hue turned by `turn` of the circle, −0.5…0.5: torchvision's `adjust_hue` on PIL images,
  /// which goes through Pillow's HSV of 8 bits and cuts turn · 255 off after the point.
  public func hueShifted(by turn: Double) -> Image {
    let shift = UInt8(truncatingIfNeeded: Int(turn * 255))
    return transformed { graft_shift_hue_rgb($0, width * height, shift, $1) }
  }

  /// base + factor · (picture − base): `Image.blend`.
  private func enhanced(_ base: Image, _ factor: Double) -> Image {
    base.pixels.withUnsafeBufferPointer { base in
      transformed { source, target in
        guard let base = base.baseAddress else { return }
        graft_blend(base, source, pixels.count, Float(factor), target)
      }
    }
  }

  private func mapped(_ level: (UInt8) -> UInt8) -> Image {
    let table = (0...255).map { level($0) }
    return mapped(channelTables: [table, table, table])
  }

  private func mapped(channelTables tables: [[UInt8]]) -> Image {
    tables.flatMap { $0 }.withUnsafeBufferPointer { table in
      transformed { source, target in
        guard let table = table.baseAddress else { return }
        graft_table_rgb(source, width * height, table, target)
      }
    }
  }

  /// How many pixels have each of the 256 levels, for R, G and B.
  private func histogram() -> [[Int]] {
    var counts = [UInt32](repeating: 0, count: 768)
    pixels.withUnsafeBufferPointer { source in
      if let source = source.baseAddress {
        graft_histogram_rgb(source, width * height, &counts)
      }
    }
    return (0..<3).map { counts[256 * $0..<256 * ($0 + 1)].map(Int.init) }
  }

  /// A picture of the same size whose pixels `body` writes.
  func transformed(
    _ body: (UnsafePointer<UInt8>, UnsafeMutablePointer<UInt8>) -> Void
  ) -> Image {
    let result = [UInt8](unsafeUninitializedCapacity: pixels.count) { target, count in
      pixels.withUnsafeBufferPointer { source in
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        body(source, target)
      }
      count = pixels.count
    }
    return Image(width: width, height: height, pixels: result)
  }
}
