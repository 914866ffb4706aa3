/// Random changes of brightness, contrast, saturation and hue, in random order.
///
/// The factors are uniform: brightness, contrast and saturation in [max(0, 1 − v), 1 + v], the hue's
/// turn in [−h, h] of the circle. A strength of 0 leaves its part out.
///
/// - Reference: torchvision `ColorJitter` on PIL images; timm's `color_jitter` 0.4 is
///   `ColourJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4)`.
public struct ColourJitter: Codable, Sendable, Hashable {
  /// Strength of the change of brightness, 0 or more.
  public var brightness: Double
  /// Strength of the change of contrast, 0 or more.
  public var contrast: Double
  /// Strength of the change of saturation, 0 or more.
  public var saturation: Double
  /// Largest turn of the hue, 0…0.5.
  public var hue: Double
  /// Probability that a picture is changed at all.
  public var probability: Double

  /// A jitter from its strengths.
  public init(
    brightness: Double = 0, contrast: Double = 0, saturation: Double = 0, hue: Double = 0,
    probability: Double = 1
  ) {
    self.brightness = brightness
    self.contrast = contrast
    self.saturation = saturation
    self.hue = hue
    self.probability = probability
    precondition(problem == nil, "ColourJitter: \(problem ?? "")")
  }

  /// What is wrong with the values, or nil.
  var problem: String? {
    guard [brightness, contrast, saturation].allSatisfy({ $0 >= 0 && $0.isFinite }),
      (0...0.5).contains(hue), (0...1).contains(probability)
    else {
      return "colourJitter needs strengths of 0 or more, hue in [0, 0.5], probability in [0, 1]"
    }
    return nil
  }

  /// The picture with the factors that are drawn for this sample of this epoch.
  public func apply(to image: Image, seed: UInt64, epoch: Int, sample: String) -> Image {
    var draws = RandomDraws("colour-jitter", seed: seed, epoch: epoch, sample: sample)
    guard draws.chance(probability) else { return image }
    let order = draws.permutation(4)
    func around(_ strength: Double, _ draws: inout RandomDraws) -> Double {
      draws.uniform(max(0, 1 - strength)...(1 + strength))
    }
    let factors = [
      around(brightness, &draws), around(contrast, &draws), around(saturation, &draws),
      draws.uniform(-hue...hue),
    ]
    return order.reduce(image) { image, part in
      switch part {
      case 0: brightness > 0 ? image.brightness(factors[0]) : image
      case 1: contrast > 0 ? image.contrast(factors[1]) : image
      case 2: saturation > 0 ? image.saturation(factors[2]) : image
      default: hue > 0 ? image.hueShifted(by: factors[3]) : image
      }
    }
  }
}
