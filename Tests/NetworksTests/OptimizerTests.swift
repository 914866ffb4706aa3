import Networks
import Tensors
import Testing

/// Optimisers against their formulas in double precision, on a classifier of one linear layer.
@Suite("Optimisers") struct OptimizerTests {
  static let rate = 0.05

  @Test("SGD", arguments: [(0.9, true), (0.9, false), (0, false)])
  func sgd(momentum: Double, nesterov: Bool) throws {
    let decay = 0.01
    var velocities: [String: [Double]] = [:]
    try check(SGD(momentum: momentum, nesterov: nesterov, weightDecay: decay)) {
      parameter, values, gradients, _ in
      var velocity = velocities[parameter.name] ?? Array(repeating: 0, count: values.count)
      var result = values
      for i in values.indices {
        let g = gradients[i] + (parameter.role == .weight ? decay : 0) * values[i]
        velocity[i] = momentum * velocity[i] + g
        result[i] -= Self.rate * (nesterov ? g + momentum * velocity[i] : velocity[i])
      }
      velocities[parameter.name] = velocity
      return result
    }
  }

  @Test("AdamW", arguments: [true, false])
  func adamW(decaysNormAndBias: Bool) throws {
    let decay = 0.1
    var moments: [String: (m: [Double], v: [Double])] = [:]
    try check(Adam.decoupled(weightDecay: decay, decaysNormAndBias: decaysNormAndBias)) {
      parameter, values, gradients, step in
      let zeros = [Double](repeating: 0, count: values.count)
      var (m, v) = moments[parameter.name] ?? (zeros, zeros)
      var result = values
      let decays = decaysNormAndBias || parameter.role == .weight
      for i in values.indices {
        if decays { result[i] -= Self.rate * decay * values[i] }
        m[i] = 0.9 * m[i] + 0.1 * gradients[i]
        v[i] = 0.999 * v[i] + 0.001 * gradients[i] * gradients[i]
        let (mHat, vHat) = (m[i] / (1 - power(0.9, step)), v[i] / (1 - power(0.999, step)))
        result[i] -= Self.rate * mHat / (vHat.squareRoot() + 1e-8)
      }
      moments[parameter.name] = (m, v)
      return result
    }
  }

  @Test("rates may differ by parameter")
  func rates() throws {
    let plan = try Self.plan()
    _ = try plan.step(images: Self.features, labels: [0, 1])
    let before = plan.state()
    var sgd = SGD()
    plan.apply(
      &sgd, learningRate: 0.1, groups: [ParameterGroup(rateScale: 0) { $0.role != .bias }])
    let after = plan.state()
    #expect(after["linear.weight"] == before["linear.weight"])
    #expect(after["linear.bias"] != before["linear.bias"])
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }

  private static func plan() throws -> TrainingPlan {
    let network = try Network.initialised(architecture: "resnet20_cifar", classCount: 3, seed: 4)
    return try TrainingPlan(network: network.suffix(after: "features"), batchSize: 2)
  }

  private static var features: Tensor {
    let random = CounterRandom(seed: 6, key: "features")
    return Tensor(
      shape: [2, 64], values: (0..<128).map { Float(random.uniform(at: UInt64($0))) })
  }

  /// Takes four steps and compares each parameter with what `expected` makes of it.
  private func check(
    _ start: some Optimizer,
    _ expected: (TrainableParameter, _ values: [Double], _ gradients: [Double], _ step: Int) ->
      [Double]
  ) throws {
    let plan = try Self.plan()
    var optimizer = start
    for step in 1...4 {
      _ = try plan.step(images: Self.features, labels: [0, 1])
      let before = plan.state()
      var wanted: [String: [Double]] = [:]
      for parameter in plan.parameters {
        let values = try #require(before[parameter.name]).values.map(Double.init)
        let gradients = try #require(plan.gradient(parameter.name)).values.map(Double.init)
        wanted[parameter.name] = expected(parameter, values, gradients, step)
      }
      plan.apply(&optimizer, learningRate: Self.rate)
      let after = plan.state()
      for parameter in plan.parameters {
        let values = try #require(after[parameter.name]).values
        let moved = try #require(wanted[parameter.name])
        let worst = zip(values, moved).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
        #expect(worst < 2e-6, "step \(step), \(parameter.name): \(worst)")
      }
    }
    #expect(optimizer.state.stepCount == 4)
  }
}
