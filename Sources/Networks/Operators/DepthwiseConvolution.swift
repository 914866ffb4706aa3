internal import CKernels
internal import Tensors

/// Convolution of each channel with its own window, with bias and activation.
///
/// `y[n, i, j, c] = clamp(Σ_{u, v} w[c, u, v] · x[n, i·s + u − p, j·s + v − p, c] + b[c])`.
/// Input `[H, W, C]`, output `[H', W', C]`; the weight is `[C, 1, k, k]`.
package struct DepthwiseConvolution: Operator {
  package static let kind = "depthwise-convolution"
  package let name: String
  package let channels: Int
  package let window: Window
  package let hasBias: Bool
  package let clamp: Clamp

  package init(
    _ name: String, channels: Int, window: Window, hasBias: Bool = false, clamp: Clamp = .none
  ) {
    self.name = name
    self.channels = channels
    self.window = window
    self.hasBias = hasBias
    self.clamp = clamp
  }

  package var parameters: [ParameterSpecification] {
    let weight = ParameterSpecification(
      name: "\(name).weight", shape: [channels, 1, window.size, window.size], role: .weight,
      initialization: .kaimingNormal(fan: window.size * window.size))
    guard hasBias else { return [weight] }
    let bias = ParameterSpecification(
      name: "\(name).bias", shape: [channels], role: .bias, initialization: .constant(0))
    return [weight, bias]
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    guard inputs[0].channels == channels else {
      throw ShapeMismatch("it needs \(channels) channels")
    }
    return try window.output(of: inputs, channels: channels)
  }
}

extension DepthwiseConvolution {
  package var packedParameters: [Int] { [0] }
  package func memory(at site: Site) -> OperatorMemory {
    let weights = channels * window.size * window.size
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
    BackwardReads(inputs: site.wantsParameterGradients[0], output: clamp.isActive)
  }

  package func prepare(_ run: borrowing Run) {
    withUnsafePointer(to: shape(run.site, batch: run.site.batchSize)) {
      graft_depthwise_pack($0, run.parameters[0], run.packed)
    }
  }

  package func forward(_ run: borrowing Run) {
    let (x, y, packed) = (run.inputs[0], run.output, run.packed)
    let epilogue = graft_epilogue(
      bias: hasBias ? UnsafePointer(run.parameters[1]) : nil, residual: nil, residual_stride: 0,
      low: clamp.low, high: clamp.high)
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
    if clamp.isActive {
      Parallel.ranges(run.outputCount, grain: elementGrain) { begin, end in
        graft_clamp_backward(y, dy, clamp.low, clamp.high, dy, 0, begin, end)
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
