internal import CKernels
internal import Tensors

/// Normalisation of each token or pixel over its channels:
/// `y = γ · (x − mean) / √(variance + ε) + β`, mean and variance over the C channels.
///
/// Any shape with C channels; γ and β are `[C]`. Training and inference are the same.
///
/// - Reference: Ba et al. 2016, arXiv:1607.06450, eq. 4.
package struct LayerNorm: Operator {
  package static let kind = "layer-norm"
  package let name: String
  package let channels: Int
  package let epsilon: Float
  package let hasBias: Bool

  package init(_ name: String, channels: Int, epsilon: Float = 1e-6, hasBias: Bool = true) {
    self.name = name
    self.channels = channels
    self.epsilon = epsilon
    self.hasBias = hasBias
  }

  package var parameters: [ParameterSpecification] {
    ParameterSpecification.affine(name, channels: channels, hasShift: hasBias)
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    try inputs[0].mustHave(channels: channels)
    return inputs[0]
  }
}

extension LayerNorm {
  package var inputsOutputMayReplace: [Int] { [0] }
  package var inputsGradientMayReplace: [Int] { [0] }

  package func memory(at site: Site) -> OperatorMemory {
    guard site.mode != .evaluation else { return OperatorMemory() }
    let rows = site.batchSize * site.output.pixels
    return OperatorMemory(
      saved: 2 * rows,
      backwardScratch: site.wantsParameterGradients.contains(true)
        ? ChannelSums.scratch(rows: rows, channels: channels) : 0)
  }

  package func backwardReads(at site: Site) -> BackwardReads { BackwardReads(inputs: true) }

  package func forward(_ run: borrowing Run) {
    let (x, y, channels, epsilon) = (run.inputs[0], run.output, channels, epsilon)
    let (scale, shift) = (run.parameters[0], hasBias ? run.parameters[1] : nil)
    let statistics = run.site.mode == .evaluation ? nil : run.saved
    Parallel.ranges(run.outputRows, grain: rowGrain(channels)) { begin, end in
      graft_layer_norm(channels, x, scale, shift, epsilon, y, statistics, begin, end)
    }
  }

  package func backward(_ run: borrowing Run) {
    let (rows, channels, x, dy) = (run.outputRows, channels, run.inputs[0], run.givenGradient)
    let (scale, statistics, input) = (run.parameters[0], run.saved, run.inputGradient(0))
    let (dx, accumulate) = (input?.values, input?.accumulates == true ? 1 as Int32 : 0)
    let scaleGradient = run.parameterGradient(0)
    let shiftGradient = hasBias ? run.parameterGradient(1) : nil
    let isTrained = scaleGradient != nil || shiftGradient != nil
    guard dx != nil || isTrained else { return }
    let partial = isTrained ? ChannelSums.partial(run.backwardScratch) : nil
    Parallel.ranges(graft_row_chunks(rows)) { begin, end in
      graft_layer_norm_backward(
        rows, channels, dy, x, statistics, scale, dx, accumulate, partial, begin, end)
    }
    if let partial {
      graft_normalise_backward_finish(
        rows, channels, partial, shiftGradient, scaleGradient, 0, 0, channels)
    }
  }
}
