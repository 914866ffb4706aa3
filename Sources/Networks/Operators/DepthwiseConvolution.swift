internal import CKernels
internal import Tensors

/// Convolution of each channel with its own window, with bias and epilogue.
///
/// `y[n, i, j, c] = f(Σ_{u, v} w[c, u, v] · x[n, i·s + u·d − p, j·s + v·d − p, c] + b[c]
///  + residual[n, i, j, c])`.
/// Input `[H, W, C]`, residual and output `[H', W', C]`; the weight is `[C, 1, k, k]`.
package struct DepthwiseConvolution: Operator {
  package static let kind = "depthwise-convolution"
  package let name: String
  package let channels: Int
  package let window: Window
  package private(set) var hasBias: Bool
  package let initialization: Initialization
  package var epilogue: Epilogue

  package init(
    _ name: String, channels: Int, window: Window, hasBias: Bool = false,
    initialization: Initialization? = nil, epilogue: Epilogue = .none
  ) {
    self.name = name
    self.channels = channels
    self.window = window
    self.hasBias = hasBias
    self.initialization = initialization ?? .kaimingNormal(fan: window.taps)
    self.epilogue = epilogue
  }

  package var parameters: [ParameterSpecification] {
    let weight = ParameterSpecification(
      name: "\(name).weight", shape: [channels, 1, window.vertical.size, window.horizontal.size],
      role: .weight, initialization: initialization)
    guard hasBias else { return [weight] }
    let bias = ParameterSpecification(
      name: "\(name).bias", shape: [channels], role: .bias, initialization: .constant(0))
    return [weight, bias]
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    try inputs[0].mustHave(channels: channels)
    let output = try window.output(of: inputs, channels: channels)
    try epilogue.checkResidual(inputs, output: output)
    return output
  }
}

extension DepthwiseConvolution: ChannelScalable {
  package func withBias() -> DepthwiseConvolution {
    var result = self
    result.hasBias = true
    return result
  }
}

extension DepthwiseConvolution {
  package var packedParameters: [Int] { [0] }
  package var inputsOutputMayReplace: [Int] { epilogue.addsResidual ? [1] : [] }

  package func memory(at site: Site) -> OperatorMemory {
    let weights = channels * window.taps
    var memory = OperatorMemory(packed: weights)
    if site.wantsParameterGradients[0] {
      memory.backwardScratch = withUnsafePointer(to: shape(site, batch: site.batchSize)) {
        graft_depthwise_weight_gradient_scratch($0)
      }
    }
    if hasBias && site.wantsParameterGradients[1] {
      let rows = site.batchSize * site.output.pixels
      memory.backwardScratch = max(
        memory.backwardScratch, ChannelSums.scratch(rows: rows, channels: channels))
    }
    return memory
  }

  package func backwardReads(at site: Site) -> BackwardReads {
    BackwardReads(inputs: site.wantsParameterGradients[0], output: epilogue.clamp.isActive)
  }

  package func prepare(_ run: borrowing Run) {
    withUnsafePointer(to: shape(run.site, batch: run.site.batchSize)) {
      graft_depthwise_pack($0, run.parameters[0], run.packed)
    }
  }

  package func forward(_ run: borrowing Run) {
    let (x, y, packed) = (run.inputs[0], run.output, run.packed)
    let epilogue = epilogue.kernel(
      bias: hasBias ? run.parameters[1] : nil,
      residual: epilogue.addsResidual ? run.inputs[1] : nil, stride: channels)
    let rows = run.batch * run.site.output.height
    withUnsafePointer(to: shape(run.site, batch: run.batch)) { shape in
      withUnsafePointer(to: epilogue) { epilogue in
        Parallel.ranges(rows, grain: rowGrain(run.site.output.width * channels)) { begin, end in
          graft_depthwise_forward(shape, packed, x, epilogue, y, begin, end)
        }
      }
    }
  }

  package func backward(_ run: borrowing Run) {
    let dy = run.givenGradient
    let (x, y, scratch, packed) = (run.inputs[0], run.output, run.backwardScratch, run.packed)
    let clamp = epilogue.clamp
    if clamp.isActive {
      Parallel.ranges(run.outputCount, grain: elementGrain) { begin, end in
        graft_clamp_backward(y, dy, clamp.low, clamp.high, dy, 0, begin, end)
      }
    }
    if epilogue.addsResidual, let residual = run.inputGradient(1) {
      Parallel.ranges(run.outputRows, grain: rowGrain(channels)) { begin, end in
        graft_copy_rows(
          channels, dy, channels, residual.values, channels, residual.accumulates ? 1 : 0, begin,
          end)
      }
    }
    if hasBias, let gradient = run.parameterGradient(1) {
      ChannelSums.gradient(
        of: dy, rows: run.outputRows, channels: channels, into: gradient, scratch: scratch)
    }
    let rows = run.batch * run.site.inputs[0].height
    withUnsafePointer(to: shape(run.site, batch: run.batch)) { shape in
      if let gradient = run.parameterGradient(0) {
        Parallel.ranges(graft_depthwise_weight_gradient_units(shape)) { begin, end in
          graft_depthwise_weight_gradient(shape, x, dy, scratch, begin, end)
        }
        graft_depthwise_weight_gradient_reduce(shape, scratch, gradient, 0)
      }
      if let gradient = run.inputGradient(0) {
        Parallel.ranges(rows, grain: rowGrain(run.site.inputs[0].width * channels)) { begin, end in
          graft_depthwise_input_gradient(
            shape, packed, dy, gradient.values, gradient.accumulates ? 1 : 0, begin, end)
        }
      }
    }
  }

  private func shape(_ site: Site, batch: Int) -> graft_conv {
    window.shape(batch: batch, input: site.inputs[0], output: site.output, groups: channels)
  }
}
