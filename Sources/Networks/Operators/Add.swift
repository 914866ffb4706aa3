/// The sum of two activations of one shape, with activation: `y = clamp(a + b)`.
package struct Add: Operator {
  package static let kind = "add"
  package let clamp: Clamp

  package init(clamp: Clamp = .none) { self.clamp = clamp }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    guard inputs[0] == inputs[1] else { throw ShapeMismatch("the two shapes differ") }
    return inputs[0]
  }
}
