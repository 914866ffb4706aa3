/// A clamping activation: `y = min(max(x, low), high)`, ReLU or ReLU6.
///
/// The gradient is 0 at both bounds, as in PyTorch. Any shape.
package struct Activation: Operator {
  package static let kind = "activation"
  package let clamp: Clamp

  package init(_ clamp: Clamp) { self.clamp = clamp }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    inputs[0]
  }
}
