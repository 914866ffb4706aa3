import Networks
import Tensors
import Testing

/// Plans against the graph as it is written.
@Suite("Plans", .serialized) struct PlanTests {
  /// One network of each family, at a size that keeps the test quick.
  static let families = [
    ("resnet18", 64), ("resnet50", 64), ("resnet20_cifar", 32), ("tf_efficientnet_lite0", 65),
    ("mobilenetv2_050", 64), ("squeezenet1_1", 67), ("mobilenetv3_small_100", 64),
    ("efficientnet_b0", 40), ("convnext_atto_ols", 64), ("convnextv2_atto", 50),
  ]

  @Test("fusion changes nothing but rounding", arguments: families)
  func fusion(id: String, size: Int) throws {
    let (network, images) = try Self.example(id, size)
    let outputs: [InferencePlan.Output] = [
      .features, .logits, .node(network.graph.stages[1].outputNode),
    ]
    let fused = try InferencePlan(
      network: network, batchSize: 3, inputShape: Self.shape(size), outputs: outputs)
    let plain = try InferencePlan(
      network: network, batchSize: 3, inputShape: Self.shape(size), outputs: outputs, fuses: false)
    for (a, b) in zip(try fused.run(images), try plain.run(images)) {
      #expect(a.shape == b.shape)
      #expect(Self.difference(a, b) < 2e-5)
    }
    #expect(fused.arenaBytes <= plain.arenaBytes)
  }

  @Test("a prefix, then its suffix, is the whole", arguments: families)
  func cutting(id: String, size: Int) throws {
    let (network, images) = try Self.example(id, size)
    let whole = try InferencePlan(
      network: network, batchSize: 3, inputShape: Self.shape(size), outputs: [.logits])
    let expected = try whole.run(images)[0]
    for stage in network.graph.stages.dropLast() {
      let prefix = try InferencePlan(
        network: network.prefix(through: stage.name), batchSize: 3, inputShape: Self.shape(size),
        outputs: [.node(stage.outputNode)])
      let suffix = try InferencePlan(
        network: network.suffix(after: stage.name, input: prefix.outputShapes[0]), batchSize: 3,
        outputs: [.logits])
      let logits = try suffix.run(prefix.run(images)[0])[0]
      #expect(Self.difference(logits, expected) < 2e-5, "\(stage.name)")
    }
  }

  @Test("results have the same bits with 1, 2 and 4 threads", arguments: families)
  func threads(id: String, size: Int) throws {
    let (network, images) = try Self.example(id, size)
    let before = Parallel.threadCount
    defer { Parallel.threadCount = before }
    var embeddings: [[Float]] = []
    var states: [StateDict] = []
    var losses: [[Double]] = []
    for count in [1, 2, 4] {
      Parallel.threadCount = count
      let inference = try InferencePlan(
        network: network, batchSize: 3, inputShape: Self.shape(size))
      embeddings.append(try inference.run(images)[0].values)
      let training = try TrainingPlan(
        network: network, batchSize: 3, inputShape: Self.shape(size), dropout: 0.2,
        stochasticDepth: 0.2, seed: 5)
      var adam = Adam.decoupled()
      losses.append(
        try (0..<3).map { _ in
          let loss = try training.step(images: images, labels: [0, 1, 2]).loss
          training.clipGradients(toNorm: 1)
          training.apply(&adam, learningRate: 1e-3)
          return loss
        })
      states.append(training.state())
    }
    #expect(embeddings[0] == embeddings[1] && embeddings[0] == embeddings[2])
    #expect(losses[0] == losses[1] && losses[0] == losses[2])
    for (name, tensor) in states[0].entries {
      #expect(states[1][name] == tensor && states[2][name] == tensor, "\(name)")
    }
  }

  @Test("a smaller batch gives what the same samples give in a larger one")
  func smallerBatch() throws {
    let (network, images) = try Self.example("mobilenetv2_050", 64)
    let plan = try InferencePlan(network: network, batchSize: 3, inputShape: Self.shape(64))
    let all = try plan.run(images)[0]
    #expect(try plan.run(images.rows(0..<2))[0] == all.rows(0..<2))
    #expect(try plan.run(images)[0] == all)
    #expect(try plan.run(Tensor(shape: [0, 64, 64, 3]))[0].shape == [0, 1280])
  }

  @Test("wrong inputs are refused with a sentence")
  func refusals() throws {
    let (network, _) = try Self.example("resnet20_cifar", 32)
    let plan = try InferencePlan(network: network, batchSize: 2)
    #expect(throws: NetworkError.inputShape(expected: [2, 32, 32, 3], actual: [3, 32, 32, 3])) {
      try plan.run(Tensor(shape: [3, 32, 32, 3]))
    }
    #expect(throws: NetworkError.inputShape(expected: [2, 32, 32, 3], actual: [1, 3, 32, 32])) {
      try plan.run(Tensor(shape: [1, 3, 32, 32]))
    }
    #expect(throws: NetworkError.self) {
      try InferencePlan(network: network, batchSize: 1, outputs: [.node("layer1.0.conv9")])
    }
    let squeeze = try Network.initialised(architecture: "squeezenet1_1", classCount: 2, seed: 1)
    let error = #expect(throws: NetworkError.self) {
      try InferencePlan(network: squeeze, batchSize: 1, imageHeight: 2, imageWidth: 2)
    }
    #expect(error?.description.contains("features.0") == true)
  }

  /// A network with weights that keep activations in bounds, and three images.
  static func example(_ id: String, _ size: Int) throws -> (Network, Tensor) {
    let reference = try ReferenceNetwork.load(id)
    let random = CounterRandom(seed: 9, key: id)
    let count = 3 * shape(size).count
    let images = Tensor(
      shape: [3, size, size, 3],
      values: (0..<count).map { Float(2 * random.uniform(at: UInt64($0)) - 1) })
    return (try reference.network(), images)
  }

  static func shape(_ size: Int) -> SampleShape {
    SampleShape(height: size, width: size, channels: 3)
  }

  /// The largest difference relative to the largest value.
  static func difference(_ a: Tensor, _ b: Tensor) -> Double {
    let scale = b.values.reduce(0) { max($0, abs(Double($1))) }
    return zip(a.values, b.values).reduce(0) { max($0, abs(Double($1.0) - Double($1.1))) } / scale
  }
}
