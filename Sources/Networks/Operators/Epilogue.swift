/// What follows the sum of a product or normalisation in the same pass over memory:
/// `y = activation(x + residual)`.
package struct Epilogue: Hashable, Sendable {
  /// Whether a further input, the last, is added.
  package var addsResidual = false
  /// What is applied at the end.
  package var activation = ActivationFunction.none

  package init(addsResidual: Bool = false, activation: ActivationFunction = .none) {
    self.addsResidual = addsResidual
    self.activation = activation
  }

  /// Nothing follows.
  package static let none = Epilogue()

  /// The check that a residual, the second input, is of the output's shape.
  package func checkResidual(
    _ inputs: [SampleShape], output: SampleShape
  ) throws(ShapeMismatch) {
    guard !addsResidual || inputs[1] == output else {
      throw ShapeMismatch("the residual must have shape \(output)")
    }
  }

  /// The bounds of a clamping activation; infinite for any other.
  package var clamp: Clamp { activation.clamp }
}

/// An operator that can do the work of an addition or activation behind it.
package protocol EpilogueOperator: Operator {
  /// Whether it can do the work of an activation behind it, besides that of its epilogue.
  ///
  /// A gradient needs the input of a function that is not a clamp, which an epilogue overwrites: by
  /// default training (`isEvaluated` false) fuses clamps only.
  func canActivate(_ activation: ActivationFunction, isEvaluated: Bool) -> Bool
  /// What it does besides its own work.
  var epilogue: Epilogue { get set }
}

extension EpilogueOperator {
  package func canActivate(_ activation: ActivationFunction, isEvaluated: Bool) -> Bool {
    activation.isClamp || isEvaluated
  }

  /// The same operator with another epilogue.
  package func with(_ epilogue: Epilogue) -> Self {
    var result = self
    result.epilogue = epilogue
    return result
  }
}

/// A product with a weight per output channel, which can take over what scales and shifts its output.
package protocol ChannelScalable: EpilogueOperator {
  /// The name that its parameters begin with.
  var name: String { get }
  /// Whether it adds a bias.
  var hasBias: Bool { get }
  /// The same operator with a bias.
  func withBias() -> Self
}
