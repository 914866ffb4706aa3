/// A sequential random generator with a seed, whose state can be saved: xoshiro256**.
///
/// For code that draws in order (shuffles, crops). Where threads draw, use `CounterRandom`.
///
/// - Reference: Blackman & Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47(4),
///   2021, doi:10.1145/3460772; state filled from the seed by SplitMix64, as they advise.
public struct SeededGenerator: RandomNumberGenerator, Sendable, Codable, Equatable {
  private var state: [UInt64]

  /// A generator that always draws the same numbers for the same seed.
  public init(seed: UInt64) {
    state = (1...4).map { CounterRandom.mix(seed &+ $0 &* 0x9E37_79B9_7F4A_7C15) }
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    let product = state[1] &* 5
    let result = ((product << 7) | (product >> 57)) &* 9
    let shifted = state[1] << 17
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= shifted
    state[3] = (state[3] << 45) | (state[3] >> 19)
    return result
  }

  private enum CodingKeys: String, CodingKey { case state }

  /// Restores a saved generator; throws if the state isn't four words, not all zero.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    state = try container.decode([UInt64].self, forKey: .state)
    guard state.count == 4, state.contains(where: { $0 != 0 }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .state, in: container,
        debugDescription: "the state of a random generator is four numbers, not all zero")
    }
  }
}
