internal import CKernels
internal import Tensors

/// Adam with decoupled weight decay, as `torch.optim.AdamW`.
///
/// `w ← w − η λ w`, `m ← β₁ m + (1 − β₁) g`, `v ← β₂ v + (1 − β₂) g²`,
/// `w ← w − η · m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)`.
///
/// - Reference: Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2.
public struct AdamW: Optimizer {
  /// β₁, the share of the mean gradient that stays.
  public var beta1: Double
  /// β₂, the share of the mean squared gradient that stays.
  public var beta2: Double
  /// ε, which bounds the step where gradients vanish.
  public var epsilon: Double
  /// λ, decoupled from the gradient.
  public var weightDecay: Double
  /// Whether biases and normalisation parameters decay too.
  public var decaysNormAndBias: Bool
  /// Steps taken and moments, `NAME/moments`: all m, then all v.
  public var state = OptimizerState()

  /// An optimiser at its start.
  public init(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0.01,
    decaysNormAndBias: Bool = false
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.decaysNormAndBias = decaysNormAndBias
  }

  /// Counts the step.
  public mutating func beginStep() { state.stepCount += 1 }

  /// Updates one parameter in place.
  ///
  /// - Precondition: ``beginStep()`` has been called.
  public mutating func update(
    _ parameter: TrainableParameter, values: UnsafeMutablePointer<Float>,
    gradients: UnsafePointer<Float>, learningRate: Double
  ) {
    precondition(state.stepCount > 0, "AdamW: beginStep comes before update")
    let decays = decaysNormAndBias || parameter.role == .weight
    let (rate, decay) = (Float(learningRate), decays ? Float(weightDecay) : 0)
    let (beta1, beta2, epsilon) = (Float(self.beta1), Float(self.beta2), Float(self.epsilon))
    let step = Int64(state.stepCount)
    let count = parameter.count
    state.tensors.update("\(parameter.name)/moments", count: 2 * count) { moments in
      Parallel.ranges(count, grain: elementGrain) { begin, end in
        graft_adamw(
          values, gradients, moments, moments + count, rate, beta1, beta2, epsilon, decay, step, 1,
          begin, end)
      }
    }
  }
}
