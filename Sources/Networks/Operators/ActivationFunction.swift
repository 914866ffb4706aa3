/// A function applied to each value by itself.
package enum ActivationFunction: Hashable, Sendable {
  /// `min(max(x, low), high)`: ReLU, ReLU6, clipping, or nothing.
  case clamp(Clamp)

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
