/// The pixels of a map as a sequence: `[H, W, C]` to `[H·W, C]`, the same memory.
package struct Tokens: View {
  package static let kind = "tokens"

  package init() {}

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    SampleShape(tokens: inputs[0].pixels, channels: inputs[0].channels)
  }
}
