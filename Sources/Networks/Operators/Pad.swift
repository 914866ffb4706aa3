internal import CKernels
internal import Tensors

/// A sample with places of one value before and behind those of its axes.
///
/// Axis i of the output has `before[i] + length + after[i]` places.
///
/// - Reference: ONNX's Pad (opset 13) in mode `constant`, without the batch and without negative pads.
package struct Pad: Operator {
  package static let kind = "pad"
  package let before: [Int]
  package let after: [Int]
  package let value: Float

  package init(before: [Int], after: [Int], value: Float = 0) {
    precondition(
      before.count == after.count && (before + after).allSatisfy { $0 >= 0 },
      "Pad: \(before) before and \(after) behind")
    self.before = before
    self.after = after
    self.value = value
  }

  /// Pixels around a map.
  package init(top: Int, left: Int, bottom: Int, right: Int, value: Float = 0) {
    self.init(before: [top, left, 0], after: [bottom, right, 0], value: value)
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    let input = inputs[0].dimensions
    guard input.count == before.count else { throw ShapeMismatch("it needs \(before.count) axes") }
    return try SampleShape.checked(input.indices.map { before[$0] + input[$0] + after[$0] })
  }
}

extension Pad {
  package func forward(_ run: borrowing Run) {
    let y = run.output
    Parallel.ranges(run.outputCount, grain: elementGrain) { begin, end in
      graft_fill(value, y, begin, end)
    }
    let (input, output) = (run.site.inputs[0], run.site.output)
    let (axes, offset) = walk(from: input, to: output, batch: run.batch, run.site)
    axes.move(run.inputs[0], to: y + offset, count: run.batch * input.count)
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let (input, output) = (run.site.inputs[0], run.site.output)
    let (axes, offset) = walk(from: output, to: input, batch: run.batch, run.site)
    axes.move(
      run.givenGradient + offset, to: gradient.values, accumulates: gradient.accumulates,
      count: run.batch * input.count)
  }

  /// The input's axes with the strides of both shapes, and where in the output they begin.
  private func walk(
    from source: SampleShape, to target: SampleShape, batch: Int, _ site: Site
  ) -> (graft_axes, Int) {
    var axes = graft_axes()
    var offset = 0
    graft_axes_append(&axes, batch, source.count, 0, 0, target.count)
    for axis in before.indices {
      offset += before[axis] * site.output.inner(axis)
      graft_axes_append(
        &axes, site.inputs[0].dimensions[axis], source.inner(axis), 0, 0, target.inner(axis))
    }
    return (axes, offset)
  }
}
