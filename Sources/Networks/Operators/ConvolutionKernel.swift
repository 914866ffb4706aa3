internal import CKernels
internal import Tensors

/// The products of a dense convolution or a linear layer.
///
/// Forward and the gradients of weight and input cost 2 · pixels · O · k² · C operations each.
struct ConvolutionKernel {
  let shape: graft_conv
  let epilogue: Epilogue

  /// The memory for a site; `shape` is of the plan's batch size.
  func memory(at site: Site, hasBias: Bool) -> OperatorMemory {
    withUnsafePointer(to: shape) { shape in
      var memory = OperatorMemory(packed: alignedCount(graft_conv_packed_count(shape)))
      if site.wantsInputGradients[0] { memory.packed += graft_conv_packed_flipped_count(shape) }
      if site.wantsParameterGradients[0] {
        memory.backwardScratch = graft_conv_weight_gradient_scratch(shape)
      }
      if hasBias && site.wantsParameterGradients[1] {
        let rows = site.batchSize * site.output.pixels
        memory.backwardScratch = max(
          memory.backwardScratch, ChannelSums.scratch(rows: rows, channels: site.output.channels))
      }
      return memory
    }
  }

  func prepare(_ run: borrowing Run, weights: UnsafePointer<Float>) {
    withUnsafePointer(to: shape) { shape in
      graft_conv_pack(shape, weights, run.packed)
      if run.site.wantsInputGradients[0] {
        graft_conv_pack_flipped(
          shape, weights, run.packed + alignedCount(graft_conv_packed_count(shape)))
      }
    }
  }

  func forward(_ run: borrowing Run, hasBias: Bool) {
    let (x, y, packed) = (run.inputs[0], run.output, run.packed)
    let epilogue = epilogue.kernel(
      bias: hasBias ? run.parameters[1] : nil,
      residual: epilogue.addsResidual ? run.inputs[1] : nil, stride: shape.out_channels)
    withUnsafePointer(to: shape) { shape in
      withUnsafePointer(to: epilogue) { epilogue in
        Parallel.ranges(graft_conv_forward_units(shape)) { begin, end in
          graft_conv_forward(shape, packed, x, epilogue, y, begin, end)
        }
      }
    }
  }

  func backward(_ run: borrowing Run, hasBias: Bool) {
    let dy = run.givenGradient
    let (x, y, scratch, packed) = (run.inputs[0], run.output, run.backwardScratch, run.packed)
    let (rows, channels) = (run.outputRows, shape.out_channels)
    if epilogue.clamp.isActive {
      let clamp = epilogue.clamp
      Parallel.ranges(rows * channels, grain: elementGrain) { begin, end in
        graft_clamp_backward(y, dy, clamp.low, clamp.high, dy, 0, begin, end)
      }
    }
    if epilogue.addsResidual, let residual = run.inputGradient(1) {
      Parallel.ranges(rows, grain: rowGrain(channels)) { begin, end in
        graft_copy_rows(
          channels, dy, channels, residual.values, channels, residual.accumulates ? 1 : 0, begin,
          end)
      }
    }
    if hasBias, let gradient = run.parameterGradient(1) {
      ChannelSums.gradient(of: dy, rows: rows, channels: channels, into: gradient, scratch: scratch)
    }
    withUnsafePointer(to: shape) { shape in
      if let gradient = run.parameterGradient(0) {
        Parallel.ranges(graft_conv_weight_gradient_units(shape)) { begin, end in
          graft_conv_weight_gradient(shape, x, dy, scratch, gradient, 0, begin, end)
        }
        Parallel.ranges(graft_conv_weight_gradient_reduce_units(shape)) { begin, end in
          graft_conv_weight_gradient_reduce(shape, scratch, gradient, 0, begin, end)
        }
      }
      if let gradient = run.inputGradient(0) {
        let flipped = packed + alignedCount(graft_conv_packed_count(shape))
        Parallel.ranges(graft_conv_input_gradient_units(shape)) { begin, end in
          graft_conv_input_gradient(
            shape, flipped, dy, gradient.values, gradient.accumulates ? 1 : 0, begin, end)
        }
      }
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
