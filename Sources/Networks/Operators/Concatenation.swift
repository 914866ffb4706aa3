/// Activations of one height and width side by side in the channels: `y = [x₀ | x₁ | …]`.
package struct Concatenation: Operator {
  package static let kind = "concatenation"

  package init() {}

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    guard inputs.allSatisfy({ $0.height == inputs[0].height && $0.width == inputs[0].width }) else {
      throw ShapeMismatch("the maps differ in size")
    }
    return SampleShape(
      height: inputs[0].height, width: inputs[0].width,
      channels: inputs.reduce(0) { $0 + $1.channels })
  }
}
