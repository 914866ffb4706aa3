internal import CKernels
internal import Tensors

/// Stochastic gradient descent with momentum, as `torch.optim.SGD`, and LARS, as timm's `Lars`.
///
/// `g ← r (g + λ w)`, `v ← μ v + g`, `w ← w − η (g + μ v)` with Nesterov's look-ahead, else `w − η v`.
/// SGD is LARS with the trust coefficient c = 0, where r = 1. Otherwise, for a parameter with λ ≠ 0,
/// `r = c ‖w‖ / (‖g‖ + λ ‖w‖ + ε)`, or 1 where either norm is 0; so biases and normalisations, which do
/// not decay, are left out, unless ``alwaysAdapts``.
///
/// - Reference: Sutskever et al. 2013, PMLR 28:1139; You, Gitman & Ginsburg 2017, arXiv:1708.03888,
///   algorithm 1.
public struct SGD: Optimizer {
  /// μ, the share of the velocity that stays; 0 for plain gradient descent.
  public var momentum: Double
  /// Whether the gradient is taken where the velocity leads.
  public var nesterov: Bool
  /// λ, coupled: added to the gradient.
  public var weightDecay: Double
  /// Whether biases and normalisation parameters decay too.
  public var decaysNormAndBias: Bool
  /// c; 0 for SGD.
  public var trustCoefficient = 0.0
  /// ε, which keeps the ratio finite.
  public var trustEpsilon = 1e-8
  /// Whether the rate never passes the given one: r is at most 1 and divided by η before (LARC).
  public var clipsTrust = false
  /// Whether parameters that do not decay are adapted too.
  public var alwaysAdapts = false
  /// Steps taken and velocities.
  public var state = OptimizerState()

  /// Stochastic gradient descent at its start.
  public init(
    momentum: Double = 0.9, nesterov: Bool = true, weightDecay: Double = 1e-4,
    decaysNormAndBias: Bool = false
  ) {
    self.momentum = momentum
    self.nesterov = nesterov
    self.weightDecay = weightDecay
    self.decaysNormAndBias = decaysNormAndBias
  }

  /// LARS at its start.
  public static func lars(
    trustCoefficient: Double = 0.001, momentum: Double = 0.9, nesterov: Bool = false,
    weightDecay: Double = 1e-4
  ) -> SGD {
    var result = SGD(momentum: momentum, nesterov: nesterov, weightDecay: weightDecay)
    result.trustCoefficient = trustCoefficient
    return result
  }

  /// The velocity, where there is momentum.
  public var slotCount: Int { momentum == 0 ? 0 : 1 }

  /// Updates one parameter in place.
  public mutating func update(
    _ parameter: TrainableParameter, values: UnsafeMutablePointer<Float>,
    gradients: UnsafePointer<Float>, learningRate: Double, weightDecay: Double
  ) {
    let count = parameter.count
    let trust = trustRatio(
      values, gradients, count, learningRate: learningRate, weightDecay: weightDecay)
    let (rate, momentum) = (Float(learningRate), Float(self.momentum))
    let (scale, decay) = (Float(trust), Float(trust * weightDecay))
    let nesterov: Int32 = self.nesterov ? 1 : 0
    guard momentum != 0 else {
      Parallel.ranges(count, grain: elementGrain) { begin, end in
        graft_sgd(values, gradients, nil, rate, 0, decay, 0, scale, begin, end)
      }
      return
    }
    state.tensors.update(parameter.name, count: count) { velocity in
      Parallel.ranges(count, grain: elementGrain) { begin, end in
        graft_sgd(values, gradients, velocity, rate, momentum, decay, nesterov, scale, begin, end)
      }
    }
  }

  /// r.
  private func trustRatio(
    _ values: UnsafePointer<Float>, _ gradients: UnsafePointer<Float>, _ count: Int,
    learningRate: Double, weightDecay: Double
  ) -> Double {
    guard trustCoefficient != 0, weightDecay != 0 || alwaysAdapts else { return 1 }
    let weightNorm = graft_dot(values, values, 0, count).squareRoot()
    let gradientNorm = graft_dot(gradients, gradients, 0, count).squareRoot()
    var ratio = 1.0
    if weightNorm > 0, gradientNorm > 0 {
      ratio =
        trustCoefficient * weightNorm / (gradientNorm + weightDecay * weightNorm + trustEpsilon)
    }
    return clipsTrust ? min(ratio / learningRate, 1) : ratio
  }
}
