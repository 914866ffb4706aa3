internal import CKernels
internal import Tensors

/// Activations that are alike in all other axes, side by side in the channels: `y = [x₀ | x₁ | …]`.
package struct Concatenation: Operator {
  package static let kind = "concatenation"

  package init() {}

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    guard inputs.allSatisfy({ $0.with(channels: 1) == inputs[0].with(channels: 1) }) else {
      throw ShapeMismatch("they differ in other axes than the channels")
    }
    return inputs[0].with(channels: inputs.reduce(0) { $0 + $1.channels })
  }
}

extension Concatenation {
  package func forward(_ run: borrowing Run) {
    var offset = 0
    let channels = run.site.output.channels
    for (index, shape) in run.site.inputs.enumerated() {
      let (x, y) = (run.inputs[index], run.output + offset)
      Parallel.ranges(run.outputRows, grain: rowGrain(shape.channels)) { begin, end in
        graft_copy_rows(shape.channels, x, shape.channels, y, channels, 0, begin, end)
      }
      offset += shape.channels
    }
  }

  package func backward(_ run: borrowing Run) {
    let channels = run.site.output.channels
    var offset = channels
    // Last input first: the order in which a plan counts several readers of one activation.
    for (index, shape) in run.site.inputs.enumerated().reversed() {
      offset -= shape.channels
      guard let gradient = run.inputGradient(index) else { continue }
      let dy = run.givenGradient + offset
      Parallel.ranges(run.outputRows, grain: rowGrain(shape.channels)) { begin, end in
        graft_copy_rows(
          shape.channels, dy, channels, gradient.values, shape.channels,
          gradient.accumulates ? 1 : 0, begin, end)
      }
    }
  }
}
