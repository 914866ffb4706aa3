internal import CKernels
internal import Tensors

/// Activations that are alike in all other axes, one after another along an axis, by default side by side
/// in the channels: `y = [x₀ | x₁ | …]`.
///
/// - Reference: ONNX's Concat (opset 13), without the batch.
package struct Concatenation: Operator {
  package static let kind = "concatenation"
  /// The axis of a sample, counted from the last where negative.
  package let axis: Int

  package init(axis: Int = -1) { self.axis = axis }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    let place = try inputs[0].place(ofAxis: axis)
    var result = inputs[0].dimensions
    result[place] = 0
    for input in inputs {
      guard input.dimensions.count == result.count,
        input.dimensions.indices.allSatisfy({
          $0 == place || input.dimensions[$0] == result[$0]
        })
      else { throw ShapeMismatch("they differ in other axes than \(axis)") }
      result[place] += input.dimensions[place]
    }
    return SampleShape(axes: result)
  }
}

extension Concatenation {
  package func forward(_ run: borrowing Run) {
    var offset = 0
    let (place, rows, stride) = extent(run)
    for (index, shape) in run.site.inputs.enumerated() {
      let (x, y) = (run.inputs[index], run.output + offset)
      let count = shape.dimensions[place] * shape.inner(place)
      Parallel.ranges(rows, grain: rowGrain(count)) { begin, end in
        graft_copy_rows(count, x, count, y, stride, 0, begin, end)
      }
      offset += count
    }
  }

  package func backward(_ run: borrowing Run) {
    let (place, rows, stride) = extent(run)
    var offset = stride
    // Last input first: the order in which a plan counts several readers of one activation.
    for (index, shape) in run.site.inputs.enumerated().reversed() {
      let count = shape.dimensions[place] * shape.inner(place)
      offset -= count
      guard let gradient = run.inputGradient(index) else { continue }
      let dy = run.givenGradient + offset
      Parallel.ranges(rows, grain: rowGrain(count)) { begin, end in
        graft_copy_rows(
          count, dy, stride, gradient.values, count, gradient.accumulates ? 1 : 0, begin, end)
      }
    }
  }

  /// The axis, the number of stretches that each input contributes, and floats from one to the next.
  private func extent(_ run: borrowing Run) -> (place: Int, rows: Int, stride: Int) {
    let output = run.site.output
    let place = axis < 0 ? axis + output.dimensions.count : axis
    return (
      place, run.batch * output.outer(place), output.dimensions[place] * output.inner(place)
    )
  }
}
