internal import Foundation

/// Some operations of a list of fifteen, drawn at random, one after the other.
///
/// Written as timm writes it, such as `rand-m9-mstd0.5-inc1`: `m` the magnitude (10), `n` the number
/// of operations (2), `p` the probability of each (0.5), `mstd` the standard deviation of the
/// magnitude (0; above 100 it is uniform in 0…m), `mmax` its upper bound (10), `inc1` for operations
/// that change more with a greater magnitude.
///
/// - Reference: Cubuk et al., RandAugment, NeurIPS 2020; timm `rand_augment_transform`, whose
///   operations and ranges these are.
public struct RandAugment: Sendable, Hashable {
  /// How much the operations change, 0…10.
  public var magnitude: Double
  /// How many operations are drawn for a picture, with replacement.
  public var operationCount: Int
  /// Probability that a drawn operation is carried out.
  public var probability: Double
  /// Standard deviation of the magnitude; infinite for uniform in 0…magnitude.
  public var magnitudeDeviation: Double
  /// The upper bound of the magnitude, 10 where nil.
  public var maximumMagnitude: Double?
  /// Whether a greater magnitude always changes more.
  public var isIncreasing: Bool

  /// RandAugment from its parts.
  public init(
    magnitude: Double = 10, operationCount: Int = 2, probability: Double = 0.5,
    magnitudeDeviation: Double = 0, maximumMagnitude: Double? = nil, isIncreasing: Bool = false
  ) {
    self.magnitude = magnitude
    self.operationCount = operationCount
    self.probability = probability
    self.magnitudeDeviation = magnitudeDeviation
    self.maximumMagnitude = maximumMagnitude
    self.isIncreasing = isIncreasing
  }

  /// Reads timm's way of writing it.
  ///
  /// - Throws: `ConfigurationError`, for `augmix`, AutoAugment's policies and sets of operations
  ///   (`t…`) too, which are not here.
  public init(_ text: String) throws(ConfigurationError) {
    self.init()
    let sections = text.split(separator: "-", omittingEmptySubsequences: false)
    guard sections.first == "rand" else {
      throw ConfigurationError(text: text, problem: "it does not begin with 'rand'")
    }
    for section in sections.dropFirst() {
      let key = String(section.prefix { !$0.isNumber })
      let value = String(section.dropFirst(key.count))
      func fail() -> ConfigurationError {
        ConfigurationError(
          text: text, problem: "'\(section)' is none of m, n, p, mstd, mmax and inc")
      }
      guard let number = Double(value), number >= 0 else { throw fail() }
      let whole = Int(value)
      switch key {
      case "m": magnitude = try whole.map(Double.init).orThrow(fail())
      case "n": operationCount = try whole.orThrow(fail())
      case "p" where number <= 1: probability = number
      case "mstd": magnitudeDeviation = number > 100 ? .infinity : number
      case "mmax": maximumMagnitude = try whole.map(Double.init).orThrow(fail())
      case "inc": isIncreasing = try whole.orThrow(fail()) != 0
      default: throw fail()
      }
    }
  }

  /// Why a text is not RandAugment.
  public struct ConfigurationError: Error, CustomStringConvertible, Sendable, Hashable {
    /// What was read.
    public let text: String
    /// What is wrong with it.
    public let problem: String

    /// One sentence: what is wrong and what is right.
    public var description: String {
      "'\(text)' is not RandAugment as timm writes it (\(problem)); an example is rand-m9-mstd0.5-inc1."
    }
  }

  /// The picture after the operations that are drawn for this sample of this epoch.
  ///
  /// - Parameters:
  ///   - filter: how turned and moved pictures are resampled, bilinear or bicubic; any other counts
  ///     as bicubic.
  ///   - fill: what such pictures leave open; timm takes the mean that is subtracted.
  public func apply(
    to image: Image, filter: ResizeFilter, fill: Colour, seed: UInt64, epoch: Int, sample: String
  ) -> Image {
    var draws = RandomDraws("rand-augment", seed: seed, epoch: epoch, sample: sample)
    var result = image
    for _ in 0..<operationCount {
      let operation = Operation.allCases[draws.integer(below: Operation.allCases.count)]
      let isSkipped = !draws.chance(probability)
      let drawn =
        magnitudeDeviation == .infinity
        ? draws.uniform(0...magnitude) : magnitude + magnitudeDeviation * draws.normal()
      let bounded = max(0, min(drawn, maximumMagnitude ?? 10))
      let isNegated = draws.chance(0.5)
      if isSkipped { continue }
      let argument = operation.argument(
        magnitude: bounded, isNegated: isNegated, isIncreasing: isIncreasing)
      result = operation.apply(to: result, argument: argument, filter: filter, fill: fill)
    }
    return result
  }
}

extension RandAugment: Codable, CustomStringConvertible {
  /// timm's way of writing it; parts at their defaults are left out.
  public var description: String {
    func short(_ x: Double) -> String { x == x.rounded() && abs(x) < 1e9 ? "\(Int(x))" : "\(x)" }
    var text = "rand-m\(short(magnitude))"
    if operationCount != 2 { text += "-n\(operationCount)" }
    if probability != 0.5 { text += "-p\(short(probability))" }
    if magnitudeDeviation > 0 {
      text += "-mstd\(magnitudeDeviation == .infinity ? "101" : short(magnitudeDeviation))"
    }
    if let maximumMagnitude { text += "-mmax\(short(maximumMagnitude))" }
    return isIncreasing ? text + "-inc1" : text
  }

  /// Reads timm's way of writing it from one string.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    do throws(ConfigurationError) {
      try self.init(text)
    } catch {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
  }

  /// Writes it as one string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension Optional {
  fileprivate func orThrow(
    _ error: RandAugment.ConfigurationError
  ) throws(RandAugment.ConfigurationError) -> Wrapped {
    guard let self else { throw error }
    return self
  }
}
