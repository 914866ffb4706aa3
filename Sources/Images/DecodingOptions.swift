/// How picture files are decoded, whatever becomes of the pictures.
public struct DecodingOptions: Codable, Sendable, Hashable {
  /// What a file may ask for.
  public var limits: ImageLimits
  /// What shows through transparent pixels.
  public var background: Colour

  /// Options; the defaults are the usual limits and white.
  public init(limits: ImageLimits = ImageLimits(), background: Colour = .white) {
    self.limits = limits
    self.background = background
  }

  /// What is wrong with the values as one clause, or nil: for those who read them from a file.
  public var problem: String? {
    limits.maximumPixels < 1 || limits.maximumScans < 1 || limits.maximumFileSize < 1
      ? "the limits of decoding must be at least 1" : nil
  }
}
