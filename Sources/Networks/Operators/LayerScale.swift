internal import CKernels
internal import Tensors

/// A learnt factor per channel: `y = γ · x`, which starts residual branches near zero.
///
/// Any shape with C channels; γ is `[C]`.
///
/// - Reference: Touvron et al. 2021, arXiv:2103.17239, eq. 4.
package struct LayerScale: Operator {
  package static let kind = "layer-scale"
  /// The name of γ in the state dict, such as `blocks.0.ls1.gamma`.
  package let name: String
  package let channels: Int
  /// The value that a fresh γ has.
  package let initialScale: Double

  package init(_ name: String, channels: Int, initialScale: Double = 1e-6) {
    self.name = name
    self.channels = channels
    self.initialScale = initialScale
  }

  package var parameters: [ParameterSpecification] {
    [
      ParameterSpecification(
        name: name, shape: [channels], role: .normScale, initialization: .constant(initialScale))
    ]
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    try inputs[0].mustHave(channels: channels)
    return inputs[0]
  }
}

extension LayerScale {
  package var inputsOutputMayReplace: [Int] { [0] }
  package var inputsGradientMayReplace: [Int] { [0] }

  package func memory(at site: Site) -> OperatorMemory {
    guard site.wantsParameterGradients[0] else { return OperatorMemory() }
    let sums = ChannelSums.scratch(rows: site.batchSize * site.output.pixels, channels: channels)
    return OperatorMemory(backwardScratch: alignedCount(sums) + 2 * alignedCount(channels))
  }

  package func backwardReads(at site: Site) -> BackwardReads {
    BackwardReads(inputs: site.wantsParameterGradients[0])
  }

  package func forward(_ run: borrowing Run) {
    let (x, y, scale, channels) = (run.inputs[0], run.output, run.parameters[0], channels)
    Parallel.ranges(run.outputRows, grain: rowGrain(channels)) { begin, end in
      graft_affine(
        channels, x, channels, scale, nil, nil, 0, -.infinity, .infinity, y, channels, begin, end)
    }
  }

  package func backward(_ run: borrowing Run) {
    let (rows, channels, x) = (run.outputRows, channels, run.inputs[0])
    let given = graft_gradient(
      dy: run.givenGradient, dy_stride: channels, y: nil, y_stride: 0, low: 0, high: 0)
    withUnsafePointer(to: given) { given in
      if let gradient = run.parameterGradient(0) {
        // Σ dy · (x − 0) · 1: the sum that a normalisation's γ needs.
        let (zeros, ones) = (run.backwardScratch, run.backwardScratch + alignedCount(channels))
        zeros.update(repeating: 0, count: channels)
        ones.update(repeating: 1, count: channels)
        let partial = ChannelSums.partial(ones + alignedCount(channels))
        Parallel.ranges(graft_row_chunks(rows)) { begin, end in
          graft_normalise_backward_partial(
            rows, channels, given, x, channels, zeros, ones, partial, begin, end)
        }
        graft_normalise_backward_finish(rows, channels, partial, nil, gradient, 0, 0, channels)
      }
      if let input = run.inputGradient(0) {
        let (scale, accumulate) = (run.parameters[0], input.accumulates ? 1 as Int32 : 0)
        Parallel.ranges(rows, grain: rowGrain(channels)) { begin, end in
          graft_affine_backward(
            channels, given, scale, input.values, channels, accumulate, nil, 0, 0, begin, end)
        }
      }
    }
  }
}
