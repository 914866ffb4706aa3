import Foundation
import Taxonomy
import Testing

@Suite("Placement")
struct PlacementTests {
  let taxonomy = Taxonomy()
  var calibration: PlacementCalibration { taxonomy.catalog.calibration }

  @Test(
    "The size axis has the survey's anchors",
    arguments: [
      (10_000.0, 0.025), (50_000.0, 0.25), (100_000.0, 0.5), (200_000.0, 0.75), (1e6, 0.975),
    ])
  func anchors(images: Double, expected: Double) {
    #expect(abs(calibration.size(images: images) - expected) < 0.002)
    let same = calibration.size(images: images, trainableParameters: 25e6)
    #expect(abs(same - expected) < 0.002)
  }

  @Test("Size rises with images and falls with trainable parameters")
  func sizeIsMonotone() {
    let images = stride(from: 1.0, through: 7, by: 0.25).map { pow(10, $0) }
    let sizes = images.map { calibration.size(images: $0) }
    #expect(zip(sizes, sizes.dropFirst()).allSatisfy { $0 < $1 })
    let byParameters = [1e5, 1e6, 1e7, 1e8, 1e9].map {
      calibration.size(images: 1e5, trainableParameters: $0)
    }
    #expect(zip(byParameters, byParameters.dropFirst()).allSatisfy { $0 > $1 })
    let largest = calibration.size(images: 1e5, trainableParameters: 1e13)
    #expect(largest == calibration.size(images: 1e5, trainableParameters: 1e14))
  }

  @Test("Quadrants are products and sum to one")
  func quadrantsSumToOne() {
    for size in stride(from: 0.0, through: 1, by: 0.125) {
      for near in stride(from: 0.0, through: 1, by: 0.125) {
        let quadrants = Placement(
          size: size, similarity: Estimate(value: near, low: near, high: near)
        ).quadrants
        let sum =
          quadrants.largeSimilar + quadrants.largeDissimilar + quadrants.smallSimilar
          + quadrants.smallDissimilar
        #expect(abs(sum - 1) < 1e-15)
        #expect(quadrants.smallSimilar == (1 - size) * near)
      }
    }
  }

  @Test("Without evidence similarity is one half and nearly anything")
  func ignorance() {
    let similarity = taxonomy.place([.trainingImages: 840]).similarity
    #expect(similarity.value == 0.5)
    #expect(similarity.low < 0.06 && similarity.high > 0.94)
  }

  @Test(
    "Each kind of evidence is calibrated, monotone, and narrows the interval",
    arguments: SimilarityEvidence.Kind.allCases)
  func evidenceIsMonotone(kind: SimilarityEvidence.Kind) throws {
    let curve = try #require(calibration.curves[kind])
    let raws = stride(from: -2.0, through: 2, by: 0.25).map { step in
      curve.logarithmic ? pow(10, curve.midpoint + step) : curve.midpoint + step / abs(curve.slope)
    }
    let values = raws.map {
      taxonomy.place([:], evidence: [SimilarityEvidence(kind: kind, rawValue: $0)]).similarity
    }
    let rising = zip(values, values.dropFirst()).map { $1.value - $0.value }
    #expect(rising.allSatisfy { curve.slope > 0 ? $0 > 0 : $0 < 0 })
    let middle = values[8]
    #expect(abs(middle.value - 0.5) < 1e-9)
    #expect(middle.high - middle.low < 0.9)
  }

  @Test("Agreement narrows the interval, disagreement and wide measurements widen it")
  func intervals() {
    func width(_ evidence: [SimilarityEvidence]) -> Double {
      let similarity = taxonomy.place([:], evidence: evidence).similarity
      return similarity.high - similarity.low
    }
    let near = SimilarityEvidence(kind: .stated, rawValue: 0.6)
    let agrees = SimilarityEvidence(kind: .headConfidence, rawValue: 0.45)
    let contradicts = SimilarityEvidence(kind: .headConfidence, rawValue: 0.01)
    let vague = SimilarityEvidence(kind: .stated, rawValue: 0.6, low: 0, high: 1)
    #expect(width([near, agrees]) < width([near]))
    #expect(width([near, contradicts]) > width([near, agrees]))
    #expect(width([vague]) > width([near]))
  }

  @Test("The blend lies between what its pieces say, and its shares sum below one")
  func blend() {
    let placement = taxonomy.place(
      [:],
      evidence: [
        SimilarityEvidence(kind: .batchNormDivergence, rawValue: 0.1),
        SimilarityEvidence(kind: .probeSkill, rawValue: 0.9),
      ])
    let pieces = placement.evidence.map(\.similarity)
    #expect(placement.similarity.value < (pieces.max() ?? 0))
    #expect(placement.similarity.value > 0.5)
    #expect(placement.evidence.reduce(0) { $0 + $1.share } < 1)
  }
}
