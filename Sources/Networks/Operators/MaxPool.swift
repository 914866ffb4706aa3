/// The largest value of each window and channel; padding never wins.
///
/// Input `[H, W, C]`, output `[H', W', C]`. The gradient goes to the first of equal values in
/// row-major order, as in PyTorch.
package struct MaxPool: Operator {
  package static let kind = "max-pool"
  package let window: Window

  package init(_ window: Window) { self.window = window }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    try window.output(of: inputs, channels: inputs[0].channels)
  }
}
