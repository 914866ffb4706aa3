import Networks
import Tensors
import Testing

/// Early nodes that run sample by sample in batches that are large enough.
@Suite("Samplewise stretches", .serialized) struct SamplewiseStretchTests {
  /// Enough for a stretch on this many threads.
  static let (threadCounts, batch) = ([1, 2, 4], 16)

  @Test(
    "a sample's result has the same bits as alone, with any number of threads",
    arguments: PlanTests.families)
  func bits(id: String, size: Int) throws {
    let (network, images) = try Self.example(id, size)
    let outputs: [InferencePlan.Output] = [
      .features, .node(network.graph.stages[network.graph.stages.count - 2].outputNode),
    ]
    let single = try InferencePlan(
      network: network, batchSize: 1, inputShape: PlanTests.shape(size), outputs: outputs)
    #expect(single.samplewiseNodeCount == 0)
    let alone = try (0..<Self.batch).map { try single.run(images.rows($0..<$0 + 1)) }
    for count in Self.threadCounts {
      try Self.withThreads(count) {
        let plan = try InferencePlan(
          network: network, batchSize: Self.batch, inputShape: PlanTests.shape(size),
          outputs: outputs)
        #expect(plan.samplewiseNodeCount > 0)
        // The second run is smaller than the plan's batch, and finds the first one's memory.
        for batch in [Self.batch, Self.batch - 3] {
          let all = try plan.run(images.rows(0..<batch))
          for index in outputs.indices {
            for row in 0..<batch {
              #expect(
                all[index].rows(row..<row + 1).values == alone[row][index].values,
                "sample \(row) of \(batch), \(count) threads")
            }
          }
        }
      }
    }
  }

  @Test("no output is wanted of a node within")
  func wanted() throws {
    let (network, images) = try Self.example("mobilenetv3_small_100", 64)
    try Self.withThreads(2) {
      func plan(_ node: String, fuses: Bool = true) throws -> InferencePlan {
        try InferencePlan(
          network: network, batchSize: Self.batch, inputShape: PlanTests.shape(64),
          outputs: [.node(node), .features], fuses: fuses)
      }
      let stages = network.graph.stages
      let (first, later) = (try plan(stages[0].outputNode), try plan(stages[3].outputNode))
      #expect(first.samplewiseNodeCount < later.samplewiseNodeCount)
      let plain = try plan(stages[0].outputNode, fuses: false)
      #expect(plain.samplewiseNodeCount == 0)
      for (a, b) in zip(try first.run(images), try plain.run(images)) {
        #expect(PlanTests.difference(a, b) < 2e-5)
      }
    }
  }

  @Test("the estimate is what the plan takes, and less than for a batch at once")
  func memory() throws {
    let (network, _) = try Self.example("efficientnet_b0", 64)
    let shape = PlanTests.shape(64)
    try Self.withThreads(2) {
      let plan = try InferencePlan(network: network, batchSize: Self.batch, inputShape: shape)
      #expect(plan.samplewiseNodeCount > 0)
      let estimate = try InferencePlan.memoryEstimate(
        network: network, batchSize: Self.batch, inputShape: shape)
      #expect(estimate == plan.memory)
      #expect(estimate.parameterBytes >= plan.weightBytes)
    }
    // Too many threads for a stretch.
    let whole = try Self.withThreads(Self.batch) {
      try InferencePlan.memoryEstimate(network: network, batchSize: Self.batch, inputShape: shape)
    }
    let split = try Self.withThreads(2) {
      try InferencePlan.memoryEstimate(network: network, batchSize: Self.batch, inputShape: shape)
    }
    #expect(split.arenaBytes < whole.arenaBytes)
  }

  @Test("every node's time is told once")
  func times() throws {
    let (network, images) = try Self.example("mobilenetv3_small_100", 64)
    try Self.withThreads(2) {
      let plan = try InferencePlan(
        network: network, batchSize: Self.batch, inputShape: PlanTests.shape(64))
      plan.times = NodeTimes()
      for _ in 0..<3 { try plan.run(images) { _, _ in } }
      let costs = plan.costs
      #expect(Set(costs.map(\.name)).count == costs.count)
      #expect(costs.allSatisfy { ($0.forwardSeconds ?? -1) >= 0 })
      let single = try InferencePlan(
        network: network, batchSize: 1, inputShape: PlanTests.shape(64))
      single.times = NodeTimes()
      try single.run(images.rows(0..<1)) { _, _ in }
      #expect(costs.map(\.name) == single.costs.map(\.name))
      #expect(
        costs.map(\.forwardOperations)
          == single.costs.map { $0.forwardOperations * Double(Self.batch) })
    }
  }

  static func example(_ id: String, _ size: Int) throws -> (Network, Tensor) {
    let random = CounterRandom(seed: 9, key: id)
    let count = batch * PlanTests.shape(size).count
    let images = Tensor(
      shape: [batch, size, size, 3],
      values: (0..<count).map { Float(2 * random.uniform(at: UInt64($0)) - 1) })
    return (try PlanTests.example(id, size).0, images)
  }

  static func withThreads<Result>(_ count: Int, _ body: () throws -> Result) rethrows -> Result {
    let before = Parallel.threadCount
    defer { Parallel.threadCount = before }
    Parallel.threadCount = count
    return try body()
  }
}
