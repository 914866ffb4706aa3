import Networks
import Tensors
import Testing

/// What is trained, what is visited for it, and what stays.
@Suite("Trained part", .serialized) struct TrainableSetTests {
  @Test("only the trainable set and its statistics change")
  func frozenParts() throws {
    let (network, images) = try PlanTests.example("resnet20_cifar", 32)
    let plan = try TrainingPlan(
      network: network, batchSize: 3, trainable: .from(stage: "layer3"))
    try Self.step(plan, images)
    let stage = network.graph.stageOfParameter
    Self.expectChanges(plan, from: network) { ["layer3", "head"].contains(stage[$0.name]) }
  }

  @Test("the modes of batch normalisation", arguments: TrainingPlan.BatchNormMode.allCases)
  func batchNorm(mode: TrainingPlan.BatchNormMode) throws {
    let (network, images) = try PlanTests.example("resnet20_cifar", 32)
    let plan = try TrainingPlan(network: network, batchSize: 3, batchNorm: mode)
    try Self.step(plan, images)
    Self.expectChanges(plan, from: network) { parameter in
      switch parameter.role {
      case .buffer: mode != .frozen
      case .normScale, .normShift: mode != .frozenAffine
      default: true
      }
    }
    let trained = Set(plan.parameters.map(\.role))
    #expect(trained.contains(.normScale) == (mode != .frozenAffine))
    #expect(plan.gradient("bn1.weight") == nil || mode != .frozenAffine)
  }

  @Test("with a frozen affine the other gradients are those of ordinary training")
  func frozenAffine() throws {
    let (network, images) = try PlanTests.example("resnet20_cifar", 32)
    let frozen = try TrainingPlan(network: network, batchSize: 3, batchNorm: .frozenAffine)
    let ordinary = try TrainingPlan(network: network, batchSize: 3)
    let a = try frozen.step(images: images, labels: TrainingTests.labels)
    let b = try ordinary.step(images: images, labels: TrainingTests.labels)
    #expect(a.loss == b.loss)
    for parameter in frozen.parameters {
      #expect(frozen.gradient(parameter.name) == ordinary.gradient(parameter.name))
    }
    #expect(throws: NetworkError.nothingToTrain) {
      try TrainingPlan(
        network: network, batchSize: 3, trainable: .matching { $0.role == .normScale },
        batchNorm: .frozenAffine)
    }
  }

  @Test("backward visits what lies above the lowest trainable parameter, and nothing below")
  func visits() throws {
    let (network, images) = try PlanTests.example("resnet20_cifar", 32)
    let stages = network.graph.stages.map(\.name)
    var calls: [Int] = []
    var arenas: [Int] = []
    for stage in stages where stage != "features" {
      let plan = try TrainingPlan(
        network: network, batchSize: 3, trainable: .from(stage: stage))
      _ = try plan.step(images: images, labels: TrainingTests.labels)
      #expect(plan.visitedNodes.count == plan.backwardCallCount, "\(stage)")
      let below = Set(
        network.graph.nodeNames.prefix(
          through: try network.graph.index(ofNode: Self.lastNode(below: stage, network))))
      #expect(below.isDisjoint(with: plan.visitedNodes), "\(stage)")
      calls.append(plan.backwardCallCount)
      arenas.append(plan.arenaBytes)
    }
    #expect(calls == calls.sorted(by: >) && calls.last == 1, "\(calls)")
    #expect(arenas == arenas.sorted(by: >), "\(arenas)")
  }

  @Test("a trained head takes no more memory than inference")
  func headMemory() throws {
    let (network, _) = try PlanTests.example("resnet20_cifar", 32)
    let head = try TrainingPlan(network: network, batchSize: 3, trainable: .head)
    let inference = try InferencePlan(network: network, batchSize: 3, outputs: [.logits])
    #expect(head.arenaBytes == inference.arenaBytes)
  }

  private static func lastNode(below stage: String, _ network: Network) throws -> String {
    let stages = network.graph.stages
    let place = try #require(stages.firstIndex { $0.name == stage })
    return place == 0 ? "input" : stages[place - 1].outputNode
  }

  private static func step(_ plan: TrainingPlan, _ images: Tensor) throws {
    var sgd = SGD()
    _ = try plan.step(images: images, labels: TrainingTests.labels)
    plan.apply(&sgd, learningRate: 0.1)
  }

  private static func expectChanges(
    _ plan: TrainingPlan, from network: Network, _ expected: (ParameterSpecification) -> Bool
  ) {
    let state = plan.state()
    for parameter in network.graph.parameters {
      let moved = state[parameter.name] != network.state[parameter.name]
      #expect(moved == expected(parameter), "\(parameter.name)")
    }
  }
}
