import Foundation
import Tensors
import Testing

@Suite struct RandomTests {
  /// Printed by Tests/Reference/counter_random.py.
  static let twins:
    [(seed: UInt64, key: String, index: UInt64, bits: UInt64, uniform: Double, normal: Double)] = [
      (
        seed: 0, key: "", index: 0, bits: 0xC381_7C01_6BA4_FF30, uniform: 0.7636945250957473,
        normal: 1.5685043659033406
      ),
      (
        seed: 42, key: "layer1.0.conv1.weight", index: 0, bits: 0x5ECB_6532_68FC_FCC1,
        uniform: 0.37029106598582817, normal: -0.22522698765467417
      ),
      (
        seed: 42, key: "layer1.0.conv1.weight", index: 1, bits: 0x49A1_7C76_2F99_2688,
        uniform: 0.28762033353232086, normal: 0.5074527778760354
      ),
      (
        seed: .max, key: "größe", index: 123_456_789, bits: 0xD52B_72EA_27E8_806B,
        uniform: 0.8326942273778588, normal: 1.337439915360062
      ),
    ]

  @Test(arguments: twins.indices) func agreesWithItsPythonTwin(_ i: Int) {
    let twin = Self.twins[i]
    let random = CounterRandom(seed: twin.seed, key: twin.key)
    #expect(random.bits(at: twin.index) == twin.bits)
    #expect(random.uniform(at: twin.index) == twin.uniform)
    #expect(abs(random.normal(at: twin.index) - twin.normal) < 1e-14)
  }

  @Test func momentsOfTheNormal() {
    let random = CounterRandom(seed: 5, key: "moments")
    let values = (0..<100_000).map { random.normal(at: $0) }
    let mean = values.reduce(0, +) / 1e5
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 1e5
    // Four standard errors.
    #expect(abs(mean) < 4 / 1e5.squareRoot())
    #expect(abs(variance - 1) < 4 * (2 / 1e5).squareRoot())
  }

  @Test func savedGeneratorGoesOn() throws {
    var generator = SeededGenerator(seed: 11)
    _ = (0..<10).map { _ in generator.next() }
    let data = try JSONEncoder().encode(generator)
    var restored = try JSONDecoder().decode(SeededGenerator.self, from: data)
    #expect(restored == generator)
    #expect(restored.next() == generator.next())
    #expect((0..<20).map { _ in restored.next() } == (0..<20).map { _ in generator.next() })
  }

  @Test func seedsDecide() {
    var a = SeededGenerator(seed: 1)
    var b = SeededGenerator(seed: 1)
    var c = SeededGenerator(seed: 2)
    let first = (0..<8).map { _ in a.next() }
    #expect(first == (0..<8).map { _ in b.next() })
    #expect(first != (0..<8).map { _ in c.next() })
    #expect(Set(first).count == 8)
  }

  @Test func brokenStateIsRefused() {
    for text in [#"{"state":[0,0,0,0]}"#, #"{"state":[1,2,3]}"#] {
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(SeededGenerator.self, from: Data(text.utf8))
      }
    }
  }
}
