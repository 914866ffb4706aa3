internal import CKernels
internal import Tensors

/// A function of each value: `y = f(x)`.
///
/// The gradient of a clamp is 0 at both bounds, as in PyTorch. Any shape.
package struct Activation: Operator {
  package static let kind = "activation"
  package let function: ActivationFunction

  package init(_ function: ActivationFunction) { self.function = function }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    inputs[0]
  }
}

extension Activation {
  package var inputsOutputMayReplace: [Int] { [0] }
  package var inputsGradientMayReplace: [Int] { [0] }

  package func backwardReads(at site: Site) -> BackwardReads { BackwardReads(output: true) }

  package func forward(_ run: borrowing Run) {
    let (x, y, clamp) = (run.inputs[0], run.output, function.clamp)
    Parallel.ranges(run.outputCount, grain: elementGrain) { begin, end in
      graft_clamp(x, clamp.low, clamp.high, y, begin, end)
    }
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let (y, dy, clamp) = (run.output, run.givenGradient, function.clamp)
    Parallel.ranges(run.outputCount, grain: elementGrain) { begin, end in
      graft_clamp_backward(
        y, dy, clamp.low, clamp.high, gradient.values, gradient.accumulates ? 1 : 0, begin, end)
    }
  }
}
