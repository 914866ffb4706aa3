internal import CKernels
internal import Tensors

/// Batch normalisation per channel, with epilogue.
///
/// `y = f(γ · (x − μ) / √(σ² + ε) + β + residual)`, where μ and σ² (biased) are the batch's in
/// training and the running ones otherwise. Training moves the running mean towards μ and the
/// running variance towards the unbiased variance by the momentum 0.1, as PyTorch does.
/// f is a clamp or, without residual, any activation, whose argument backward computes again from x.
/// Any shape with C channels; parameters and buffers are `[C]`.
///
/// - Reference: Ioffe & Szegedy 2015, arXiv:1502.03167, algorithm 1.
package struct BatchNorm: Operator {
  package static let kind = "batch-norm"
  package let name: String
  package let channels: Int
  package let epsilon: Float
  /// The value that a fresh γ has; 0 for the last normalisation of a residual branch.
  package let initialScale: Double
  package var epilogue: Epilogue
  /// The share of the batch's statistics in the new running statistics.
  package static let momentum: Float = 0.1

  package init(
    _ name: String, channels: Int, epsilon: Float = 1e-5, initialScale: Double = 1,
    epilogue: Epilogue = .none
  ) {
    self.name = name
    self.channels = channels
    self.epsilon = epsilon
    self.initialScale = initialScale
    self.epilogue = epilogue
  }

  package var parameters: [ParameterSpecification] {
    ParameterSpecification.affine(name, channels: channels, scale: initialScale) + [
      ParameterSpecification(
        name: "\(name).running_mean", shape: [channels], role: .buffer,
        initialization: .constant(0)),
      ParameterSpecification(
        name: "\(name).running_var", shape: [channels], role: .buffer,
        initialization: .constant(1)),
    ]
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    try inputs[0].mustHave(channels: channels)
    try epilogue.checkResidual(inputs, output: inputs[0])
    return inputs[0]
  }
}

extension BatchNorm: EpilogueOperator {
  package func canActivate(_ activation: ActivationFunction, isEvaluated: Bool) -> Bool {
    activation.isClamp || !epilogue.addsResidual
  }

  package var inputsOutputMayReplace: [Int] { epilogue.addsResidual ? [0, 1] : [0] }
  package var inputsGradientMayReplace: [Int] { [0] }

  package func memory(at site: Site) -> OperatorMemory {
    let coefficients = 4 * alignedCount(channels)
    guard site.mode != .evaluation else { return OperatorMemory(forwardScratch: coefficients) }
    let rows = site.batchSize * site.output.pixels
    let sums = ChannelSums.scratch(rows: rows, channels: channels)
    return OperatorMemory(
      saved: coefficients,
      forwardScratch: site.mode == .training ? sums + alignedCount(channels) : 0,
      backwardScratch: alignedCount(sums) + 2 * alignedCount(channels))
  }

  package func backwardReads(at site: Site) -> BackwardReads {
    BackwardReads(
      inputs: site.mode == .training || site.wantsParameterGradients[0]
        || !epilogue.activation.isClamp,
      output: epilogue.clamp.isActive && !recomputesClamp(at: site))
  }

  /// Whether backward computes again from x where the clamp let the gradient pass.
  ///
  /// Batch statistics make it read x anyway. With a residual it asks the output: one array either way.
  private func recomputesClamp(at site: Site) -> Bool {
    site.mode == .training && !epilogue.addsResidual
  }

  package func forward(_ run: borrowing Run) {
    let (rows, channels, clamp) = (run.outputRows, channels, epilogue.clamp)
    let (x, y) = (run.inputs[0], run.output)
    let residual = epilogue.addsResidual ? UnsafePointer(run.inputs[1]) : nil
    let coefficients = Coefficients(
      run.site.mode == .evaluation ? run.forwardScratch : run.saved, channels: channels)
    if run.site.mode == .training {
      let partial = ChannelSums.partial(run.forwardScratch + alignedCount(channels))
      let (mean, variance) = (coefficients.mean, run.forwardScratch)
      Parallel.ranges(graft_row_chunks(rows)) { begin, end in
        graft_moments_partial(rows, channels, channels, x, partial, begin, end)
      }
      graft_moments_finish(rows, channels, partial, mean, variance, 0, channels)
      if !run.isRepeated {
        updateRunningStatistics(run, mean: mean, variance: variance, rows: rows)
      }
      graft_normalise_coefficients(
        channels, mean, variance, run.parameters[0], run.parameters[1], epsilon,
        coefficients.scale, coefficients.shift, coefficients.inverseDeviation)
    } else {
      coefficients.mean.update(from: run.parameters[2], count: channels)
      graft_normalise_coefficients(
        channels, run.parameters[2], run.parameters[3], run.parameters[0], run.parameters[1],
        epsilon, coefficients.scale, coefficients.shift, coefficients.inverseDeviation)
    }
    let (scale, shift) = (coefficients.scale, coefficients.shift)
    guard epilogue.activation.isClamp else {
      let (kind, a, b) = epilogue.activation.kernel
      return Parallel.ranges(rows, grain: rowGrain(channels)) { begin, end in
        graft_affine_activate(channels, kind, a, b, x, scale, shift, y, begin, end)
      }
    }
    Parallel.ranges(rows, grain: rowGrain(channels)) { begin, end in
      graft_affine(
        channels, x, channels, scale, shift, residual, channels, clamp.low, clamp.high, y, channels,
        begin, end)
    }
  }

  package func backward(_ run: borrowing Run) {
    let (rows, channels, x) = (run.outputRows, channels, run.inputs[0])
    let saved = Coefficients(run.saved, channels: channels)
    let given = given(run, saved)
    let residual = epilogue.addsResidual ? run.inputGradient(1) : nil
    let input = run.inputGradient(0)
    let sums = run.backwardScratch
    let normalisedSums = sums + alignedCount(channels)
    let partial = ChannelSums.partial(normalisedSums + alignedCount(channels))
    let batchStatistics = run.site.mode == .training

    withUnsafePointer(to: given) { given in
      let (scaleGradient, shiftGradient) = (run.parameterGradient(0), run.parameterGradient(1))
      let activates = !epilogue.activation.isClamp
      if batchStatistics && input != nil || scaleGradient != nil || shiftGradient != nil {
        let readsInput = batchStatistics || scaleGradient != nil || activates
        Parallel.ranges(graft_row_chunks(rows)) { begin, end in
          graft_normalise_backward_partial(
            rows, channels, given, readsInput ? x : nil, channels, saved.mean,
            saved.inverseDeviation, partial, begin, end)
        }
        graft_normalise_backward_finish(
          rows, channels, partial, sums, normalisedSums, 0, 0, channels)
        shiftGradient?.update(from: sums, count: channels)
        scaleGradient?.update(from: normalisedSums, count: channels)
      } else if activates {
        let ((kind, a, b), dy) = (epilogue.activation.kernel, run.givenGradient)
        Parallel.ranges(rows, grain: rowGrain(channels)) { begin, end in
          graft_affine_activate_backward(
            channels, kind, a, b, x, saved.scale, saved.shift, dy, dy, begin, end)
        }
      }
      let (dx, accumulate) = (input?.values, input?.accumulates == true ? 1 as Int32 : 0)
      let (dr, residualAccumulate) = (
        residual?.values, residual?.accumulates == true ? 1 as Int32 : 0
      )
      if let dx, batchStatistics {
        Parallel.ranges(rows, grain: rowGrain(channels)) { begin, end in
          graft_normalise_backward(
            rows, channels, given, x, channels, saved.mean, saved.inverseDeviation,
            run.parameters[0], sums, normalisedSums, dx, channels, accumulate, dr, channels,
            residualAccumulate, begin, end)
        }
      } else if dx != nil || dr != nil {
        Parallel.ranges(rows, grain: rowGrain(channels)) { begin, end in
          graft_affine_backward(
            channels, given, saved.scale, dx, channels, accumulate, dr, channels,
            residualAccumulate, begin, end)
        }
      }
    }
  }

  /// What backward starts from.
  ///
  /// Behind a function that is no clamp, the first pass over dy leaves there the gradient of the
  /// function's argument.
  private func given(_ run: borrowing Run, _ saved: Coefficients) -> graft_gradient {
    let (dy, (kind, low, high)) = (run.givenGradient, epilogue.activation.kernel)
    let readsOutput = epilogue.clamp.isActive && !recomputesClamp(at: run.site)
    let recomputes = epilogue.activation.isActive && !readsOutput
    return graft_gradient(
      dy: dy, dy_stride: channels, y: readsOutput ? run.output : nil, y_stride: channels, low: low,
      high: high, scale: recomputes ? saved.scale : nil, shift: saved.shift, activation: kind,
      activated: dy)
  }

  /// Moves the running statistics towards the batch's; the variance is made unbiased first.
  private func updateRunningStatistics(
    _ run: borrowing Run, mean: UnsafeMutablePointer<Float>, variance: UnsafeMutablePointer<Float>,
    rows: Int
  ) {
    let momentum = BatchNorm.momentum
    let unbiased = rows > 1 ? Float(rows) / Float(rows - 1) : 1
    let (runningMean, runningVariance) = (run.parameters[2], run.parameters[3])
    for c in 0..<channels {
      runningMean[c] += momentum * (mean[c] - runningMean[c])
      runningVariance[c] += momentum * (variance[c] * unbiased - runningVariance[c])
    }
  }

  /// Per-channel numbers that the forward pass leaves for the backward pass.
  private struct Coefficients {
    let scale: UnsafeMutablePointer<Float>
    let shift: UnsafeMutablePointer<Float>
    let mean: UnsafeMutablePointer<Float>
    let inverseDeviation: UnsafeMutablePointer<Float>

    init(_ memory: UnsafeMutablePointer<Float>, channels: Int) {
      let stride = alignedCount(channels)
      scale = memory
      shift = memory + stride
      mean = memory + 2 * stride
      inverseDeviation = memory + 3 * stride
    }
  }
}
