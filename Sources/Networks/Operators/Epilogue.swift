/// What follows the sum of a convolution or normalisation in the same pass over memory:
/// `y = clamp(x + residual, low, high)`.
package struct Epilogue: Hashable, Sendable {
  /// Whether a second input is added.
  package var addsResidual = false
  /// The bounds of the activation; infinite without one.
  package var clamp = Clamp.none

  package init(addsResidual: Bool = false, clamp: Clamp = .none) {
    self.addsResidual = addsResidual
    self.clamp = clamp
  }

  /// Nothing follows.
  package static let none = Epilogue()
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
