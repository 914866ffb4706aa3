internal import CKernels

/// The axes of a sample in another order: axis i of the output is axis `order[i]` of the input.
///
/// By default the channels of a sequence become tokens and tokens channels, `[T, C]` to `[C, T]`.
///
/// - Reference: ONNX's Transpose (opset 13), without the batch.
package struct Transposition: Operator {
  package static let kind = "transposition"
  package let order: [Int]

  package init(_ order: [Int] = [1, 0]) {
    precondition(
      order.sorted() == Array(order.indices), "Transposition: \(order) is no order of axes")
    self.order = order
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    guard inputs[0].dimensions.count == order.count else {
      throw ShapeMismatch("it needs \(order.count) axes")
    }
    return try SampleShape.checked(order.map { inputs[0].dimensions[$0] })
  }
}

extension Transposition {
  package func forward(_ run: borrowing Run) {
    let (input, output) = (run.site.inputs[0], run.site.output)
    var axes = graft_axes()
    graft_axes_append(&axes, run.batch, input.count, 0, 0, output.count)
    for (i, axis) in order.enumerated() {
      graft_axes_append(
        &axes, output.dimensions[i], input.inner(axis), 0, 0, output.inner(i))
    }
    axes.move(run.inputs[0], to: run.output, count: run.outputCount)
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let (input, output) = (run.site.inputs[0], run.site.output)
    var axes = graft_axes()
    graft_axes_append(&axes, run.batch, output.count, 0, 0, input.count)
    for axis in order.indices {
      guard let i = order.firstIndex(of: axis) else { continue }
      graft_axes_append(
        &axes, input.dimensions[axis], output.inner(i), 0, 0, input.inner(axis))
    }
    axes.move(
      run.givenGradient, to: gradient.values, accumulates: gradient.accumulates,
      count: run.outputCount)
  }
}
