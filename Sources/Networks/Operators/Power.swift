internal import CKernels
internal import Tensors

/// Each value to the power of a constant, `y = xᵉ`.
///
/// Any shape. The exponents ±1, 2, 3 and ±1/2 take multiplications, a division or a square root,
/// others the C library's `pow`. Negative values have no power with a broken exponent: NaN.
///
/// - Reference: ONNX's Pow with a scalar exponent (opset 15), Sqrt and Reciprocal (opset 13).
package struct Power: Operator {
  package static let kind = "power"
  package let exponent: Float

  package init(_ exponent: Float) { self.exponent = exponent }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    inputs[0]
  }
}

extension Power {
  package var inputsOutputMayReplace: [Int] { [0] }
  package var inputsGradientMayReplace: [Int] { [0] }

  package func backwardReads(at site: Site) -> BackwardReads { BackwardReads(inputs: true) }

  package func forward(_ run: borrowing Run) {
    let (x, y) = (run.inputs[0], run.output)
    Parallel.ranges(run.outputCount, grain: elementGrain) { begin, end in
      graft_power(exponent, x, y, begin, end)
    }
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let (x, dy) = (run.inputs[0], run.givenGradient)
    Parallel.ranges(run.outputCount, grain: elementGrain) { begin, end in
      graft_power_backward(
        exponent, x, dy, gradient.values, gradient.accumulates ? 1 : 0, begin, end)
    }
  }
}
