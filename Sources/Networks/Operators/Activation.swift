internal import CKernels
internal import Tensors

/// A function of each value: `y = f(x)`.
///
/// The gradient of a clamp follows from the output and is 0 at both bounds, as in PyTorch; that of
/// any other function follows from the input, which a training plan then keeps. Any shape.
package struct Activation: Operator {
  package static let kind = "activation"
  package let function: ActivationFunction
  /// Whether its reader has multiplied the output's gradient by f′ already; see ``Linear/slope``.
  package let passesGradient: Bool

  package init(_ function: ActivationFunction, passesGradient: Bool = false) {
    self.function = function
    self.passesGradient = passesGradient
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    inputs[0]
  }
}

extension Activation {
  package var inputsOutputMayReplace: [Int] { [0] }
  package var inputsGradientMayReplace: [Int] { [0] }

  package func backwardReads(at site: Site) -> BackwardReads {
    guard !passesGradient else { return BackwardReads() }
    return BackwardReads(inputs: !function.isClamp, output: function.isClamp)
  }

  package func forward(_ run: borrowing Run) {
    let (x, y, (kind, a, b)) = (run.inputs[0], run.output, function.kernel)
    Parallel.ranges(run.outputCount, grain: elementGrain) { begin, end in
      graft_activate(kind, a, b, x, y, begin, end)
    }
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let (x, y, dy, clamp) = (run.inputs[0], run.output, run.givenGradient, function.clamp)
    let (dx, accumulate) = (gradient.values, gradient.accumulates ? 1 as Int32 : 0)
    if passesGradient {
      // In a plan both are the same memory, unless another reader of x has written its share before.
      guard dx != dy else { return }
      let (rows, channels) = (run.outputRows, run.site.output.channels)
      Parallel.ranges(rows, grain: rowGrain(channels)) { begin, end in
        graft_copy_rows(channels, dy, channels, dx, channels, accumulate, begin, end)
      }
    } else if function.isClamp {
      Parallel.ranges(run.outputCount, grain: elementGrain) { begin, end in
        graft_clamp_backward(y, dy, clamp.low, clamp.high, dx, accumulate, begin, end)
      }
    } else {
      let (kind, a, b) = function.kernel
      Parallel.ranges(run.outputCount, grain: elementGrain) { begin, end in
        graft_activate_backward(kind, a, b, x, dy, dx, accumulate, begin, end)
      }
    }
  }
}
