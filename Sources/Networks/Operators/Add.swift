internal import CKernels
internal import Tensors

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

extension Add {
  package var inputsOutputMayReplace: [Int] { [0, 1] }
  package var inputsGradientMayReplace: [Int] { [0] }

  package func backwardReads(at site: Site) -> BackwardReads {
    BackwardReads(output: clamp.isActive)
  }

  package func forward(_ run: borrowing Run) {
    let (a, b, y) = (run.inputs[0], run.inputs[1], run.output)
    Parallel.ranges(run.outputCount, grain: elementGrain) { begin, end in
      graft_add(a, b, clamp.low, clamp.high, y, begin, end)
    }
  }

  package func backward(_ run: borrowing Run) {
    let (y, dy) = (run.output, run.givenGradient)
    // The second first: the first may take over the memory of dy.
    for index in [1, 0] {
      guard let gradient = run.inputGradient(index) else { continue }
      Parallel.ranges(run.outputCount, grain: elementGrain) { begin, end in
        graft_clamp_backward(
          y, dy, clamp.low, clamp.high, gradient.values, gradient.accumulates ? 1 : 0, begin, end)
      }
    }
  }
}
