internal import CKernels
internal import Tensors

/// An array that is the same for every sample, such as a class token: no input, the output is the
/// parameter.
///
/// Its gradient is the sum over the batch.
package struct LearntArray: Operator {
  package static let kind = "learnt-array"
  package let name: String
  package let shape: SampleShape

  package init(_ name: String, shape: [Int]) {
    self.name = name
    self.shape = SampleShape(axes: shape)
  }

  package var parameters: [ParameterSpecification] {
    [
      ParameterSpecification(
        name: name, shape: shape.dimensions, role: .embedding,
        initialization: .normal(standardDeviation: 0.02))
    ]
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape { shape }
}

extension LearntArray {
  package func forward(_ run: borrowing Run) {
    let (values, y, count) = (run.parameters[0], run.output, run.site.output.count)
    Parallel.ranges(run.batch, grain: rowGrain(count)) { begin, end in
      for sample in begin..<end { (y + sample * count).update(from: values, count: count) }
    }
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.parameterGradient(0) else { return }
    let (dy, batch, count) = (run.givenGradient, run.batch, run.site.output.count)
    Parallel.ranges(count, grain: elementGrain) { begin, end in
      gradient.advanced(by: begin).update(from: dy + begin, count: end - begin)
      for sample in 1..<max(batch, 1) {
        graft_axpy(1, dy + sample * count, gradient, begin, end)
      }
    }
  }
}
