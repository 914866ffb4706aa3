import Foundation
import Networks
import TestSupport
import Tensors
import Testing

/// Inference plans in half precision.
@Suite("Precision", .serialized) struct PrecisionTests {
  /// The formats that this machine can take.
  static let formats = [Precision.float16, .bfloat16].filter { $0.refusal == nil }
  static let isThere = Comment("this processor has neither AVX512_FP16 nor AVX512_BF16")

  static let families = PlanTests.families + [("test_vit", 160)]

  @Test(
    "embeddings point where Float32's do", .enabled(if: !formats.isEmpty, isThere),
    arguments: families)
  func cosine(family: (id: String, size: Int)) throws {
    let (network, images) = try PlanTests.example(family.id, family.size)
    let single = try Self.features(network, images, family.size, .float32)
    for format in Self.formats {
      let half = try Self.features(network, images, family.size, format)
      for row in 0..<images.shape[0] {
        let cosine = Self.cosine(single, half, row: row)
        #expect(cosine >= 0.999, "\(format.rawValue)")
      }
      // It is another computation, but for networks that are too narrow for bfloat16.
      let isNarrow = ["resnet20_cifar", "squeezenet1_1", "test_vit"].contains(family.id)
      #expect(
        (single.values == half.values) == (format == .bfloat16 && isNarrow), "\(format.rawValue)")
    }
  }

  @Test("weights take half the memory", .enabled(if: !formats.isEmpty, isThere))
  func memory() throws {
    let network = try Network.initialised(
      architecture: "vit_tiny_patch16_224", classCount: 10, seed: 1)
    func bytes(_ precision: Precision) throws -> Int {
      let plan = try InferencePlan(network: network, batchSize: 1, precision: precision)
      return plan.weightBytes
    }
    for format in Self.formats {
      let half = try bytes(format)
      let single = try bytes(.float32)
      #expect(Double(half) < 0.55 * Double(single), "\(format.rawValue)")
    }
  }

  @Test("threads change no bit", .enabled(if: !formats.isEmpty, isThere), arguments: families)
  func threads(family: (id: String, size: Int)) throws {
    let (network, images) = try PlanTests.example(family.id, family.size)
    let before = Parallel.threadCount
    defer { Parallel.threadCount = before }
    for format in Self.formats {
      var results: [[UInt32]] = []
      for count in [1, 2, 4] {
        Parallel.threadCount = count
        let features = try Self.features(network, images, family.size, format)
        results.append(features.values.map(\.bitPattern))
      }
      #expect(results[0] == results[1])
      #expect(results[0] == results[2])
    }
  }

  /// What Float16 can't hold without scaling: images a thousand times too bright, and weights far from 1.
  @Test("large activations stay finite", .enabled(if: !formats.isEmpty, isThere))
  func range() throws {
    let (network, images) = try PlanTests.example("resnet18", 64)
    let bright = Tensor(shape: images.shape, values: images.values.map { $0 * 3e6 })
    let single = try Self.features(network, bright, 64, .float32)
    #expect((single.values.max() ?? 0) > 65504)
    for format in Self.formats {
      let half = try Self.features(network, bright, 64, format)
      let isFinite = half.values.allSatisfy(\.isFinite)
      #expect(isFinite)
      for row in 0..<images.shape[0] { #expect(Self.cosine(single, half, row: row) >= 0.999) }
    }
  }

  private static func features(
    _ network: Network, _ images: Tensor, _ size: Int, _ precision: Precision
  ) throws -> Tensor {
    let plan = try InferencePlan(
      network: network, batchSize: 3, inputShape: PlanTests.shape(size), precision: precision)
    return try plan.run(images)[0]
  }

  static func cosine(_ a: Tensor, _ b: Tensor, row: Int) -> Double {
    let range = row * a.rowLength..<(row + 1) * a.rowLength
    var (product, left, right) = (0.0, 0.0, 0.0)
    for i in range {
      let (x, y) = (Double(a.values[i]), Double(b.values[i]))
      product += x * y
      left += x * x
      right += y * y
    }
    return product / (left * right).squareRoot()
  }
}
