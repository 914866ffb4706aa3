internal import CKernels
internal import Tensors

/// The products of a dense convolution or a linear layer.
///
/// Forward and the gradients of weight and input cost 2 · pixels · O · k² · C operations each.
struct ConvolutionKernel {
  let shape: graft_conv
  let epilogue: Epilogue
  let precision: Precision

  private var result: ConvolutionProduct { .forward(shape, precision) }
  private var inputGradient: ConvolutionProduct { .inputGradient(shape) }
  private var weightGradient: ConvolutionProduct { .weightGradient(shape) }

  /// The memory for a site; `shape` is of the plan's batch size.
  func memory(at site: Site, hasBias: Bool) -> OperatorMemory {
    var memory = OperatorMemory(
      packed: alignedCount(result.packed), forwardScratch: result.scratch(slots: site.slots))
    if site.wantsInputGradients[0] {
      memory.packed += inputGradient.packed
      memory.backwardScratch = inputGradient.scratch(slots: site.slots)
    }
    if site.wantsParameterGradients[0] {
      memory.backwardScratch = max(
        memory.backwardScratch, weightGradient.scratch(slots: site.slots))
    }
    if hasBias && site.wantsParameterGradients[1] {
      let rows = site.batchSize * site.output.pixels
      memory.backwardScratch = max(
        memory.backwardScratch, ChannelSums.scratch(rows: rows, channels: site.output.channels))
    }
    return memory
  }

  func prepare(_ run: borrowing Run, weights: UnsafePointer<Float>) {
    result.pack(weights, into: run.packed)
    if run.site.wantsInputGradients[0] {
      inputGradient.pack(weights, into: run.packed + alignedCount(result.packed))
    }
  }

  func forward(_ run: borrowing Run, hasBias: Bool) {
    let epilogue = epilogue.kernel(
      bias: hasBias ? run.parameters[1] : nil,
      residual: epilogue.addsResidual ? run.inputs[1] : nil, stride: shape.out_channels)
    result.forward(
      run.inputs[0], packed: run.packed, epilogue: epilogue, to: run.output,
      scratch: run.forwardScratch, slots: run.site.slots)
  }

  func backward(_ run: borrowing Run, hasBias: Bool) {
    let dy = run.givenGradient
    let (x, y, scratch) = (run.inputs[0], run.output, run.backwardScratch)
    let (rows, channels) = (run.outputRows, shape.out_channels)
    if epilogue.clamp.isActive {
      let clamp = epilogue.clamp
      Parallel.ranges(rows * channels, grain: elementGrain) { begin, end in
        graft_clamp_backward(y, dy, clamp.low, clamp.high, dy, 0, begin, end)
      }
    }
    // The residual's gradient may be in the output's memory already.
    if epilogue.addsResidual, let residual = run.inputGradient(1), residual.values != dy {
      Parallel.ranges(rows, grain: rowGrain(channels)) { begin, end in
        graft_copy_rows(
          channels, dy, channels, residual.values, channels, residual.accumulates ? 1 : 0, begin,
          end)
      }
    }
    if hasBias, let gradient = run.parameterGradient(1) {
      ChannelSums.gradient(of: dy, rows: rows, channels: channels, into: gradient, scratch: scratch)
    }
    if let gradient = run.parameterGradient(0) {
      weightGradient.weightGradient(
        x, dy, to: gradient, scratch: scratch, slots: run.site.slots)
    }
    if let gradient = run.inputGradient(0) {
      inputGradient.inputGradient(
        dy, packed: run.packed + alignedCount(result.packed), to: gradient, scratch: scratch,
        slots: run.site.slots)
    }
  }
}

/// Sums over rows per channel, in double precision and in an order that no thread count changes.
enum ChannelSums {
  /// Floats of scratch for the partial sums.
  static func scratch(rows: Int, channels: Int) -> Int { graft_row_chunks(rows) * 2 * channels * 2 }

  /// The partial sums' place in scratch memory, which is aligned to 64 bytes.
  static func partial(_ scratch: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<Double> {
    UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: Double.self)
  }

  /// `gradient[c] = Σ_rows dy[row, c]`, the gradient of a bias.
  static func gradient(
    of dy: UnsafePointer<Float>, rows: Int, channels: Int,
    into gradient: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let partial = partial(scratch)
    let given = graft_gradient(
      dy: dy, dy_stride: channels, y: nil, y_stride: 0, low: 0, high: 0)
    withUnsafePointer(to: given) { given in
      Parallel.ranges(graft_row_chunks(rows)) { begin, end in
        graft_normalise_backward_partial(
          rows, channels, given, nil, 0, nil, nil, partial, begin, end)
      }
    }
    graft_normalise_backward_finish(rows, channels, partial, gradient, nil, 0, 0, channels)
  }
}
