internal import CKernels
internal import Tensors

/// Adam, as `torch.optim.Adam`, and with decoupled weight decay, as `torch.optim.AdamW`.
///
/// Adam: `g ← g + λ w`. AdamW: `w ← w − η λ w`. Then `m ← β₁ m + (1 − β₁) g`,
/// `v ← β₂ v + (1 − β₂) g²`, `w ← w − η · m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)`.
///
/// - Reference: Kingma & Ba 2015, arXiv:1412.6980, algorithm 1; Loshchilov & Hutter 2019,
///   arXiv:1711.05101, algorithm 2.
public struct Adam: Optimizer {
  /// β₁, the share of the mean gradient that stays.
  public var beta1: Double
  /// β₂, the share of the mean squared gradient that stays.
  public var beta2: Double
  /// ε, which bounds the step where gradients vanish.
  public var epsilon: Double
  /// λ.
  public var weightDecay: Double
  /// Whether the decay acts on the parameter itself (AdamW) and not on its gradient.
  public var decouplesDecay: Bool
  /// Whether biases and normalisation parameters decay too.
  public var decaysNormAndBias: Bool
  /// Steps taken and moments: all m of a parameter, then all v.
  public var state = OptimizerState()

  /// Adam at its start.
  public init(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0,
    decouplesDecay: Bool = false, decaysNormAndBias: Bool = false
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.decouplesDecay = decouplesDecay
    self.decaysNormAndBias = decaysNormAndBias
  }

  /// AdamW at its start.
  public static func decoupled(
    beta1: Double = 0.9, beta2: Double = 0.999, weightDecay: Double = 0.01,
    decaysNormAndBias: Bool = false
  ) -> Adam {
    Adam(
      beta1: beta1, beta2: beta2, weightDecay: weightDecay, decouplesDecay: true,
      decaysNormAndBias: decaysNormAndBias)
  }

  /// Two moments.
  public var slotCount: Int { 2 }

  /// Updates one parameter in place.
  public mutating func update(
    _ parameter: TrainableParameter, values: UnsafeMutablePointer<Float>,
    gradients: UnsafePointer<Float>, learningRate: Double, weightDecay: Double
  ) {
    precondition(state.stepCount > 0, "Adam: the step is counted before its updates")
    let (rate, decay) = (Float(learningRate), Float(weightDecay))
    let (beta1, beta2, epsilon) = (Float(self.beta1), Float(self.beta2), Float(self.epsilon))
    let (step, decoupled) = (Int64(state.stepCount), decouplesDecay ? 1 as Int32 : 0)
    let count = parameter.count
    state.tensors.update(parameter.name, count: 2 * count) { moments in
      Parallel.ranges(count, grain: elementGrain) { begin, end in
        graft_adam(
          values, gradients, moments, moments + count, rate, beta1, beta2, epsilon, decay,
          decoupled, step, 1, begin, end)
      }
    }
  }
}
