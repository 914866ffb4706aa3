import Networks
import Tensors
import Testing

@Suite("Networks and their weights") struct NetworkTests {
  @Test(
    "every architecture builds, has stages that are cuts, and a head of its own",
    arguments: Architecture.all.map(\.id))
  func architectures(id: String) throws {
    let architecture = try Architecture.named(id)
    let graph = architecture.build(classCount: 7)
    #expect(graph.classCount == 7)
    #expect(graph.stages.last?.name == "head")
    // Weight and bias of one classifier, or of two whose scores are averaged.
    #expect([2, 4].contains(graph.headParameterNames.count))
    #expect(try graph.replacingHead(classCount: 3).classCount == 3)
    #expect(graph.featureCount > 0)
    #expect(
      graph.inputShape.dimensions == [
        architecture.input.imageSize, architecture.input.imageSize, 3,
      ])
    #expect(Set(graph.stageOfParameter.keys) == Set(graph.parameters.map(\.name)))
    #expect(!architecture.summary.isEmpty)
  }

  @Test(
    "parameter counts are timm's and torchvision's",
    arguments: [
      ("resnet18", 11_689_512), ("resnet34", 21_797_672), ("resnet50", 25_557_032),
      ("tf_efficientnet_lite0", 4_652_008), ("tf_efficientnet_lite4", 13_006_568),
      ("mobilenetv2_100", 3_504_872), ("mobilenetv2_110d", 4_516_520), ("squeezenet1_1", 1_235_496),
    ])
  func parameterCounts(id: String, count: Int) throws {
    let network = try Network.initialised(architecture: id, classCount: 1000, seed: 1)
    #expect(network.parameterCount == count)
  }

  @Test("an unknown architecture is answered with the nearest")
  func unknownArchitecture() {
    let error = #expect(throws: NetworkError.self) { _ = try Architecture.named("ResNet-50") }
    guard case .unknownArchitecture("ResNet-50", let nearest) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(nearest.first == "resnet50")
  }

  @Test("missing, surplus and mis-shaped keys are each named")
  func stateProblems() throws {
    let network = try Network.initialised(architecture: "resnet20_cifar", classCount: 3, seed: 1)
    var state = network.state
    state["layer1.0.conv_1.weight"] = state["layer1.0.conv1.weight"]
    state["layer1.0.conv1.weight"] = nil
    state["linear.bias"] = Tensor(shape: [4])
    state["bn1.num_batches_tracked"] = Tensor(shape: [])
    let problems = Network.problems(of: state, for: network.graph)
    #expect(
      problems == [
        .missing(
          name: "layer1.0.conv1.weight", shape: [16, 16, 3, 3], nearest: ["layer1.0.conv_1.weight"]),
        .misshaped(name: "linear.bias", expected: [3], actual: [4]),
        .surplus(name: "layer1.0.conv_1.weight"),
      ])
    let error = #expect(throws: NetworkError.self) { try network.withState(state) }
    let text = error?.description ?? ""
    for word in ["resnet20_cifar", "'layer1.0.conv1.weight'", "missing", "[4]", "[3]"] {
      #expect(text.contains(word), "\(text)")
    }
  }

  @Test(
    "the class count follows from the weights, and a network without head ends at its embedding")
  func classCountFromWeights() throws {
    let whole = try Network.initialised(architecture: "mobilenetv2_035", classCount: 5, seed: 1)
    #expect(try Network(architecture: "mobilenetv2_035", state: whole.state).classCount == 5)
    let head = Set(whole.headParameterNames)
    let headless = try Network(
      architecture: "mobilenetv2_035", state: whole.state.filter { !head.contains($0) })
    #expect(headless.classCount == 0 && headless.featureCount == 1280)
    let again = try headless.replacingHead(classCount: 4, seed: 2)
    #expect(again.classCount == 4)
    #expect(again.state["conv_stem.weight"] == whole.state["conv_stem.weight"])
  }

  @Test("a probe becomes the head", arguments: ["resnet20_cifar", "squeezenet1_1"])
  func probe(id: String) throws {
    let (network, images) = try PlanTests.example(id, id == "squeezenet1_1" ? 67 : 32)
    let shape = PlanTests.shape(images.shape[1])
    let features = try InferencePlan(network: network, batchSize: 3, inputShape: shape).run(images)[
      0]
    let d = network.featureCount
    // Positive weights and bias: SqueezeNet's final ReLU then changes nothing.
    let weight = Tensor(shape: [2, d], values: (0..<2 * d).map { Float($0 % 7) / 7 })
    let bias = Tensor(shape: [2], values: [1, 2])
    let probed = try network.replacingHead(weight: weight, bias: bias)
    let logits = try InferencePlan(
      network: probed, batchSize: 3, inputShape: shape, outputs: [.logits]
    ).run(images)[0]
    for row in 0..<3 {
      for c in 0..<2 {
        let expected = (0..<d).reduce(Double(bias[flat: c])) {
          $0 + Double(weight[flat: c * d + $1]) * Double(features[flat: row * d + $1])
        }
        #expect(abs(Double(logits[flat: row * 2 + c]) - expected) < 1e-4 * abs(expected))
      }
    }
  }

  @Test("fresh weights follow from the seed and have the reference's spread")
  func initialisation() throws {
    let a = try Network.initialised(architecture: "resnet18", classCount: 10, seed: 1)
    let b = try Network.initialised(architecture: "resnet18", classCount: 20, seed: 1)
    let c = try Network.initialised(architecture: "resnet18", classCount: 10, seed: 2)
    let name = "layer3.0.conv1.weight"
    #expect(a.state[name] == b.state[name] && a.state[name] != c.state[name])
    let values = try #require(a.state[name]).values
    let deviation = (values.reduce(0) { $0 + Double($1 * $1) } / Double(values.count)).squareRoot()
    #expect(abs(deviation / (2.0 / (256 * 9)).squareRoot() - 1) < 0.01)
    #expect(a.state["layer1.0.bn2.weight"]?.values.allSatisfy { $0 == 0 } == true)
    #expect(a.state["layer1.0.bn1.weight"]?.values.allSatisfy { $0 == 1 } == true)
  }

  @Test("a truncated graph ends at its node and keeps only what that needs")
  func truncation() throws {
    let graph = try Architecture.named("squeezenet1_1").build(classCount: 10)
    let node = try #require(graph.featureNode)
    let cut = try graph.truncated(to: node)
    #expect(cut.nodeNames.last == node && cut.classCount == 0 && cut.featureCount == 512)
    #expect(!cut.parameters.contains { $0.name.hasPrefix("classifier") })
    #expect(throws: NetworkError.self) { try graph.truncated(to: "features.13") }
    #expect(throws: NetworkError.self) { try graph.prefix(through: "layer9") }
    #expect(throws: NetworkError.self) { try graph.suffix(after: "head") }
  }

  @Test("probabilities are a softmax along rows")
  func probabilities() {
    let p = Embeddings.probabilities(
      logits: Tensor(shape: [2, 3], values: [0, 0, 0, 1000, 0, -1000]))
    #expect(p.values.map { ($0 * 1000).rounded() } == [333, 333, 333, 1000, 0, 0])
  }

  @Test("divergence is small on images like the source, and grows with a shift")
  func batchNormDivergence() throws {
    let (network, images) = try PlanTests.example("resnet20_cifar", 32)
    // Running statistics of these very images: many training steps at rate 0 approach the batch's.
    let plan = try TrainingPlan(network: network, batchSize: 3)
    for _ in 0..<150 { _ = try plan.step(images: images, labels: [0, 1, 2]) }
    let adapted = plan.network()
    func divergence(_ network: Network, _ images: Tensor) throws -> Double {
      let measure = try #require(try BatchNormDivergence(network: network, batchSize: 3))
      #expect(measure.result() == nil)
      try measure.add(images)
      let result = try #require(measure.result())
      #expect(result.layers.count == 19 && result.imageCount == 3)
      return result.value
    }
    let near = try divergence(adapted, images)
    let shifted = Tensor(shape: images.shape, values: images.values.map { 2 * $0 + 1 })
    let far = try divergence(adapted, shifted)
    #expect(near >= 0 && near < 0.1 && far > 5 * near, "\(near) and \(far)")
    let squeeze = try Network.initialised(architecture: "squeezenet1_1", classCount: 2, seed: 1)
    #expect(try BatchNormDivergence(network: squeeze, batchSize: 1) == nil)
  }
}
