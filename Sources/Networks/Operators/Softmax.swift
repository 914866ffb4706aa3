internal import CKernels
internal import Tensors

/// Shares that sum to 1 over one axis of a sample, `y = exp(x) / Σ exp(x)`, or their logarithm.
///
/// Any shape. The largest value is subtracted first, so no exponential overflows.
///
/// - Reference: ONNX's Softmax and LogSoftmax (opset 13).
package struct Softmax: Operator {
  package static let kind = "softmax"
  /// The axis of a sample, counted from the last where negative.
  package let axis: Int
  package let isLogarithm: Bool

  package init(axis: Int = -1, isLogarithm: Bool = false) {
    self.axis = axis
    self.isLogarithm = isLogarithm
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    _ = try inputs[0].place(ofAxis: axis)
    return inputs[0]
  }
}

extension Softmax {
  package var inputsOutputMayReplace: [Int] { [0] }
  package var inputsGradientMayReplace: [Int] { [0] }

  package func backwardReads(at site: Site) -> BackwardReads { BackwardReads(output: true) }

  package func forward(_ run: borrowing Run) {
    let (count, inner, units) = extent(run)
    let (x, y, logarithm) = (run.inputs[0], run.output, isLogarithm ? 1 as Int32 : 0)
    Parallel.ranges(units, grain: rowGrain(count * min(inner, 16))) { begin, end in
      graft_softmax_axis(count, inner, logarithm, x, y, begin, end)
    }
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let (count, inner, units) = extent(run)
    let (y, dy, logarithm) = (run.output, run.givenGradient, isLogarithm ? 1 as Int32 : 0)
    Parallel.ranges(units, grain: rowGrain(count * min(inner, 16))) { begin, end in
      graft_softmax_axis_backward(
        count, inner, logarithm, y, dy, gradient.values, gradient.accumulates ? 1 : 0, begin, end)
    }
  }

  /// Places of the axis, floats inside it, and units of work.
  private func extent(_ run: borrowing Run) -> (count: Int, inner: Int, units: Int) {
    let shape = run.site.output
    let place = axis < 0 ? axis + shape.dimensions.count : axis
    let inner = shape.inner(place)
    return (
      shape.dimensions[place], inner,
      graft_softmax_axis_units(run.batch * shape.outer(place), inner)
    )
  }
}
