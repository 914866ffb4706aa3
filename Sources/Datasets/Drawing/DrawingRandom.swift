internal import Foundation
internal import Tensors

/// A sequence of draws for one picture, from a counter-based generator.
struct DrawingRandom {
  private let source: CounterRandom
  private var counter: UInt64 = 0

  init(seed: UInt64, key: String) {
    source = CounterRandom(seed: seed, key: key)
  }

  /// Uniform in [low, high).
  mutating func uniform(_ low: Double, _ high: Double) -> Double {
    counter += 1
    return low + (high - low) * source.uniform(at: counter)
  }

  /// True with the given probability.
  mutating func chance(_ probability: Double) -> Bool { uniform(0, 1) < probability }

  /// Roughly normal with mean 0 and deviation 1: the sum of four uniforms, scaled.
  mutating func noise() -> Double {
    (uniform(-1, 1) + uniform(-1, 1) + uniform(-1, 1) + uniform(-1, 1)) * 0.75.squareRoot()
  }

  /// A colour, each channel uniform.
  mutating func colour() -> Colour {
    Colour(red: uniform(0, 255), green: uniform(0, 255), blue: uniform(0, 255))
  }

  /// A colour whose brightness differs from another's by at least `contrast` levels.
  mutating func colour(unlike other: Colour, contrast: Double) -> Colour {
    for _ in 0..<50 {
      let candidate = colour()
      if abs(candidate.brightness - other.brightness) >= contrast { return candidate }
    }
    let level: Double = other.brightness > 127 ? 0 : 255
    return Colour(red: level, green: level, blue: level)
  }
}

/// A colour in 0…255.
struct Colour {
  var red: Double
  var green: Double
  var blue: Double

  /// Luma by the weights of ITU-R BT.601.
  var brightness: Double { 0.299 * red + 0.587 * green + 0.114 * blue }

  /// This colour with a share of another mixed in.
  func mixed(with other: Colour, share: Double) -> Colour {
    Colour(
      red: red + (other.red - red) * share,
      green: green + (other.green - green) * share,
      blue: blue + (other.blue - blue) * share)
  }
}
