import Networks
import Tensors
import Testing

/// What a training plan makes of a linear layer, the function before it and the layer scale behind it,
/// against a plan in which they stay apart because the layer's own weight is not trained.
@Suite("Fusion around linear layers", .serialized) struct LinearFusionTests {
  static let labels = [0, 1, 2]

  @Test(
    "other gradients stay the same, and memory falls by what layer scales kept",
    arguments: [("convnext_atto_ols", 64, 2), ("variant_dinov2", 98, 0)])
  func apart(id: String, size: Int, functions: Int) throws {
    let (network, images) = try PlanTests.example(id, size)
    func plan(_ set: TrainableSet) throws -> TrainingPlan {
      let plan = try TrainingPlan(
        network: network, batchSize: 3, inputShape: PlanTests.shape(size), trainable: set)
      plan.times = NodeTimes()
      _ = try plan.step(images: images, labels: Self.labels)
      return plan
    }
    let fused = try plan(.all)
    let apart = try plan(.matching { !Self.follows($0.name) })
    let scales = network.graph.nodes.count { $0.operation is LayerScale }
    #expect(scales > 0)
    #expect(apart.costs.count { $0.kind == "layer-scale" } == scales)
    #expect(fused.costs.count { $0.kind == "layer-scale" } == 0)
    // Only the last stage's layers have outputs enough.
    #expect(Self.readers(of: fused) == functions)
    #expect(Self.readers(of: apart) == 0)
    for parameter in apart.parameters {
      let x = try #require(fused.gradient(parameter.name))
      let y = try #require(apart.gradient(parameter.name))
      #expect(PlanTests.difference(x, y) < 2e-5, "\(parameter.name)")
    }
  }

  /// The weights behind a function or before a layer scale.
  private static func follows(_ name: String) -> Bool {
    name.hasSuffix("fc2.weight") || name.hasSuffix("attn.proj.weight")
  }

  /// Linear layers that read the argument of the function before them, beside a residual if any.
  private static func readers(of plan: TrainingPlan) -> Int {
    plan.costs.count { cost in
      cost.kind == "linear"
        && (cost.inputs.count == 3
          || cost.inputs.count == 2 && cost.inputs[0] == cost.inputs[1]
            && cost.inputs[1] != cost.output)
    }
  }

  @Test("the argument of a function may have other readers")
  func sharedArgument() throws {
    // The argument of GELU is also the residual of the layer behind it.
    try compareBlock { z, _ in z }
  }

  @Test("a value that others read is left as it is")
  func sharedValue() throws {
    try compareBlock { _, y in y }
  }

  /// A layer, GELU and a layer, whose residual is the argument z or the value y of GELU.
  private func compareBlock(_ residual: (_ z: Int, _ y: Int) -> Int) throws {
    var builder = GraphBuilder(input: SampleShape(vector: 5))
    let z = builder.linear("l1", builder.input, to: 260)
    let y = builder.activation("act", z, .gelu)
    let sum = builder.residual(
      "block", builder.linear("l2", y, to: 260), shortcut: residual(z, y))
    try compare(try Self.crafted(builder, features: sum), frozen: "l2.weight")
  }

  private func compare(_ network: Network, frozen: String) throws {
    let random = CounterRandom(seed: 2, key: "images")
    let images = Tensor(
      shape: [3, 5], values: (0..<15).map { Float(2 * random.uniform(at: UInt64($0)) - 1) })
    let all = try TrainingPlan(network: network, batchSize: 3, trainable: .all)
    let part = try TrainingPlan(
      network: network, batchSize: 3, trainable: .matching { $0.name != frozen })
    _ = try all.step(images: images, labels: Self.labels)
    _ = try part.step(images: images, labels: Self.labels)
    #expect(part.parameters.count == all.parameters.count - 1)
    for parameter in part.parameters {
      let x = try #require(all.gradient(parameter.name))
      let y = try #require(part.gradient(parameter.name))
      #expect(PlanTests.difference(x, y) < 1e-5, "\(parameter.name)")
    }
  }

  private static func crafted(_ builder: GraphBuilder, features: Int) throws -> Network {
    var builder = builder
    builder.endStage("body")
    let graph = builder.classified("fc", features: features, classCount: 3)
    let random = CounterRandom(seed: 1, key: "weights")
    var drawn: UInt64 = 0
    let state = StateDict(
      graph.parameters.map { parameter in
        let values = (0..<parameter.count).map { _ -> Float in
          drawn += 1
          return Float(random.uniform(at: drawn) - 0.5)
        }
        return (parameter.name, Tensor(shape: parameter.shape, values: values))
      })
    return try Network(architecture: "crafted", graph: graph, state: state)
  }

  @Test("a factor that stays as it is scales the gradients of its layer")
  func frozenScale() throws {
    let (network, images) = try PlanTests.example("convnext_atto_ols", 64)
    func plan(_ set: TrainableSet) throws -> TrainingPlan {
      let plan = try TrainingPlan(
        network: network, batchSize: 3, inputShape: PlanTests.shape(64), trainable: set)
      _ = try plan.step(images: images, labels: Self.labels)
      return plan
    }
    let all = try plan(.all)
    let noScales = try plan(.matching { !$0.name.hasSuffix("gamma") })
    let noBiases = try plan(.matching { !$0.name.hasSuffix("fc2.bias") })
    for other in [noScales, noBiases] {
      #expect(other.parameters.count < all.parameters.count)
      for parameter in other.parameters {
        let x = try #require(all.gradient(parameter.name))
        #expect(x == other.gradient(parameter.name), "\(parameter.name)")
      }
    }
  }
}
