import Networks
import Tensors
import Testing

/// Moving averages of weights against timm's `ModelEmaV3`.
@Suite("Weight averages") struct WeightAverageTests {
  static let cases: [String: WeightAverage] = [
    "plain": WeightAverage(decay: 0.8),
    "warm-up": WeightAverage(decay: 0.7, startStep: 2, warmUp: .init(power: 0.75)),
    "floor": WeightAverage(decay: 0.9, minimumDecay: 0.4, warmUp: .init(gamma: 10)),
  ]

  @Test("the average after ten steps is the reference's", arguments: Array(cases.keys))
  func parity(name: String) throws {
    let reference = try ReferenceTraining.load().averages
    #expect(Set(reference.keys) == Set(Self.cases.keys))
    let plan = try ReferenceTraining.plan()
    var average = try #require(Self.cases[name])
    var sgd = SGD(nesterov: false, weightDecay: 0)
    for _ in 0..<10 {
      _ = try plan.step(images: ReferenceTraining.features, labels: ReferenceTraining.labels)
      plan.apply(&sgd, learningRate: 0.05)
      plan.update(&average)
    }
    try ReferenceTraining.check(
      plan.state(of: average), against: try #require(reference[name]))
  }

  @Test("running statistics are copied, or averaged where asked", arguments: [false, true])
  func buffers(averages: Bool) throws {
    let (network, images) = try PlanTests.example("resnet20_cifar", 32)
    let plan = try TrainingPlan(network: network, batchSize: 3)
    var average = WeightAverage(decay: 0.5, averagesBuffers: averages)
    var sgd = SGD()
    var means: [Tensor] = []
    for _ in 0..<2 {
      _ = try plan.step(images: images, labels: TrainingTests.labels)
      plan.apply(&sgd, learningRate: 1e-3)
      plan.update(&average)
      means.append(try #require(plan.state()["bn1.running_mean"]))
    }
    let found = try #require(plan.state(of: average)["bn1.running_mean"])
    if averages {
      for (value, pair) in zip(found.values, zip(means[0].values, means[1].values)) {
        #expect(abs(value - (pair.0 + pair.1) / 2) <= 1e-6 * (1 + abs(pair.0)))
      }
    } else {
      #expect(found == means[1])
    }
  }

  @Test("an average that is saved and resumed goes on to the bit")
  func resume() throws {
    func train(_ plan: TrainingPlan, _ average: inout WeightAverage) throws {
      var sgd = SGD(momentum: 0, nesterov: false)
      for _ in 0..<2 {
        _ = try plan.step(images: ReferenceTraining.features, labels: ReferenceTraining.labels)
        plan.apply(&sgd, learningRate: 0.05)
        plan.update(&average)
      }
    }
    let start = WeightAverage(decay: 0.8, warmUp: .init())
    let (first, whole) = (try ReferenceTraining.plan(), try ReferenceTraining.plan())
    var (before, straight, after) = (start, start, start)
    try train(whole, &straight)
    try train(whole, &straight)
    try train(first, &before)
    let second = try ReferenceTraining.plan()
    try second.load(first.state())
    try second.restore(&after, from: before.state)
    try train(second, &after)
    for (name, tensor) in whole.state(of: straight).entries {
      #expect(second.state(of: after)[name] == tensor, "\(name)")
    }
    var foreign = OptimizerState()
    foreign.tensors["conv1.weight"] = Tensor(shape: [1])
    #expect(throws: NetworkError.self) { try second.restore(&after, from: foreign) }
  }
}
