internal import Foundation
internal import Tensors

/// Numbers drawn one after the other from a stream of (seed, key): one augmentation of one sample.
struct RandomDraws {
  private let random: CounterRandom
  private var counter: UInt64 = 0

  /// The stream of one augmentation, `name`, for one sample of one epoch.
  init(_ name: String, seed: UInt64, epoch: Int, sample: String) {
    random = CounterRandom(seed: seed, key: "\(name)/\(epoch)/\(sample)")
  }

  /// Uniform in [0, 1).
  mutating func uniform() -> Double {
    defer { counter += 1 }
    return random.uniform(at: counter)
  }

  /// Uniform between the bounds.
  mutating func uniform(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// Uniform among 0 … `count` − 1.
  mutating func integer(below count: Int) -> Int {
    min(count - 1, Int(uniform() * Double(count)))
  }

  /// True with this probability; 1 is always, 0 is never.
  mutating func chance(_ probability: Double) -> Bool { uniform() < probability }

  /// Standard normal, by Box and Muller.
  mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * Double.pi * uniform())
  }

  /// Gamma with this shape and scale 1.
  ///
  /// - Reference: Marsaglia & Tsang, "A simple method for generating gamma variables", ACM TOMS 26(3),
  ///   2000, doi:10.1145/358407.358414; shapes below 1 by their §6.
  private mutating func gamma(_ shape: Double) -> Double {
    if shape < 1 { return gamma(shape + 1) * pow(1 - uniform(), 1 / shape) }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let v = pow(1 + c * x, 3)
      if v > 0, log(1 - uniform()) < x * x / 2 + d - d * v + d * log(v) { return d * v }
    }
  }

  /// Beta(α, α) for a positive α: γ₁ / (γ₁ + γ₂).
  mutating func beta(_ alpha: Double) -> Double {
    let (a, b) = (gamma(alpha), gamma(alpha))
    // Both underflow for a tiny α, where the distribution is a fair coin.
    return a + b > 0 ? a / (a + b) : uniform() < 0.5 ? 0 : 1
  }

  /// 0 … `count` − 1 in random order.
  mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for i in order.indices.dropLast() { order.swapAt(i, i + integer(below: count - i)) }
    return order
  }
}
