internal import CKernels
internal import Tensors

/// The mean of two activations of one shape: `y = (a + b) / 2`.
package struct Average: Operator {
  package static let kind = "average"

  package init() {}

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    guard inputs[0] == inputs[1] else { throw ShapeMismatch("the two shapes differ") }
    return inputs[0]
  }
}

extension Average {
  package var inputsOutputMayReplace: [Int] { [0, 1] }
  package var inputsGradientMayReplace: [Int] { [0] }

  package func forward(_ run: borrowing Run) {
    let (a, b, y) = (run.inputs[0], run.inputs[1], run.output)
    Parallel.ranges(run.outputCount, grain: elementGrain) { begin, end in
      graft_add(a, b, -.infinity, .infinity, y, begin, end)
      graft_scale(0.5, y, y, begin, end)
    }
  }

  package func backward(_ run: borrowing Run) {
    let dy = run.givenGradient
    // The second first: the first may take over the memory of dy.
    for index in [1, 0] {
      guard let gradient = run.inputGradient(index) else { continue }
      Parallel.ranges(run.outputCount, grain: elementGrain) { begin, end in
        if gradient.accumulates {
          graft_axpy(0.5, dy, gradient.values, begin, end)
        } else {
          graft_scale(0.5, dy, gradient.values, begin, end)
        }
      }
    }
  }
}
