internal import CKernels
internal import Tensors

/// A learnt factor per channel: `y = f(γ · x + residual)`, which starts residual branches near zero.
///
/// Any shape with C channels; γ is `[C]`; f is a clamp.
///
/// - Reference: Touvron et al. 2021, arXiv:2103.17239, eq. 4.
package struct LayerScale: Operator {
  package static let kind = "layer-scale"
  /// The name of γ in the state dict, such as `blocks.0.ls1.gamma`.
  package let name: String
  package let channels: Int
  /// The value that a fresh γ has.
  package let initialScale: Double
  package var epilogue: Epilogue

  package init(
    _ name: String, channels: Int, initialScale: Double = 1e-6, epilogue: Epilogue = .none
  ) {
    self.name = name
    self.channels = channels
    self.initialScale = initialScale
    self.epilogue = epilogue
  }

  package var parameters: [ParameterSpecification] {
    [
      ParameterSpecification(
        name: name, shape: [channels], role: .normScale, initialization: .constant(initialScale))
    ]
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    try inputs[0].mustHave(channels: channels)
    try epilogue.checkResidual(inputs, output: inputs[0])
    return inputs[0]
  }
}

extension LayerScale: EpilogueOperator {
  /// Its kernel knows clamps only.
  package func canActivate(_ activation: ActivationFunction, isEvaluated: Bool) -> Bool {
    activation.isClamp
  }
}

extension LayerScale {
  package var inputsOutputMayReplace: [Int] { epilogue.addsResidual ? [0, 1] : [0] }

  /// The residual's gradient is the output's, unless that is clamped first.
  package var inputsGradientMayReplace: [Int] {
    guard epilogue.addsResidual else { return [0] }
    return epilogue.clamp.isActive ? [] : [1]
  }

  package func memory(at site: Site) -> OperatorMemory {
    guard site.wantsParameterGradients[0] else { return OperatorMemory() }
    let sums = ChannelSums.scratch(rows: site.batchSize * site.output.pixels, channels: channels)
    return OperatorMemory(backwardScratch: alignedCount(sums) + 2 * alignedCount(channels))
  }

  package func backwardReads(at site: Site) -> BackwardReads {
    BackwardReads(inputs: site.wantsParameterGradients[0], output: epilogue.clamp.isActive)
  }

  package func forward(_ run: borrowing Run) {
    let (x, y, scale, channels) = (run.inputs[0], run.output, run.parameters[0], channels)
    let (clamp, residual) = (
      epilogue.clamp, epilogue.addsResidual ? UnsafePointer(run.inputs[1]) : nil
    )
    Parallel.ranges(run.outputRows, grain: rowGrain(channels)) { begin, end in
      graft_affine(
        channels, x, channels, scale, nil, residual, channels, clamp.low, clamp.high, y, channels,
        begin, end)
    }
  }

  package func backward(_ run: borrowing Run) {
    let (rows, channels, x, clamp) = (run.outputRows, channels, run.inputs[0], epilogue.clamp)
    let given = graft_gradient(
      dy: run.givenGradient, dy_stride: channels, y: clamp.isActive ? run.output : nil,
      y_stride: channels, low: clamp.low, high: clamp.high)
    // The residual's gradient may be in the output's memory already.
    let shortcut = epilogue.addsResidual ? run.inputGradient(1) : nil
    let residual = shortcut?.values == run.givenGradient ? nil : shortcut
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
      let input = run.inputGradient(0)
      guard input != nil || residual != nil else { return }
      let (scale, accumulate) = (run.parameters[0], input?.accumulates == true ? 1 as Int32 : 0)
      let residualAccumulate: Int32 = residual?.accumulates == true ? 1 : 0
      Parallel.ranges(rows, grain: rowGrain(channels)) { begin, end in
        graft_affine_backward(
          channels, given, scale, input?.values, channels, accumulate, residual?.values, channels,
          residualAccumulate, begin, end)
      }
    }
  }
}
