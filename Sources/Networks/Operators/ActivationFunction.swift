internal import CKernels

/// A function applied to each value by itself.
package enum ActivationFunction: Hashable, Sendable {
  /// `min(max(x, low), high)`: ReLU, ReLU6, clipping, or nothing.
  case clamp(Clamp)
  /// `σ(x) = 1 / (1 + e⁻ˣ)`.
  case sigmoid
  /// `min(max(slope · x + offset, 0), 1)`; the defaults are PyTorch's.
  case hardSigmoid(slope: Float = 1 / 6, offset: Float = 0.5)
  /// `x · σ(x)`, also called swish.
  case silu
  /// `x · min(max(x / 6 + 1/2, 0), 1)`.
  case hardSwish
  /// `x · Φ(x)`, Φ the normal distribution function.
  case gelu
  /// `x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))`, an approximation of ``gelu``.
  case geluTanh
  /// `x · σ(1.702 · x)`, CLIP's approximation of ``gelu``.
  case quickGELU
  /// `tanh x`.
  case tanh
  /// The error function `erf x = 2 Φ(√2 x) − 1`.
  case erf
  /// `x` where x > 0, else `alpha · (eˣ − 1)`.
  case elu(alpha: Float = 1)
  /// `x` where x > 0, else `alpha · (e^(x / alpha) − 1)`, alpha > 0.
  case celu(alpha: Float = 1)
  /// ELU scaled so that mean 0 and variance 1 are a fixed point.
  case selu
  /// `x` where x > 0, else `slope · x`.
  case leakyReLU(slope: Float = 0.01)
  /// `ln(1 + eˣ)`.
  case softplus
  /// `x · tanh(ln(1 + eˣ))`.
  case mish

  /// Nothing.
  package static let none = ActivationFunction.clamp(.none)
  /// `max(x, 0)`.
  package static let relu = ActivationFunction.clamp(.relu)
  /// `min(max(x, 0), 6)`.
  package static let relu6 = ActivationFunction.clamp(.relu6)

  /// False for ``none``.
  package var isActive: Bool { self != .none }

  /// The bounds of a clamping function; infinite for any other.
  package var clamp: Clamp {
    if case .clamp(let clamp) = self { clamp } else { .none }
  }

  /// True for functions whose gradient follows from their output, so that training may compute them
  /// in place in an epilogue.
  package var isClamp: Bool {
    if case .clamp = self { true } else { false }
  }

  /// The kernels' description of this function.
  var kernel: (kind: Int32, a: Float, b: Float) {
    let (kind, a, b): (graft_activation_kind, Float, Float) =
      switch self {
      case .clamp(let clamp): (GRAFT_CLAMP, clamp.low, clamp.high)
      case .sigmoid: (GRAFT_SIGMOID, 0, 0)
      case .hardSigmoid(let slope, let offset): (GRAFT_HARD_SIGMOID, slope, offset)
      case .silu: (GRAFT_SWISH, 1, 0)
      case .hardSwish: (GRAFT_HARD_SWISH, 0, 0)
      case .gelu: (GRAFT_GELU, 0, 0)
      case .geluTanh: (GRAFT_GELU_TANH, 0, 0)
      case .quickGELU: (GRAFT_SWISH, 1.702, 0)
      case .tanh: (GRAFT_TANH, 0, 0)
      case .erf: (GRAFT_ERF, 0, 0)
      case .elu(let alpha): (GRAFT_ELU, alpha, 1)
      case .celu(let alpha): (GRAFT_ELU, alpha, 1 / alpha)
      case .selu: (GRAFT_SELU, 0, 0)
      case .leakyReLU(let slope): (GRAFT_LEAKY_RELU, slope, 0)
      case .softplus: (GRAFT_SOFTPLUS, 0, 0)
      case .mish: (GRAFT_MISH, 0, 0)
      }
    return (Int32(kind.rawValue), a, b)
  }
}

/// The bounds of a clamping activation: ReLU is [0, ∞), ReLU6 is [0, 6].
package struct Clamp: Hashable, Sendable {
  package let low: Float
  package let high: Float

  package init(low: Float, high: Float) {
    precondition(low < high, "Clamp: \(low) is not below \(high)")
    self.low = low
    self.high = high
  }

  /// No activation.
  package static let none = Clamp(low: -.infinity, high: .infinity)
  /// `max(x, 0)`.
  package static let relu = Clamp(low: 0, high: .infinity)
  /// `min(max(x, 0), 6)`.
  package static let relu6 = Clamp(low: 0, high: 6)

  /// False for ``none``.
  package var isActive: Bool { self != .none }
}
