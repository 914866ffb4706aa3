import Networks
import Tensors
import Testing

/// Training with activations computed a second time, against training that keeps them.
@Suite("Recomputation", .serialized) struct RecomputationTests {
  /// How far memory falls where as much is given up as possible, at the sizes of ``PlanTests/families``.
  static let share = 0.85

  @Test("memory falls, and no bit of a result changes", arguments: PlanTests.families)
  func equality(id: String, size: Int) throws {
    let (network, images) = try PlanTests.example(id, size)
    func plan(limit: Int?) throws -> TrainingPlan {
      try TrainingPlan(
        network: network, batchSize: 3, inputShape: PlanTests.shape(size), dropout: 0.3,
        stochasticDepth: 0.2, seed: 4, memoryLimit: limit)
    }
    let whole = try plan(limit: nil)
    #expect(whole.recomputedNodeCount == 0)
    let expected = try train(whole, images)
    let smallest = try smallestLimit { try plan(limit: $0) }
    let middle = (whole.memory.totalBytes + smallest) / 2
    var arenas: [Int] = []
    for limit in [middle, smallest] {
      let tight = try plan(limit: limit)
      #expect(tight.memory.totalBytes <= limit)
      #expect(tight.recomputedNodeCount > 0)
      arenas.append(tight.arenaBytes)
      let found = try train(tight, images)
      #expect(found.losses == expected.losses)
      for (name, tensor) in expected.state.entries {
        #expect(found.state[name] == tensor, "\(id), \(name)")
      }
      for (name, tensor) in expected.gradients.entries {
        #expect(found.gradients[name] == tensor, "\(id), gradient of \(name)")
      }
    }
    #expect(arenas[1] <= arenas[0] && arenas[0] < whole.arenaBytes)
    #expect(
      Double(arenas[1]) < Self.share * Double(whole.arenaBytes),
      "\(id): \(arenas[1]) of \(whole.arenaBytes) bytes")
    print("\(id): arena \(whole.arenaBytes), least \(arenas[1])")
  }

  @Test("a limit below the least is refused with the batch that would fit")
  func refusal() throws {
    let (network, _) = try PlanTests.example("resnet18", 64)
    func estimate(_ batch: Int, _ limit: Int?) throws -> Int {
      try TrainingPlan.memoryEstimate(
        network: network, batchSize: batch, inputShape: PlanTests.shape(64), memoryLimit: limit
      ).totalBytes
    }
    let limit = try estimate(2, nil)
    let error = #expect(throws: NetworkError.self) {
      try TrainingPlan(
        network: network, batchSize: 64, inputShape: PlanTests.shape(64), memoryLimit: limit)
    }
    guard case .memory(_, limit, let largest)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    // Recomputation lets more than two fit.
    #expect(largest > 2 && largest < 64)
    #expect(try estimate(largest, limit) <= limit)
    #expect(try estimate(largest + 1, limit) > limit)
  }

  private func train(
    _ plan: TrainingPlan, _ images: Tensor
  ) throws -> (losses: [Double], state: StateDict, gradients: StateDict) {
    var sgd = SGD()
    var losses: [Double] = []
    for _ in 0..<2 {
      losses.append(try plan.step(images: images, labels: TrainingTests.labels).loss)
      plan.apply(&sgd, learningRate: 1e-3)
    }
    // A third step on part of a batch.
    losses.append(try plan.step(images: images.rows(0..<2), labels: [0, 1]).loss)
    let gradients = StateDict(
      try plan.parameters.map { ($0.name, try #require(plan.gradient($0.name))) })
    return (losses, plan.state(), gradients)
  }

  /// The least limit that a plan can keep: what one takes that gave up all it could.
  private func smallestLimit(_ plan: (Int) throws -> TrainingPlan) throws -> Int {
    let error = #expect(throws: NetworkError.self) { try plan(1) }
    guard case .memory(let needed, _, _)? = error else { return 0 }
    return needed
  }
}
