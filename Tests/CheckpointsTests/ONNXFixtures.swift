import Checkpoints
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// The ONNX files that Tests/Reference/onnx_graphs.py made, and what ONNX Runtime computes from them.
enum ONNXFixtures {
  struct Expected: Decodable {
    var cases: [String: Case]
    var bad: [String: [String]]
    var small: Small
    /// The gradients of what attention in windows adds to its scores, as PyTorch computes them.
    var windows: [String: [Float]]
  }

  struct Case: Decodable {
    /// One sample's axes in the file's layout.
    var shape: [Int]
    var samples: Int
    var tolerance: Float
    var values: [Float]
    /// The kinds of the graph's nodes in order, where they are part of what is tested.
    var kinds: [String]?
  }

  /// A network with classifier, as PyTorch computes it.
  struct Small: Decodable {
    var features: [Float]
    var logits: [Float]
    var parameters: Int
  }

  struct Zoo: Decodable {
    struct File: Decodable {
      var shape: [Int]
      var factor: Float
      var features: [Float]
      var logits: [Float]?
    }
    var files: [String: File]
  }

  static let folder = Fixtures.folder.appendingPathComponent("onnx")

  static func url(_ name: String) -> URL { folder.appendingPathComponent("\(name).onnx") }

  /// Nil where the file is damaged, which a test says.
  static let expected: Expected? = decode("expected.json")
  static let zoo: Zoo? = decode("zoo.json")

  static let names = expected?.cases.keys.sorted() ?? []
  static let badNames = expected?.bad.keys.sorted() ?? []

  private static func decode<Value: Decodable>(_ name: String) -> Value? {
    guard let data = try? Data(contentsOf: folder.appendingPathComponent(name)) else { return nil }
    return try? JSONDecoder().decode(Value.self, from: data)
  }

  /// The pixels that the reference scripts make, as the engine's `[n, H, W, C]`.
  ///
  /// - Parameter shape: One sample's axes in the file's layout.
  static func pixels(
    _ shape: [Int], _ layout: ONNXModel.InputLayout, samples: Int, factor: Float = 1
  ) -> Tensor {
    let count = samples * shape.reduce(1, *)
    let values = (0..<count).map { factor * (Float(($0 * 37 + 11) % 101) / 50 - 1) }
    guard layout == .nchw else { return Tensor(shape: [samples] + shape, values: values) }
    let (channels, area) = (shape[0], shape[1] * shape[2])
    var result = values
    for sample in 0..<samples {
      for channel in 0..<channels {
        for pixel in 0..<area {
          result[(sample * area + pixel) * channels + channel] =
            values[(sample * channels + channel) * area + pixel]
        }
      }
    }
    return Tensor(shape: [samples, shape[1], shape[2], channels], values: result)
  }

  /// What a network gives for these pixels.
  static func run(
    _ network: Network, _ input: Tensor, _ output: InferencePlan.Output, fuses: Bool = true
  ) throws -> [Float] {
    let shape = SampleShape(height: input.shape[1], width: input.shape[2], channels: input.shape[3])
    let plan = try InferencePlan(
      network: network, batchSize: input.shape[0], inputShape: shape, outputs: [output],
      fuses: fuses)
    return try plan.run(input)[0].values
  }

  /// The largest difference as a share of the largest value.
  static func difference(_ a: [Float], _ b: [Float]) -> Float {
    guard a.count == b.count else { return .infinity }
    let scale = b.map(abs).max() ?? 0
    let worst = zip(a, b).map { ($0 - $1).isNaN ? .infinity : abs($0 - $1) }.max() ?? 0
    return worst / max(scale, 1e-20)
  }
}
