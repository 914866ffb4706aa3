internal import CKernels
internal import Tensors

/// Channels become tokens and tokens channels: `[T, C]` to `[C, T]`.
package struct Transposition: Operator {
  package static let kind = "transposition"

  package init() {}

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    guard inputs[0].dimensions.count == 2 else { throw ShapeMismatch("it needs a matrix") }
    return SampleShape(tokens: inputs[0].channels, channels: inputs[0].width)
  }
}

extension Transposition {
  package func memory(at site: Site) -> OperatorMemory {
    OperatorMemory(
      backwardScratch: site.wantsInputGradients[0] ? site.batchSize * site.output.count : 0)
  }

  package func forward(_ run: borrowing Run) {
    let (x, y, input) = (run.inputs[0], run.output, run.site.inputs[0])
    Parallel.ranges(run.batch) { begin, end in
      graft_transpose(input.width, input.channels, x, y, begin, end)
    }
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let (dy, scratch, output) = (run.givenGradient, run.backwardScratch, run.site.output)
    let target = gradient.accumulates ? scratch : gradient.values
    Parallel.ranges(run.batch) { begin, end in
      graft_transpose(output.width, output.channels, dy, target, begin, end)
      if gradient.accumulates {
        graft_axpy(1, scratch, gradient.values, begin * output.count, end * output.count)
      }
    }
  }
}
