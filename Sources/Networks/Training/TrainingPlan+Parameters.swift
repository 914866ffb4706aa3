internal import CKernels
public import Tensors

/// Parameters of a training plan: updating, reading, replacing.
extension TrainingPlan {
  /// Moves every trainable parameter by one optimiser step at one rate.
  public func apply(_ optimizer: inout some Optimizer, learningRate: Double) {
    apply(&optimizer) { _ in learningRate }
  }

  /// Moves every trainable parameter by one optimiser step, each at its own rate.
  ///
  /// Rates may differ by ``TrainableParameter/stage`` or role: layer-wise decay, a faster head.
  public func apply(
    _ optimizer: inout some Optimizer, learningRate: (TrainableParameter) -> Double
  ) {
    optimizer.beginStep()
    for parameter in parameters {
      guard let gradient = engine.store.gradientPointer(parameter.name) else { continue }
      optimizer.update(
        parameter, values: engine.store.pointer(parameter.name), gradients: gradient,
        learningRate: learningRate(parameter))
    }
    needsPacking = true
  }

  /// The gradient of a trainable parameter after the last step, in the state dict's layout; nil for
  /// any other name.
  public func gradient(_ name: String) -> Tensor? {
    engine.store.trainable.first { $0.name == name }.flatMap(engine.store.gradientTensor)
  }

  /// The Euclidean norm of all gradients together after the last step.
  public var gradientNorm: Double {
    let gradients = engine.store.gradientBuffer
    guard let base = gradients.baseAddress else { return 0 }
    return graft_dot(base, base, 0, gradients.count).squareRoot()
  }

  /// Scales all gradients down so that their norm is at most `limit`; returns the norm before.
  ///
  /// - Reference: Pascanu et al. 2013, arXiv:1211.5063, algorithm 1.
  @discardableResult
  public func clipGradients(toNorm limit: Double) -> Double {
    let norm = gradientNorm
    let gradients = engine.store.gradientBuffer
    if norm > limit, let base = gradients.baseAddress {
      let factor = Float(limit / norm)
      Parallel.ranges(gradients.count, grain: elementGrain) { begin, end in
        graft_scale(factor, base, base, begin, end)
      }
    }
    return norm
  }

  /// All parameters and buffers of the network as they are now, in PyTorch's names and layouts.
  public func state() -> StateDict {
    var state = origin.state
    for parameter in changing { state[parameter.name] = engine.store.tensor(parameter) }
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
    let fusion = TrainingPlan.fuse(graph, origin.state, isTrained: isTrained, rates: rates)
    engine.store.load(fusion.state)
    engine.prepare()
    needsPacking = false
  }

  /// Checks that a saved optimiser state belongs to this plan's parameters.
  ///
  /// - Throws: ``NetworkError/optimizerState(parameter:reason:)``.
  public func validate(_ state: OptimizerState) throws(NetworkError) {
    let counts = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.count) })
    for (name, tensor) in state.tensors.entries {
      let parameter = String(name.prefix(upTo: name.lastIndex(of: "/") ?? name.endIndex))
      guard let count = counts[parameter] else {
        throw .optimizerState(parameter: parameter, reason: "it is not trained here")
      }
      guard tensor.count % count == 0 else {
        throw .optimizerState(
          parameter: parameter, reason: "\(tensor.count) values were saved for \(count)")
      }
    }
  }
}
