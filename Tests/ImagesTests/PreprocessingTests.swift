import Foundation
import Images
import Testing

struct PreprocessingTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let preprocessing: Preprocessing
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "wide", preprocessing: Preprocessing(imageSize: 32)),
    Case(name: "tall", preprocessing: Preprocessing(imageSize: 32, cropPercent: 0.9)),
    Case(name: "whole", preprocessing: Preprocessing(imageSize: 24, cropPercent: 1)),
    Case(
      name: "squash",
      preprocessing: Preprocessing(imageSize: 28, cropPercent: 0.95, resize: .squash)),
    Case(
      name: "border-wide",
      preprocessing: Preprocessing(imageSize: 32, cropPercent: 1, resize: .border)),
    Case(
      name: "border-tall",
      preprocessing: Preprocessing(imageSize: 28, cropPercent: 0.9, resize: .border)),
    Case(name: "enlarged", preprocessing: Preprocessing(imageSize: 48)),
  ]

  @Test(arguments: cases)
  func squareEqualsTorchvision(_ example: Case) throws {
    let source = try Fixtures.ppm("preprocess/\(example.name).source.ppm")
    let expected = try Fixtures.ppm("preprocess/\(example.name).square.ppm")
    #expect(largestDifference(example.preprocessing.rendered(source), expected) == 0)
  }

  @Test func normalisedValuesEqualTorchvision() throws {
    let square = try Fixtures.ppm("preprocess/whole.square.ppm")
    let data = try Data(contentsOf: Fixtures.root.appendingPathComponent("preprocess/whole.f32"))
    let expected = data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    let values = normalised(square, by: Preprocessing())
    #expect(values.count == expected.count)
    #expect(zip(values, expected).map { abs($0 - $1) }.max() ?? 1 <= 1e-6)
  }

  @Test func blueFirstTakesMeansInTheNetworksOrder() {
    let image = Image(width: 1, height: 1, pixels: [255, 0, 51])
    let values = normalised(
      image,
      by: Preprocessing(
        mean: [0.1, 0.2, 0.3], standardDeviation: [1, 0.5, 0.25], channelOrder: .bgr))
    let expected: [Float] = [(0.2 - 0.1) / 1, (0 - 0.2) / 0.5, (1 - 0.3) / 0.25]
    #expect(zip(values, expected).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func scaledSizeIsTimms() {
    #expect(Preprocessing(imageSize: 224, cropPercent: 0.875).scaledSize == 256)
    #expect(Preprocessing(imageSize: 224, cropPercent: 0.9).scaledSize == 248)
    #expect(Preprocessing(imageSize: 32, cropPercent: 1).scaledSize == 32)
  }

  private func normalised(_ image: Image, by preprocessing: Preprocessing) -> [Float] {
    var values = [Float](repeating: .nan, count: image.pixels.count)
    values.withUnsafeMutableBufferPointer { preprocessing.normalisation.write(image, to: $0) }
    return values
  }
}
