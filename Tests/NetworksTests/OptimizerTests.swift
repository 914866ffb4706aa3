import Networks
import Tensors
import Testing

/// Optimisers against PyTorch and timm: ten steps of a linear layer.
@Suite("Optimisers") struct OptimizerTests {
  /// How a case trains.
  struct Case: Sendable {
    let name: String
    let start: any Optimizer
    var rate = 0.05
    var groups: [ParameterGroup] = []
    var clip: @Sendable (TrainingPlan) -> Void = { _ in }
  }

  static let cases = [
    Case(name: "SGD", start: SGD(momentum: 0, nesterov: false, weightDecay: 0.01)),
    Case(name: "SGD, momentum", start: SGD(nesterov: false, weightDecay: 0.01)),
    Case(name: "SGD, Nesterov", start: SGD(weightDecay: 0.01)),
    Case(
      name: "SGD, groups", start: SGD(nesterov: false, weightDecay: 0.5),
      groups: [
        ParameterGroup(rateScale: 3) { $0.role == .bias },
        ParameterGroup(stage: "head", weightDecay: 0.02),
        ParameterGroup(rateScale: 0) { _ in true },
      ]),
    Case(name: "Adam", start: Adam(weightDecay: 0.1)),
    Case(name: "AdamW", start: Adam.decoupled(weightDecay: 0.1)),
    Case(name: "LARS", start: SGD.lars(trustCoefficient: 0.01, weightDecay: 0.01), rate: 2),
    Case(name: "LARS, Nesterov, clipped", start: clippedLARS),
    Case(name: "LARS, always", start: eagerLARS, rate: 2),
    Case(
      name: "clipped by norm", start: SGD(nesterov: false, weightDecay: 0.01),
      clip: { $0.clipGradients(toNorm: 0.5) }),
    Case(
      name: "clipped by value", start: SGD(nesterov: false, weightDecay: 0.01),
      clip: { $0.clipGradients(toValue: 0.05) }),
  ]

  static var clippedLARS: SGD {
    var result = SGD.lars(trustCoefficient: 0.02, nesterov: true, weightDecay: 0.01)
    result.clipsTrust = true
    return result
  }

  static var eagerLARS: SGD {
    var result = SGD.lars(trustCoefficient: 0.01, weightDecay: 0.01)
    result.alwaysAdapts = true
    return result
  }

  @Test("ten steps are the reference's", arguments: cases.indices)
  func trajectory(index: Int) throws {
    try run(Self.cases[index], Self.cases[index].start)
  }

  private func run(_ testCase: Case, _ start: some Optimizer) throws {
    let reference = try #require(try ReferenceTraining.load().trajectories[testCase.name])
    let plan = try ReferenceTraining.plan()
    var optimizer = start
    for (step, expected) in reference.losses.enumerated() {
      let loss = try plan.step(
        images: ReferenceTraining.features, labels: ReferenceTraining.labels
      ).loss
      // A small loss is the difference of numbers near 1.
      #expect(
        abs(loss - expected) < ReferenceTraining.tolerance * (0.1 + expected),
        "\(testCase.name), step \(step): \(loss), expected \(expected)")
      testCase.clip(plan)
      plan.apply(&optimizer, learningRate: testCase.rate, groups: testCase.groups)
    }
    #expect(optimizer.state.stepCount == reference.losses.count)
    try ReferenceTraining.check(plan.state(), against: reference.weights, tolerance: 5e-6)
  }

  @Test("every case of the reference is tested")
  func complete() throws {
    #expect(try Set(ReferenceTraining.load().trajectories.keys) == Set(Self.cases.map(\.name)))
  }

  @Test("L-BFGS finds the reference's minimum, whatever the batch", arguments: [4, 3, 1])
  func minimum(batchSize: Int) throws {
    let reference = try ReferenceTraining.load().minimum
    let plan = try TrainingPlan(
      network: ReferenceTraining.network(), batchSize: batchSize,
      loss: CrossEntropy(labelSmoothing: 0.2))
    let result = try plan.minimize(
      LBFGS(maximumIterations: 500, gradientTolerance: 1e-7, valueTolerance: 1e-14),
      images: ReferenceTraining.features, labels: ReferenceTraining.labels, weightDecay: 0.05)
    #expect(abs(result.value - reference.value) < 1e-6 * reference.value)
    // Gradients in Float32 tell where the minimum is to the root of their precision.
    try ReferenceTraining.check(plan.state(), against: reference.weights, tolerance: 1e-3)
  }

  @Test("rates fall from the last stage down")
  func layerDecay() {
    let groups = ParameterGroup.layerDecay(0.5, stages: ["stem", "layer1", "head"])
    #expect(groups.map(\.rateScale) == [0.25, 0.5, 1])
  }

  @Test("a group's rate acts on its parameters only")
  func rates() throws {
    let plan = try ReferenceTraining.plan()
    _ = try plan.step(images: ReferenceTraining.features, labels: ReferenceTraining.labels)
    let before = plan.state()
    var sgd = SGD()
    plan.apply(&sgd, learningRate: 0.1, groups: [ParameterGroup(rateScale: 0) { $0.role != .bias }])
    let after = plan.state()
    #expect(after["linear.weight"] == before["linear.weight"])
    #expect(after["linear.bias"] != before["linear.bias"])
  }
}
