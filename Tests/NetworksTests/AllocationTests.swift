import AllocationCounter
import Networks
import Tensors
import Testing

/// Nothing allocates within a planned run.
///
/// Counted is the thread that runs the plan: with one thread it does all of the work itself, with two
/// it also hands work out.
@Suite("Allocations", .serialized, .enabled(if: allocation_counter_is_supported() == 1))
struct AllocationTests {
  static let threadCounts = [1, 2]

  @Test("an allocation is counted")
  func counter() {
    var kept: [FloatStorage] = []
    kept.reserveCapacity(1)
    #expect(Self.count { kept.append(FloatStorage(uninitializedCount: 8)) } > 0)
    #expect(Self.count {} == 0)
  }

  @Test("inference", arguments: PlanTests.families, threadCounts)
  func inference(family: (id: String, size: Int), threads: Int) throws {
    let (network, images) = try PlanTests.example(family.id, family.size)
    let plan = try InferencePlan(
      network: network, batchSize: 3, inputShape: PlanTests.shape(family.size),
      outputs: [.features, .logits])
    try Self.withThreads(threads) {
      var sum: Float = 0
      let allocations = try Self.steady {
        try plan.run(images) { _, values in sum += values[0] }
      }
      #expect(allocations == 0)
      #expect(sum.isFinite)
    }
  }

  @Test("inference with early nodes sample by sample", arguments: threadCounts)
  func stretch(threads: Int) throws {
    let (network, images) = try SamplewiseStretchTests.example("efficientnet_b0", 40)
    try Self.withThreads(threads) {
      let plan = try InferencePlan(
        network: network, batchSize: SamplewiseStretchTests.batch, inputShape: PlanTests.shape(40))
      #expect(plan.samplewiseNodeCount > 0)
      let allocations = try Self.steady { try plan.run(images) { _, _ in } }
      #expect(allocations == 0)
    }
  }

  @Test(
    "inference in half precision",
    .enabled(if: !PrecisionTests.formats.isEmpty, PrecisionTests.isThere), arguments: threadCounts)
  func halfPrecision(threads: Int) throws {
    let (network, images) = try PlanTests.example("resnet50", 64)
    for format in PrecisionTests.formats {
      let plan = try InferencePlan(
        network: network, batchSize: 3, inputShape: PlanTests.shape(64), precision: format)
      try Self.withThreads(threads) {
        let allocations = try Self.steady { try plan.run(images) { _, _ in } }
        #expect(allocations == 0, "\(format.rawValue)")
      }
    }
  }

  @Test("training steps", arguments: PlanTests.families, threadCounts)
  func training(family: (id: String, size: Int), threads: Int) throws {
    let (network, images) = try PlanTests.example(family.id, family.size)
    let plan = try TrainingPlan(
      network: network, batchSize: 3, inputShape: PlanTests.shape(family.size), dropout: 0.2,
      seed: 5)
    let labels = TrainingTests.labels
    var (sgd, lars, adam) = (SGD(), SGD.lars(), Adam())
    var average = WeightAverage()
    let groups = ParameterGroup.layerDecay(0.7, stages: network.graph.stages.map(\.name))
    try Self.withThreads(threads) {
      let allocations = try Self.steady {
        _ = try plan.step(images: images, labels: labels)
        plan.clipGradients(toNorm: 0.1)
        plan.clipGradients(toValue: 0.01)
        plan.apply(&sgd, learningRate: 1e-4, groups: groups)
        plan.apply(&lars, learningRate: 1e-4)
        plan.apply(&adam, learningRate: 1e-4)
        plan.update(&average)
      }
      #expect(allocations == 0)
    }
  }

  @Test(
    "training steps of every loss",
    arguments: [
      CrossEntropy(labelSmoothing: 0.1), BinaryCrossEntropy(targetThreshold: 0.2),
      MeanSquaredError(), KLDivergence(temperature: 2),
    ] as [any Loss])
  func losses(loss: any Loss) throws {
    let (network, images) = try PlanTests.example("resnet20_cifar", 32)
    let plan = try TrainingPlan(network: network, batchSize: 3, loss: loss)
    let targets = Tensor(
      shape: [3, network.classCount],
      values: (0..<3 * network.classCount).map { Float($0 % 7) / 7 })
    let allocations = try Self.steady {
      _ = try plan.step(images: images, targets: targets)
    }
    #expect(allocations == 0)
  }

  @Test("operators", arguments: OperatorCases.all)
  func operators(testCase: OperatorCase) throws {
    let bench = try OperatorBench(testCase)
    try Self.withThreads(2) {
      let allocations = try Self.steady {
        testCase.operation.prepare(bench.run)
        testCase.operation.forward(bench.run)
        testCase.operation.backward(bench.run)
      }
      #expect(allocations == 0, "\(testCase.name)")
    }
  }

  /// How often the third call of `body` allocates.
  private static func steady(_ body: () throws -> Void) throws -> Int {
    for _ in 0..<2 { try body() }
    return try count(body)
  }

  private static func count(_ body: () throws -> Void) rethrows -> Int {
    allocation_counter_begin()
    defer { _ = allocation_counter_end() }
    try body()
    return allocation_counter_end()
  }

  private static func withThreads(_ count: Int, _ body: () throws -> Void) throws {
    let before = Parallel.threadCount
    defer { Parallel.threadCount = before }
    Parallel.threadCount = count
    try body()
  }
}
