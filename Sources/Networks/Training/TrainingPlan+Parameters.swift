internal import Tensors

/// Parameters of a training plan: updating, reading, replacing.
extension TrainingPlan {
  /// Moves every trainable parameter by one optimiser step.
  ///
  /// - Parameters:
  ///   - learningRate: η.
  ///   - groups: Parameters with a rate or decay of their own: a faster head, layer-wise decay.
  public func apply(
    _ optimizer: inout some Optimizer, learningRate: Double, groups: [ParameterGroup] = []
  ) {
    optimizer.state.stepCount += 1
    for parameter in parameters {
      guard let gradient = engine.store.gradientPointer(parameter.name) else { continue }
      let group = groups.first { $0.contains(parameter) }
      let decays = optimizer.decaysNormAndBias || parameter.role == .weight
      optimizer.update(
        parameter, values: engine.store.pointer(parameter.name), gradients: gradient,
        learningRate: learningRate * (group?.rateScale ?? 1),
        weightDecay: group?.weightDecay ?? (decays ? optimizer.weightDecay : 0))
    }
    needsPacking = true
  }

  /// Takes up a saved optimiser state.
  ///
  /// - Throws: ``NetworkError/optimizerState(parameter:reason:)`` if it belongs to other parameters or
  ///   to another optimiser.
  public func restore(
    _ optimizer: inout some Optimizer, from state: OptimizerState
  ) throws(NetworkError) {
    try check(
      state, of: parameters.map { ($0.name, $0.count * optimizer.slotCount) })
    optimizer.state = state
  }

  /// Lets an average follow the parameters and buffers, once after each update.
  public func update(_ average: inout WeightAverage) {
    average.state.stepCount += 1
    for parameter in changing {
      average.update(parameter, values: engine.store.pointer(parameter.name))
    }
  }

  /// Takes up a saved average.
  ///
  /// - Throws: ``NetworkError/optimizerState(parameter:reason:)`` if it belongs to other parameters.
  public func restore(
    _ average: inout WeightAverage, from state: OptimizerState
  ) throws(NetworkError) {
    try check(state, of: changing.map { ($0.name, $0.count) })
    average.state = state
  }

  /// All parameters and buffers of the network as they are now, in PyTorch's names and layouts.
  public func state() -> StateDict {
    var state = origin.state
    for parameter in changing { state[parameter.name] = engine.store.tensor(parameter) }
    return state
  }

  /// The same with the average of what changes; what was never averaged is as it is now.
  public func state(of average: WeightAverage) -> StateDict {
    var state = state()
    for parameter in changing {
      average.state.tensors[parameter.name]?.withUnsafeBufferPointer { values in
        guard let base = values.baseAddress else { return }
        state[parameter.name] = ParameterStore.tensor(parameter, from: base)
      }
    }
    return state
  }

  /// The network as it is now.
  public func network() -> Network {
    do throws(NetworkError) {
      return try origin.withState(state())
    } catch {
      preconditionFailure("a plan's state fits its own graph: \(error)")
    }
  }

  /// Takes over other weights, such as those of a saved run.
  ///
  /// - Throws: ``NetworkError/stateMismatch(architecture:problems:)``.
  public func load(_ state: StateDict) throws(NetworkError) {
    origin = try origin.withState(state)
    let fusion = TrainingBlueprint.fuse(
      graph, origin.state, isTrained: isTrained, names: Set(parameters.map(\.name)), rates: rates)
    engine.load(fusion)
    needsPacking = false
  }

  /// Checks that a saved state has only tensors of these names and counts.
  private func check(
    _ state: OptimizerState, of counts: [(name: String, count: Int)]
  ) throws(NetworkError) {
    let counts = Dictionary(uniqueKeysWithValues: counts)
    for (name, tensor) in state.tensors.entries {
      guard let count = counts[name] else {
        throw .optimizerState(parameter: name, reason: "it is not trained here")
      }
      guard tensor.count == count else {
        throw .optimizerState(
          parameter: name, reason: "\(tensor.count) values were saved where \(count) are kept")
      }
    }
  }
}
