import Foundation

/// Random numbers by index: the i-th number of a stream is a function of (seed, key, i) alone.
///
/// bits(i) = mix((seed ⊕ FNV1a64(key)) + (i + 1)·0x9E3779B97F4A7C15), where mix is the finaliser of
/// SplitMix64. There is no state, so any thread may draw any number in any order. The Python twin is
/// `Tests/Reference/counter_random.py`.
///
/// - Reference: Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014,
///   doi:10.1145/2660193.2660195; Fowler–Noll–Vo hash, 64-bit FNV-1a.
public struct CounterRandom: Sendable, Hashable {
  private let base: UInt64

  /// The stream named `key` (UTF-8) under `seed`; different keys are independent streams.
  public init(seed: UInt64, key: String) {
    base = seed ^ CounterRandom.hash(key)
  }

  /// The stream that begins with these bits, themselves drawn from another stream.
  package init(base: UInt64) { self.base = base }

  /// 64 random bits at `index`.
  public func bits(at index: UInt64) -> UInt64 {
    CounterRandom.mix(base &+ (index &+ 1) &* 0x9E37_79B9_7F4A_7C15)
  }

  /// A uniform number in [0, 1) at `index`: the upper 53 bits over 2⁵³.
  public func uniform(at index: UInt64) -> Double {
    Double(bits(at: index) >> 11) * 0x1p-53
  }

  /// A standard normal number at `index`, by Box and Muller from bits 2·index and 2·index + 1.
  public func normal(at index: UInt64) -> Double {
    let radius = (-2 * log(1 - uniform(at: 2 &* index))).squareRoot()
    return radius * cos(2 * Double.pi * uniform(at: 2 &* index &+ 1))
  }

  /// FNV-1a, 64 bits, of the UTF-8 bytes of `text`.
  public static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }

  /// The finaliser of SplitMix64.
  static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
