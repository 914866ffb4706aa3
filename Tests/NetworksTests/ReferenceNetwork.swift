import Foundation
import Networks
import Tensors

/// What PyTorch computes for an architecture: `Fixtures/networks/ID.json`, written by
/// `Tests/Reference/networks.py`.
struct ReferenceNetwork: Decodable {
  struct Training: Decodable {
    let loss: Double
    /// Norm and projections of each trainable parameter's gradient, in the order of the state dict.
    let gradients: [[Double]]
    /// Norm and projections of each running statistic after the step.
    let buffers: [[Double]]?
    /// Where these differ from the reference's.
    let imageSize: Int?
    let batch: Int?
  }

  /// How weights follow from uniform numbers u: see `Law` in `networks.py`.
  struct Law: Decodable {
    /// Weights are `(2u − 1) · √(gain / fan-in)`.
    let gain: Double
    /// γ is `scale[0] + scale[1] · u`.
    let scale: [Double]
    /// β is `shift[0] + shift[1] · u`.
    let shift: [Double]
  }

  let architecture: String
  let law: Law
  let seed: UInt64
  let imageSize: Int
  let batch: Int
  let classCount: Int
  let labelSmoothing: Double
  let labels: [Int]
  let features: [[Double]]
  let logits: [[Double]]
  let frozenStatistics: Training
  let training: Training

  /// The architectures of which outputs and gradients are known: one of each kind of block.
  static let ids: [String] = {
    let names = try? FileManager.default.contentsOfDirectory(
      atPath: folder.appendingPathComponent("networks").path)
    return (names ?? []).filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
  }()

  /// The hash of the names and shapes in each architecture's state dict.
  static func stateHashes() throws -> [String: String] {
    try JSONDecoder().decode(
      [String: String].self,
      from: Data(contentsOf: folder.appendingPathComponent("state-dicts.json")))
  }

  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures")

  static func load(_ id: String) throws -> ReferenceNetwork {
    let url = folder.appendingPathComponent("networks/\(id).json")
    return try JSONDecoder().decode(ReferenceNetwork.self, from: Data(contentsOf: url))
  }

  var inputShape: SampleShape { PlanTests.shape(imageSize) }

  /// The network with the reference's weights.
  func network() throws -> Network {
    let graph =
      try ReferenceNetwork.variants[architecture]?(classCount)
      ?? Architecture.named(architecture).build(classCount: classCount)
    let state = StateDict(graph.parameters.map { ($0.name, weights($0)) })
    return try Network(architecture: architecture, graph: graph, state: state)
  }

  /// The reference's input, `[batch, size, size, 3]`.
  func images(batch: Int, size: Int) -> Tensor {
    let random = CounterRandom(seed: seed, key: "input")
    return Tensor(
      shape: [batch, size, size, 3],
      values: (0..<batch * size * size * 3).map { Float(3 * random.uniform(at: UInt64($0)) - 1.5) })
  }

  /// The value of a parameter or buffer; the law is that of `networks.py`.
  private func weights(_ parameter: ParameterSpecification) -> Tensor {
    let random = CounterRandom(seed: seed, key: parameter.name)
    let fanIn = parameter.shape.dropFirst().reduce(1, *)
    let values = (0..<parameter.count).map { index -> Float in
      let u = random.uniform(at: UInt64(index))
      switch parameter.role {
      case .buffer where parameter.name.hasSuffix("running_var"): return Float(0.5 + u)
      case .normScale: return Float(law.scale[0] + law.scale[1] * u)
      case .normShift: return Float(law.shift[0] + law.shift[1] * u)
      case .buffer, .bias: return Float(0.2 * u - 0.1)
      case .embedding: return Float(2 * u - 1)
      case .weight: return Float((2 * u - 1) * (law.gain / Double(fanIn)).squareRoot())
      }
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
