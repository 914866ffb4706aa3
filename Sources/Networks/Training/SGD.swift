internal import CKernels
internal import Tensors

/// Stochastic gradient descent with momentum, as `torch.optim.SGD`.
///
/// `g ← g + λ w`, `v ← μ v + g`, `w ← w − η (g + μ v)` with Nesterov's look-ahead, else `w − η v`.
///
/// - Reference: Sutskever et al. 2013, PMLR 28:1139, in the form of `torch.optim.SGD`.
public struct SGD: Optimizer {
  /// μ, the share of the velocity that stays; 0 for plain gradient descent.
  public var momentum: Double
  /// Whether the gradient is taken where the velocity leads.
  public var nesterov: Bool
  /// λ, coupled: added to the gradient.
  public var weightDecay: Double
  /// Whether biases and normalisation parameters decay too.
  public var decaysNormAndBias: Bool
  /// Steps taken and velocities, `NAME/momentum`.
  public var state = OptimizerState()

  /// An optimiser at its start.
  public init(
    momentum: Double = 0.9, nesterov: Bool = true, weightDecay: Double = 1e-4,
    decaysNormAndBias: Bool = false
  ) {
    self.momentum = momentum
    self.nesterov = nesterov
    self.weightDecay = weightDecay
    self.decaysNormAndBias = decaysNormAndBias
  }

  /// Counts the step.
  public mutating func beginStep() { state.stepCount += 1 }

  /// Updates one parameter in place.
  public mutating func update(
    _ parameter: TrainableParameter, values: UnsafeMutablePointer<Float>,
    gradients: UnsafePointer<Float>, learningRate: Double
  ) {
    let decays = decaysNormAndBias || parameter.role == .weight
    let (rate, momentum, decay) = (
      Float(learningRate), Float(self.momentum), decays ? Float(weightDecay) : 0
    )
    let nesterov: Int32 = self.nesterov ? 1 : 0
    guard momentum != 0 else {
      Parallel.ranges(parameter.count, grain: elementGrain) { begin, end in
        graft_sgd(values, gradients, nil, rate, 0, decay, 0, 1, begin, end)
      }
      return
    }
    state.tensors.update("\(parameter.name)/momentum", count: parameter.count) { velocity in
      Parallel.ranges(parameter.count, grain: elementGrain) { begin, end in
        graft_sgd(values, gradients, velocity, rate, momentum, decay, nesterov, 1, begin, end)
      }
    }
  }
}
