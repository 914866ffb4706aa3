import Foundation
import Networks
import Tensors

/// What PyTorch computes for an architecture: `Fixtures/ID.json`, written by
/// `Tests/Reference/networks.py`.
struct ReferenceNetwork: Decodable {
  struct Training: Decodable {
    let loss: Double
    /// Norm and projections of each trainable parameter's gradient, in the order of the state dict.
    let gradients: [[Double]]
    /// Norm and projections of each running statistic after the step.
    let buffers: [[Double]]?
  }

  let architecture: String
  let seed: UInt64
  let imageSize: Int
  let batch: Int
  let classCount: Int
  let labelSmoothing: Double
  let labels: [Int]
  let stateHash: String
  let features: [[Double]]
  let logits: [[Double]]
  let frozenStatistics: Training
  let training: Training

  static func load(_ id: String) throws -> ReferenceNetwork {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/\(id).json")
    return try JSONDecoder().decode(ReferenceNetwork.self, from: Data(contentsOf: url))
  }

  var inputShape: SampleShape { SampleShape(height: imageSize, width: imageSize, channels: 3) }

  /// The network with the reference's weights.
  func network() throws -> Network {
    let graph = try Architecture.named(architecture).build(classCount: classCount)
    let state = StateDict(graph.parameters.map { ($0.name, weights($0)) })
    return try Network(architecture: architecture, graph: graph, state: state)
  }

  /// The reference's input, `[B, H, W, 3]`.
  func images() -> Tensor {
    let random = CounterRandom(seed: seed, key: "input")
    let count = batch * inputShape.count
    return Tensor(
      shape: [batch] + inputShape.dimensions,
      values: (0..<count).map { Float(3 * random.uniform(at: UInt64($0)) - 1.5) })
  }

  /// The value of a parameter or buffer; the law is that of `networks.py`.
  private func weights(_ parameter: ParameterSpecification) -> Tensor {
    let random = CounterRandom(seed: seed, key: parameter.name)
    let isNormScale = parameter.name.hasSuffix("weight") && parameter.shape.count == 1
    let fanIn = parameter.shape.dropFirst().reduce(1, *)
    let values = (0..<parameter.count).map { index -> Float in
      let u = random.uniform(at: UInt64(index))
      if parameter.name.hasSuffix("running_var") { return Float(0.5 + u) }
      if isNormScale { return Float((0.5 + u) * (architecture.hasPrefix("resnet") ? 0.5 : 1)) }
      if parameter.shape.count == 1 { return Float(0.2 * u - 0.1) }
      return Float((2 * u - 1) * (6 / Double(fanIn)).squareRoot())
    }
    return Tensor(shape: parameter.shape, values: values)
  }

  /// The norm of a tensor and its products with uniform vectors on [−1, 1), as the reference has them.
  static func projections(_ name: String, _ values: [Float], count: Int = 2) -> [Double] {
    let norm = values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    return [norm]
      + (0..<count).map { k in
        let random = CounterRandom(seed: 20, key: "\(name)/\(k)")
        return values.enumerated().reduce(0) {
          $0 + Double($1.element) * (2 * random.uniform(at: UInt64($1.offset)) - 1)
        }
      }
  }

  /// The largest difference of two lists of projections, relative to the reference's norm, but at
  /// least to `floor`.
  static func difference(_ a: [Double], _ b: [Double], floor: Double = 0) -> Double {
    zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } / max(b[0], floor, .leastNormalMagnitude)
  }
}
