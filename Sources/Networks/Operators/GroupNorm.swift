internal import CKernels
internal import Tensors

/// Normalisation of groups of channels over all pixels of a sample, with epilogue.
///
/// `y = clamp(γ · (x − μ) / √(σ² + ε) + β + residual)`, where μ and σ² (biased) are those of the
/// channel's group in its sample. The same in training and evaluation. Any shape with C channels;
/// parameters are `[C]`. As many groups as channels make instance normalisation, one group makes
/// layer normalisation over the whole map.
///
/// - Reference: Wu & He 2018, arXiv:1803.08494, eq. 7; Ulyanov et al. 2016, arXiv:1607.08022.
package struct GroupNorm: Operator {
  package static let kind = "group-norm"
  package let name: String
  package let channels: Int
  package let groups: Int
  package let epsilon: Float
  /// The value that a fresh γ has; 0 for the last normalisation of a residual branch.
  package let initialScale: Double
  package var epilogue: Epilogue

  package init(
    _ name: String, channels: Int, groups: Int, epsilon: Float = 1e-5, initialScale: Double = 1,
    epilogue: Epilogue = .none
  ) {
    precondition(
      groups > 0 && channels % groups == 0,
      "GroupNorm '\(name)': \(channels) channels in \(groups) groups")
    self.name = name
    self.channels = channels
    self.groups = groups
    self.epsilon = epsilon
    self.initialScale = initialScale
    self.epilogue = epilogue
  }

  package var parameters: [ParameterSpecification] {
    ParameterSpecification.affine(name, channels: channels, scale: initialScale)
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    try inputs[0].mustHave(channels: channels)
    try epilogue.checkResidual(inputs, output: inputs[0])
    return inputs[0]
  }
}

extension GroupNorm: EpilogueOperator {
  package func canActivate(_ activation: ActivationFunction, isEvaluated: Bool) -> Bool {
    activation.isClamp
  }

  package var inputsOutputMayReplace: [Int] { epilogue.addsResidual ? [0, 1] : [0] }
  package var inputsGradientMayReplace: [Int] { [0] }

  package func memory(at site: Site) -> OperatorMemory {
    let coefficients = site.batchSize * Coefficients.stride(channels)
    let sums = site.batchSize * ChannelSums.scratch(rows: site.output.pixels, channels: channels)
    guard site.mode != .evaluation else {
      return OperatorMemory(forwardScratch: coefficients + sums)
    }
    return OperatorMemory(
      saved: coefficients, forwardScratch: sums,
      backwardScratch: alignedCount(sums) + 2 * site.batchSize * alignedCount(channels))
  }

  package func backwardReads(at site: Site) -> BackwardReads {
    BackwardReads(inputs: true, output: epilogue.clamp.isActive)
  }

  package func forward(_ run: borrowing Run) {
    let (pixels, channels, x, y) = (run.site.output.pixels, channels, run.inputs[0], run.output)
    let residual = epilogue.addsResidual ? UnsafePointer(run.inputs[1]) : nil
    let (chunks, clamp) = (graft_row_chunks(pixels), epilogue.clamp)
    let evaluates = run.site.mode == .evaluation
    let saved = evaluates ? run.forwardScratch : run.saved
    let partial = ChannelSums.partial(
      evaluates
        ? saved + run.site.batchSize * Coefficients.stride(channels) : run.forwardScratch)
    let (gamma, beta) = (run.parameters[0], run.parameters[1])
    Parallel.ranges(run.batch * chunks) { begin, end in
      for unit in begin..<end {
        let (sample, chunk) = unit.quotientAndRemainder(dividingBy: chunks)
        graft_moments_partial(
          pixels, channels, channels, x + sample * pixels * channels,
          partial + sample * chunks * 2 * channels, chunk, chunk + 1)
      }
    }
    Parallel.ranges(run.batch) { begin, end in
      for sample in begin..<end {
        let own = Coefficients(saved, sample: sample, channels: channels)
        graft_group_coefficients(
          pixels, channels, groups, partial + sample * chunks * 2 * channels, gamma, beta,
          epsilon, own.scale, own.shift, own.mean, own.inverseDeviation, 0, groups)
      }
    }
    eachSample(run.batch * pixels, pixels) { sample, begin, end in
      let own = Coefficients(saved, sample: sample, channels: channels)
      graft_affine(
        channels, x, channels, own.scale, own.shift, residual, channels, clamp.low, clamp.high, y,
        channels, begin, end)
    }
  }

  package func backward(_ run: borrowing Run) {
    let (pixels, channels, x) = (run.site.output.pixels, channels, run.inputs[0])
    let (dy, y, clamp) = (run.givenGradient, run.output, epilogue.clamp)
    let residual = epilogue.addsResidual ? run.inputGradient(1) : nil
    let (saved, input) = (run.saved, run.inputGradient(0))
    let (chunks, stride) = (graft_row_chunks(pixels), alignedCount(channels))
    let slopes = run.backwardScratch
    let offsets = slopes + run.site.batchSize * stride
    let partial = ChannelSums.partial(offsets + run.site.batchSize * stride)
    let gamma = run.parameters[0]
    Parallel.ranges(run.batch * chunks) { begin, end in
      for unit in begin..<end {
        let (sample, chunk) = unit.quotientAndRemainder(dividingBy: chunks)
        let (own, first) = (
          Coefficients(saved, sample: sample, channels: channels), sample * pixels * channels
        )
        var given = gradient(dy + first, y + first, clamp)
        graft_normalise_backward_partial(
          pixels, channels, &given, x + first, channels, own.mean, own.inverseDeviation,
          partial + sample * chunks * 2 * channels, chunk, chunk + 1)
      }
    }
    if run.parameterGradient(0) != nil || run.parameterGradient(1) != nil {
      graft_group_parameter_gradients(
        run.batch * chunks, channels, partial, run.parameterGradient(1), run.parameterGradient(0),
        0, channels)
    }
    guard let input else {
      guard let residual else { return }
      eachSample(run.batch * pixels, pixels) { _, begin, end in
        var given = gradient(dy, y, clamp)
        graft_affine_backward(
          channels, &given, nil, nil, 0, 0, residual.values, channels,
          residual.accumulates ? 1 : 0, begin, end)
      }
      return
    }
    Parallel.ranges(run.batch) { begin, end in
      for sample in begin..<end {
        let own = Coefficients(saved, sample: sample, channels: channels)
        graft_group_backward_coefficients(
          pixels, channels, groups, partial + sample * chunks * 2 * channels, gamma,
          own.inverseDeviation, slopes + sample * stride, offsets + sample * stride, 0, groups)
      }
    }
    eachSample(run.batch * pixels, pixels) { sample, begin, end in
      let own = Coefficients(saved, sample: sample, channels: channels)
      var given = gradient(dy, y, clamp)
      graft_group_backward(
        channels, &given, x, channels, own.scale, own.mean, slopes + sample * stride,
        offsets + sample * stride, input.values, channels, input.accumulates ? 1 : 0,
        residual?.values, channels, residual?.accumulates == true ? 1 : 0, begin, end)
    }
  }

  /// Splits all rows among threads and calls `body` with the part of a range in each sample.
  private func eachSample(
    _ rows: Int, _ pixels: Int, _ body: (_ sample: Int, _ begin: Int, _ end: Int) -> Void
  ) {
    Parallel.ranges(rows, grain: rowGrain(channels)) { begin, end in
      var first = begin
      while first < end {
        let sample = first / pixels
        let after = min(end, (sample + 1) * pixels)
        body(sample, first, after)
        first = after
      }
    }
  }

  private func gradient(
    _ dy: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ clamp: Clamp
  ) -> graft_gradient {
    graft_gradient(
      dy: dy, dy_stride: channels, y: clamp.isActive ? y : nil, y_stride: channels,
      low: clamp.low, high: clamp.high)
  }

  /// A sample's numbers per channel, which the forward pass leaves for the backward pass.
  private struct Coefficients {
    let scale: UnsafeMutablePointer<Float>
    let shift: UnsafeMutablePointer<Float>
    let mean: UnsafeMutablePointer<Float>
    let inverseDeviation: UnsafeMutablePointer<Float>

    static func stride(_ channels: Int) -> Int { 4 * alignedCount(channels) }

    init(_ memory: UnsafeMutablePointer<Float>, sample: Int, channels: Int) {
      let stride = alignedCount(channels)
      scale = memory + sample * 4 * stride
      shift = scale + stride
      mean = shift + stride
      inverseDeviation = mean + stride
    }
  }
}
