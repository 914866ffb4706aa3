internal import CKernels
internal import Tensors

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
