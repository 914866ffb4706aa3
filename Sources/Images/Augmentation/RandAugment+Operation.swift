extension RandAugment {
  /// The operations that are drawn from, in timm's order and by its names.
  public enum Operation: String, CaseIterable, Sendable {
    case autoContrast = "AutoContrast"
    case equalize = "Equalize"
    case invert = "Invert"
    case rotate = "Rotate"
    case posterize = "Posterize"
    case solarize = "Solarize"
    case solarizeAdd = "SolarizeAdd"
    case color = "Color"
    case contrast = "Contrast"
    case brightness = "Brightness"
    case sharpness = "Sharpness"
    case shearX = "ShearX"
    case shearY = "ShearY"
    case translateX = "TranslateXRel"
    case translateY = "TranslateYRel"

    /// What the operation is told at a magnitude: degrees, bits, a threshold, a factor or a share.
    ///
    /// - Parameters:
    ///   - magnitude: 0…10, or more where `maximumMagnitude` lets it.
    ///   - isNegated: the sign that is drawn; heeded by those operations that have one.
    ///   - isIncreasing: whether a greater magnitude always changes more.
    /// - Returns: nil for operations that are told nothing.
    /// - Reference: timm `LEVEL_TO_ARG`; Cubuk et al., RandAugment, NeurIPS 2020, §3.
    public func argument(magnitude: Double, isNegated: Bool, isIncreasing: Bool) -> Double? {
      let level = magnitude / 10
      let sign: Double = isNegated ? -1 : 1
      switch self {
      case .autoContrast, .equalize, .invert: return nil
      case .rotate: return sign * level * 30
      case .posterize:
        let bits = (level * 4).rounded(.towardZero)
        return isIncreasing ? 4 - bits : bits
      case .solarize:
        let threshold = min(256, (level * 256).rounded(.towardZero))
        return isIncreasing ? 256 - threshold : threshold
      case .solarizeAdd: return min(128, (level * 110).rounded(.towardZero))
      case .color, .contrast, .brightness, .sharpness:
        return isIncreasing ? max(0.1, 1 + sign * level * 0.9) : level * 1.8 + 0.1
      case .shearX, .shearY: return sign * level * 0.3
      case .translateX, .translateY: return sign * level * 0.45
      }
    }

    /// The picture after the operation; `argument` is what `argument(magnitude:…)` gives.
    public func apply(
      to image: Image, argument: Double?, filter: ResizeFilter, fill: Colour
    ) -> Image {
      let value = argument ?? 0
      return switch self {
      case .autoContrast: image.autocontrasted()
      case .equalize: image.equalized()
      case .invert: image.inverted()
      case .rotate: image.rotated(degrees: value, filter: filter, fill: fill)
      case .posterize: image.posterized(bits: Int(value))
      case .solarize: image.solarized(threshold: Int(value))
      case .solarizeAdd: image.solarizedAdding(Int(value))
      case .color: image.saturation(value)
      case .contrast: image.contrast(value)
      case .brightness: image.brightness(value)
      case .sharpness: image.sharpness(value)
      case .shearX: image.shearedX(value, filter: filter, fill: fill)
      case .shearY: image.shearedY(value, filter: filter, fill: fill)
      case .translateX: image.translatedX(value, filter: filter, fill: fill)
      case .translateY: image.translatedY(value, filter: filter, fill: fill)
      }
    }
  }
}
