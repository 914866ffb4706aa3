import Networks
import Tensors
import Testing

@Suite("Training", .serialized) struct TrainingTests {
  static let labels = [0, 1, 2]

  @Test("loss falls when the same batch is learned", arguments: ["sgd", "adamw"])
  func learns(rule: String) throws {
    let (_, images) = try PlanTests.example("resnet20_cifar", 32)
    let network = try Network.initialised(
      architecture: "resnet20_cifar", classCount: 3, seed: 1)
    let plan = try TrainingPlan(network: network, batchSize: 3)
    var sgd = SGD(weightDecay: 0)
    var adam = Adam.decoupled()
    let first = try plan.step(images: images, labels: Self.labels).loss
    for _ in 0..<25 {
      if rule == "sgd" {
        plan.apply(&sgd, learningRate: 0.02)
      } else {
        plan.apply(&adam, learningRate: 0.002)
      }
      _ = try plan.step(images: images, labels: Self.labels)
    }
    let last = try plan.step(images: images, labels: Self.labels)
    #expect(last.loss < 0.2 * first, "\(first) to \(last.loss)")
    #expect(last.correct == 3)
  }

  @Test("a trained suffix on cached activations equals training the top of the whole")
  func suffixEqualsWhole() throws {
    let (network, images) = try PlanTests.example("mobilenetv2_050", 64)
    let stage = "blocks.4"
    let whole = try TrainingPlan(
      network: network, batchSize: 3, inputShape: PlanTests.shape(64),
      trainable: .from(stage: "blocks.5"))
    let prefix = try InferencePlan(
      network: network.prefix(through: stage), batchSize: 3, inputShape: PlanTests.shape(64),
      outputs: [.node(network.graph.stages[5].outputNode)])
    let suffix = try TrainingPlan(
      network: network.suffix(after: stage, input: prefix.outputShapes[0]), batchSize: 3)
    let cached = try prefix.run(images)[0]
    let a = try whole.step(images: images, labels: Self.labels)
    let b = try suffix.step(images: cached, labels: Self.labels)
    #expect(abs(a.loss - b.loss) < 1e-5 * a.loss)
    #expect(whole.parameters.map(\.name) == suffix.parameters.map(\.name))
    for parameter in whole.parameters {
      let x = try #require(whole.gradient(parameter.name))
      let y = try #require(suffix.gradient(parameter.name))
      #expect(PlanTests.difference(x, y) < 1e-4, "\(parameter.name)")
    }
    #expect(suffix.arenaBytes < whole.arenaBytes)
  }

  @Test("labels and the distributions that they stand for give the same step")
  func softTargets() throws {
    let (network, images) = try PlanTests.example("resnet20_cifar", 32)
    let classes = network.classCount
    let smoothing = 0.1
    var targets = [Float](repeating: Float(smoothing) / Float(classes), count: 3 * classes)
    for (row, label) in Self.labels.enumerated() {
      targets[row * classes + label] += Float(1 - smoothing)
    }
    let hard = try TrainingPlan(
      network: network, batchSize: 3, loss: CrossEntropy(labelSmoothing: smoothing))
    let soft = try TrainingPlan(network: network, batchSize: 3)
    let a = try hard.step(images: images, labels: Self.labels)
    let b = try soft.step(images: images, targets: Tensor(shape: [3, classes], values: targets))
    #expect(abs(a.loss - b.loss) < 1e-5 * a.loss)
    #expect(a.correct == b.correct)
    let (x, y) = (
      try #require(hard.gradient("linear.weight")), try #require(soft.gradient("linear.weight"))
    )
    #expect(PlanTests.difference(x, y) < 1e-5)
  }

  /// The network with a NaN among its weights.
  private static func spoiled(
    _ network: Network, _ name: String, at place: Int
  ) throws -> Network {
    var state = network.state
    var weight = try #require(state[name])
    weight[flat: place] = .nan
    state[name] = weight
    return try network.withState(state)
  }

  @Test("a NaN is reported with the first node that holds it")
  func nonFinite() throws {
    let (network, images) = try PlanTests.example("resnet20_cifar", 32)
    let plan = try TrainingPlan(
      network: Self.spoiled(network, "layer2.1.conv2.weight", at: 5), batchSize: 3)
    #expect(throws: NetworkError.nonFinite(node: "layer2.1.conv2")) {
      try plan.step(images: images, labels: Self.labels)
    }
    var broken = images
    broken[flat: 100] = .infinity
    let sound = try TrainingPlan(network: network, batchSize: 3)
    #expect(throws: NetworkError.nonFinite(node: "input")) {
      try sound.step(images: broken, labels: Self.labels)
    }
    #expect(throws: NetworkError.labelOutOfRange(label: 10, sample: 1, classCount: 10)) {
      try sound.step(images: images, labels: [0, 10, 2])
    }
  }

  @Test("a gradient that is not finite is reported with the first node that gave it")
  func nonFiniteGradient() throws {
    // The scores are 0 whatever the two large matrices: only the way back overflows, at the second.
    var graph = GraphBuilder(input: SampleShape(vector: 2))
    var x = graph.input
    for name in ["low", "middle", "high", "top"] {
      x = graph.add(name, Linear(name, from: 2, to: 2), x)
      graph.endStage(name)
    }
    let network = try Network(
      architecture: "crafted", graph: graph.graph(features: x - 1, logits: x),
      state: StateDict(
        ["low", "middle", "high", "top"].flatMap { name in
          let scale: Float = ["low": 0, "top": 1][name] ?? 1e25
          return [
            ("\(name).weight", Tensor(shape: [2, 2], values: [scale, 0, 0, scale])),
            ("\(name).bias", Tensor(shape: [2])),
          ]
        }))
    let plan = try TrainingPlan(network: network, batchSize: 1, trainable: .all)
    let error = #expect(throws: NetworkError.nonFiniteGradient(node: "middle")) {
      try plan.step(images: Tensor(shape: [1, 2], values: [1, 1]), labels: [0])
    }
    #expect(error?.description.contains("'middle'") == true)
  }

  @Test("looking for a NaN leaves running statistics alone")
  func diagnosisRepeatsNothing() throws {
    let (network, images) = try PlanTests.example("resnet20_cifar", 32)
    let broken = try TrainingPlan(
      network: Self.spoiled(network, "linear.weight", at: 0), batchSize: 3)
    #expect(throws: NetworkError.nonFinite(node: "linear")) {
      try broken.step(images: images, labels: Self.labels)
    }
    let sound = try TrainingPlan(network: network, batchSize: 3)
    _ = try sound.step(images: images, labels: Self.labels)
    #expect(broken.state()["bn1.running_mean"] == sound.state()["bn1.running_mean"])
  }

  @Test("a run that is saved and resumed goes on to the bit", arguments: [true, false])
  func resume(adaptive: Bool) throws {
    let (network, images) = try PlanTests.example("resnet20_cifar", 32)
    func plan(_ network: Network) throws -> TrainingPlan {
      try TrainingPlan(network: network, batchSize: 3, dropout: 0.3, seed: 8)
    }
    func train(_ plan: TrainingPlan, _ optimizer: inout some Optimizer, steps: Int) throws {
      for _ in 0..<steps {
        _ = try plan.step(images: images, labels: Self.labels)
        plan.apply(&optimizer, learningRate: 0.01)
      }
    }
    func check(_ start: some Optimizer) throws {
      var (straight, before, after) = (start, start, start)
      let whole = try plan(network)
      try train(whole, &straight, steps: 4)
      let first = try plan(network)
      try train(first, &before, steps: 2)
      let second = try plan(network)
      try second.load(first.state())
      try second.restore(&after, from: before.state)
      second.stepCount = first.stepCount
      try train(second, &after, steps: 2)
      let (a, b) = (whole.state(), second.state())
      for name in a.names { #expect(a[name] == b[name], "\(name)") }
    }
    if adaptive { try check(Adam.decoupled()) } else { try check(SGD()) }
  }

  @Test("an optimiser state of another network is refused")
  func foreignState() throws {
    let (network, _) = try PlanTests.example("resnet20_cifar", 32)
    let plan = try TrainingPlan(network: network, batchSize: 1)
    var state = OptimizerState()
    var sgd = SGD()
    state.tensors["fc.weight"] = Tensor(shape: [4])
    #expect(throws: NetworkError.self) { try plan.restore(&sgd, from: state) }
    // A state of another rule: two numbers for each of the parameter's, not one.
    let weight = try #require(plan.parameters.first)
    state.tensors = StateDict([(weight.name, Tensor(shape: [2 * weight.count]))])
    #expect(throws: NetworkError.self) { try plan.restore(&sgd, from: state) }
    var adam = Adam()
    try plan.restore(&adam, from: state)
  }

  @Test("gradients are clipped to a norm")
  func clipping() throws {
    let (network, images) = try PlanTests.example("resnet20_cifar", 32)
    let plan = try TrainingPlan(network: network, batchSize: 3)
    _ = try plan.step(images: images, labels: Self.labels)
    let norm = plan.gradientNorm
    #expect(plan.clipGradients(toNorm: 2 * norm) == norm)
    #expect(abs(plan.gradientNorm - norm) < 1e-6 * norm)
    plan.clipGradients(toNorm: 0.25 * norm)
    #expect(abs(plan.gradientNorm - 0.25 * norm) < 1e-5 * norm)
  }
}
