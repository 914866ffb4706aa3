internal import CKernels
internal import Tensors

/// The channels of each pixel, token or sample divided by their length: `y = x / max(‖x‖₂, ε)`.
///
/// Any shape. Where the length is below ε the gradient is `dy / ε`, as in PyTorch's `normalize`.
package struct L2Normalization: Operator {
  package static let kind = "l2-normalization"
  package let epsilon: Float

  package init(epsilon: Float = 1e-12) { self.epsilon = epsilon }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    inputs[0]
  }
}

extension L2Normalization {
  package var inputsOutputMayReplace: [Int] { [0] }
  package var inputsGradientMayReplace: [Int] { [0] }

  package func memory(at site: Site) -> OperatorMemory {
    OperatorMemory(saved: site.mode == .evaluation ? 0 : site.batchSize * site.output.pixels)
  }

  package func backwardReads(at site: Site) -> BackwardReads { BackwardReads(output: true) }

  package func forward(_ run: borrowing Run) {
    let (x, y, channels) = (run.inputs[0], run.output, run.site.output.channels)
    let norms = run.site.mode == .evaluation ? nil : run.saved
    Parallel.ranges(run.outputRows, grain: rowGrain(channels)) { begin, end in
      graft_l2_normalise(channels, epsilon, x, y, norms, begin, end)
    }
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let (y, dy, norms) = (run.output, run.givenGradient, run.saved)
    let channels = run.site.output.channels
    Parallel.ranges(run.outputRows, grain: rowGrain(channels)) { begin, end in
      graft_l2_normalise_backward(
        channels, epsilon, y, norms, dy, gradient.values, gradient.accumulates ? 1 : 0, begin, end)
    }
  }
}
