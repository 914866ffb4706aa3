internal import Foundation

/// Fills rectangles of a normalised picture with zeros or noise.
///
/// - Reference: Zhong et al., Random erasing data augmentation, AAAI 2020, algorithm 1; timm
///   `RandomErasing`, whose semantics these are.
public struct RandomErasing: Codable, Sendable, Hashable {
  /// What a rectangle is filled with; timm's `re_mode`.
  public enum Mode: String, Codable, Sendable, Hashable {
    /// Zeros, which is the mean of the normalisation.
    case const
    /// One standard normal number for each channel.
    case rand
    /// A standard normal number for each value.
    case pixel
  }

  /// Probability that a picture loses anything.
  public var probability: Double
  /// The area of the rectangles together, as a share of the picture's, uniform between these.
  public var area: ClosedRange<Double>
  /// A rectangle's height / width; its logarithm is uniform between these.
  public var aspect: ClosedRange<Double>
  /// What it is filled with.
  public var mode: Mode
  /// How many rectangles, uniform between these.
  public var count: ClosedRange<Int>

  /// Random erasing from its parts; the defaults are timm's.
  public init(
    probability: Double = 0.5, area: ClosedRange<Double> = 0.02...1.0 / 3,
    aspect: ClosedRange<Double> = 0.3...1 / 0.3, mode: Mode = .const,
    count: ClosedRange<Int> = 1...1
  ) {
    self.probability = probability
    self.area = area
    self.aspect = aspect
    self.mode = mode
    self.count = count
    precondition(problem == nil, "RandomErasing: \(problem ?? "")")
  }

  /// What is wrong with the values, or nil.
  var problem: String? {
    guard (0...1).contains(probability), area.lowerBound >= 0, area.upperBound <= 1,
      aspect.lowerBound > 0, count.lowerBound >= 1
    else {
      return
        "randomErasing needs a probability and an area in [0, 1], a positive aspect and counts "
        + "from 1"
    }
    return nil
  }

  /// The rectangles that are drawn for one sample of one epoch; none where it keeps everything.
  ///
  /// For each, ten tries: area · U / count, aspect exp(U(log aspect)), sides rounded, placed uniformly
  /// if smaller than the picture.
  public func rectangles(
    width: Int, height: Int, seed: UInt64, epoch: Int, sample: String
  ) -> [PixelRectangle] {
    var draws = RandomDraws("random-erasing", seed: seed, epoch: epoch, sample: sample)
    guard draws.chance(probability) else { return [] }
    let count = self.count.lowerBound + draws.integer(below: self.count.count)
    let logarithms = log(aspect.lowerBound)...log(aspect.upperBound)
    return (0..<count).compactMap { _ in
      for _ in 0..<10 {
        let target = draws.uniform(area) * Double(width * height) / Double(count)
        let ratio = exp(draws.uniform(logarithms))
        let h = Int((target * ratio).squareRoot().rounded(.toNearestOrEven))
        let w = Int((target / ratio).squareRoot().rounded(.toNearestOrEven))
        guard w < width, h < height else { continue }
        let y = draws.integer(below: height - h + 1)
        let x = draws.integer(below: width - w + 1)
        return PixelRectangle(x: x, y: y, width: w, height: h)
      }
      return nil
    }
  }

  /// Erases in place; `values` are height × width × 3, normalised.
  public func apply(
    to values: UnsafeMutableBufferPointer<Float>, width: Int, height: Int, seed: UInt64, epoch: Int,
    sample: String
  ) {
    precondition(values.count >= 3 * width * height, "RandomErasing: \(values.count) values")
    var noise = RandomDraws("random-erasing-noise", seed: seed, epoch: epoch, sample: sample)
    for box in rectangles(width: width, height: height, seed: seed, epoch: epoch, sample: sample) {
      var colour = [Float](repeating: 0, count: 3)
      if mode == .rand { colour = colour.map { _ in Float(noise.normal()) } }
      for y in box.y..<box.y + box.height {
        for i in 3 * (y * width + box.x)..<3 * (y * width + box.x + box.width) {
          values[i] = mode == .pixel ? Float(noise.normal()) : colour[i % 3]
        }
      }
    }
  }
}
