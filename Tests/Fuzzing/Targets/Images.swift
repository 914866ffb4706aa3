import Images

extension FuzzTarget {
  /// JPEG files, decoded whole and at a fraction.
  static let jpeg = pictures("image-jpeg")
  /// PNG files.
  static let png = pictures("image-png")

  /// Any picture: the format is told by its first bytes, so that each corpus explores its own.
  private static func pictures(_ name: String) -> FuzzTarget {
    FuzzTarget(name: name) { bytes in
      let copy = [UInt8](bytes)
      let limits = ImageLimits(maximumPixels: 4_000_000)
      for side in [nil, 1] as [Int?] {
        _ = try ImageDecoder.decode(
          copy, name: "fuzzed", shorterSideAtLeast: side, limits: limits)
      }
    }
  }
}
