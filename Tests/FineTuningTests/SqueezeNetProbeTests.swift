import Checkpoints
import FineTuning
import Foundation
import Networks
import Tensors
import TestSupport
import Testing
import Transferability

@Suite("A linear probe inside SqueezeNet")
struct SqueezeNetProbeTests {
  @Test("A ReLU behind the classifier cuts nothing: the network answers as the probe does")
  func exact() throws {
    let network = try Network.initialised(
      architecture: "squeezenet1_1", classCount: 10, seed: 1)
    #expect(try network.rectifiedHeadPositions(imageSize: 224) == 13 * 13)
    let random = CounterRandom(seed: 3, key: "images")
    let side = 64
    let images = Tensor(
      shape: [6, side, side, 3],
      values: (0..<(6 * side * side * 3)).map { Float(random.normal(at: UInt64($0))) })
    let features = try InferencePlan(
      network: network, batchSize: 6, imageHeight: side, imageWidth: side, outputs: [.features]
    ).run(images)[0]
    // A probe with scores of both signs, as a fit has them.
    let scale = Double(features.values.map(abs).max() ?? 1)
    let width = network.featureCount
    let probe = SoftmaxRegression(
      weights: Matrix(
        rows: width, columns: 3,
        values: (0..<(width * 3)).map { random.normal(at: UInt64($0)) / scale / 8 }),
      bias: [0.3, -0.5, -0.2])
    let whole = try LinearProbe.network(network, with: probe, features: features, imageSize: side)
    let logits = try InferencePlan(
      network: whole, batchSize: 6, imageHeight: side, imageWidth: side, outputs: [.logits]
    ).run(images)[0]
    let expected = probe.probabilities(of: features)
    let actual = Embeddings.probabilities(logits: logits).values
    for (a, b) in zip(actual, expected.joined()) { #expect(abs(a - b) < 1e-3) }
    #expect(Set(expected.joined()).count > 6)
  }

  @Test("Other networks have no such ReLU and keep the probe's own biases")
  func others() throws {
    for architecture in Architecture.all where !architecture.id.hasPrefix("squeezenet") {
      let graph = architecture.build(classCount: 2)
      #expect(try graph.rectifiedHeadPositions(imageSize: architecture.input.imageSize) == nil)
    }
  }
}
