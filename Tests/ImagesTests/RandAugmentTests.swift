import Foundation
import Images
import Testing

struct RandAugmentTests {
  private struct Row: Decodable {
    let name: String
    let isIncreasing: Bool
    let magnitude: Double
    let isNegated: Bool
    let value: Double?

    init(from decoder: any Decoder) throws {
      var list = try decoder.unkeyedContainer()
      name = try list.decode(String.self)
      isIncreasing = try list.decode(Bool.self)
      magnitude = try list.decode(Double.self)
      isNegated = try list.decode(Bool.self)
      value = try list.decodeNil() ? nil : list.decode(Double.self)
    }
  }

  @Test func argumentsAreTimms() throws {
    let data = try Data(
      contentsOf: Fixtures.root.appendingPathComponent("augment/magnitudes.json"))
    let rows = try JSONDecoder().decode([Row].self, from: data)
    #expect(rows.count == 2 * 15 * 6 * 2)
    for row in rows {
      let operation = try #require(RandAugment.Operation(rawValue: row.name))
      let value = operation.argument(
        magnitude: row.magnitude, isNegated: row.isNegated, isIncreasing: row.isIncreasing)
      #expect((value == nil) == (row.value == nil))
      #expect(abs((value ?? 0) - (row.value ?? 0)) < 1e-12, "\(row)")
    }
  }

  @Test func configurationIsReadAsTimmReadsIt() throws {
    let usual = try RandAugment("rand-m9-mstd0.5-inc1")
    #expect(
      usual == RandAugment(magnitude: 9, magnitudeDeviation: 0.5, isIncreasing: true))
    #expect(try RandAugment("rand") == RandAugment())
    #expect(
      try RandAugment("rand-n3-p0.7-mstd101-mmax20-m15-inc0")
        == RandAugment(
          magnitude: 15, operationCount: 3, probability: 0.7, magnitudeDeviation: .infinity,
          maximumMagnitude: 20))
    for text in ["rand-m9-mstd0.5-inc1", "rand-m15-n3-p0.7-mstd101-mmax20"] {
      #expect(try RandAugment(text).description == text)
    }
  }

  @Test(arguments: [
    "", "augmix-m3", "rand-x3", "rand-m", "rand-m9.5", "rand-p1.5", "rand-tweights", "rand--m9",
    "rand-m-3",
  ])
  func otherTextIsRefused(_ text: String) {
    #expect(throws: RandAugment.ConfigurationError.self) { try RandAugment(text) }
  }

  @Test func everyOperationIsDrawnAndHalfAreSkipped() throws {
    let source = try Fixtures.ppm("augment/source.ppm")
    let one = RandAugment(magnitude: 9, operationCount: 1, isIncreasing: true)
    let results = (0..<600).map {
      one.apply(
        to: source, filter: .bicubic, fill: LevelTests.fill, seed: 3, epoch: 1, sample: "\($0)")
    }
    let unchanged = results.count { $0 == source }
    // p = 1/2; five standard deviations are 61.
    #expect(abs(unchanged - 300) < 62)
    // Fifteen operations at one magnitude, eight of them with two signs.
    let wanted = Set(
      RandAugment.Operation.allCases.flatMap { operation in
        [false, true].map { isNegated in
          operation.apply(
            to: source,
            argument: operation.argument(
              magnitude: 9, isNegated: isNegated, isIncreasing: true),
            filter: .bicubic, fill: LevelTests.fill)
        }
      })
    #expect(Set(results).subtracting([source]) == wanted.subtracting([source]))
  }

  @Test func drawsDependOnSeedEpochAndSampleAlone() throws {
    let source = try Fixtures.ppm("augment/source.ppm")
    let usual = try RandAugment("rand-m9-mstd0.5-inc1")
    func draw(_ seed: UInt64, _ epoch: Int, _ sample: Int) -> Image {
      usual.apply(
        to: source, filter: .bicubic, fill: .black, seed: seed, epoch: epoch, sample: "\(sample)")
    }
    let first = (0..<40).map { draw(1, 0, $0) }
    #expect(first == (0..<40).map { draw(1, 0, $0) })
    #expect(first != (0..<40).map { draw(2, 0, $0) })
    #expect(first != (0..<40).map { draw(1, 1, $0) })
    #expect(Set(first).count > 20)
  }
}
