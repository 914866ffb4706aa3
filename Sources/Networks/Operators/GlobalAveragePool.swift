/// The mean over all pixels of each channel: `[H, W, C]` to the vector `[C]`.
package struct GlobalAveragePool: Operator {
  package static let kind = "global-average-pool"

  package init() {}

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    SampleShape(vector: inputs[0].channels)
  }
}
