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
  ///
  /// - Parameter wantsBias: Whether ``backward(_:weightGradient:biasGradient:through:)`` computes that.
  func memory(at site: Site, wantsBias: Bool) -> OperatorMemory {
    var memory = OperatorMemory(
      packed: alignedCount(result.packed), forwardScratch: result.scratch(slots: site.slots))
    if site.wantsInputGradients[0] {
      memory.packed += inputGradient.packed
      memory.backwardScratch = inputGradient.scratch(slots: site.slots)
    }
    let channels = site.output.channels
    var sums = wantsBias
    if site.wantsParameterGradients[0] {
      let rows = wantsBias ? weightGradient.rowSums : 0
      sums = wantsBias && rows == 0
      memory.backwardScratch = max(
        memory.backwardScratch,
        weightGradient.scratch(slots: site.slots) + alignedCount(2 * rows * channels))
    }
    if sums {
      let rows = site.batchSize * site.output.pixels
      memory.backwardScratch = max(
        memory.backwardScratch, ChannelSums.scratch(rows: rows, channels: channels))
    }
    return memory
  }

  /// Packs weights for all wanted passes.
  ///
  /// - Parameter scale: See ``ConvolutionProduct/pack(_:scale:into:)``.
  func prepare(
    _ run: borrowing Run, weights: UnsafePointer<Float>, scale: UnsafePointer<Float>? = nil
  ) {
    result.pack(weights, scale: scale, into: run.packed)
    if run.site.wantsInputGradients[0] {
      inputGradient.pack(weights, scale: scale, into: run.packed + alignedCount(result.packed))
    }
  }

  func forward(_ run: borrowing Run, bias: UnsafePointer<Float>?) {
    let epilogue = epilogue.kernel(
      bias: bias, residual: epilogue.addsResidual ? run.inputs[1] : nil,
      stride: shape.out_channels)
    result.forward(
      run.inputs[0], packed: run.packed, epilogue: epilogue, to: run.output,
      scratch: run.forwardScratch, slots: run.site.slots)
  }

  /// Computes the gradients of inputs, of the packed weights and of the bias.
  ///
  /// - Parameters:
  ///   - weightGradient: Where that of the weights goes, OHWI; nil where it is not wanted.
  ///   - biasGradient: Where that of the bias goes, `[O]`; nil where it is not wanted.
  ///   - through: The function f whose value the first input is, of the last input: the first input's
  ///     gradient then becomes that of f's argument. Nil for the plain gradient.
  func backward(
    _ run: borrowing Run, weightGradient: UnsafeMutablePointer<Float>?,
    biasGradient: UnsafeMutablePointer<Float>?, through: ActivationFunction? = nil
  ) {
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
    // Where the product for the weights copies dy, it sums it on the way.
    let sumRows = weightGradient == nil || biasGradient == nil ? 0 : self.weightGradient.rowSums
    if sumRows == 0, let biasGradient {
      ChannelSums.gradient(
        of: dy, rows: rows, channels: channels, into: biasGradient, scratch: scratch)
    }
    if let weightGradient {
      let product = self.weightGradient
      let sums = ChannelSums.partial(scratch + product.scratch(slots: run.site.slots))
      product.weightGradient(
        x, dy, to: weightGradient, rowSums: sumRows > 0 ? sums : nil, scratch: scratch,
        slots: run.site.slots)
      if sumRows > 0, let biasGradient {
        ChannelSums.add(sums, rows: sumRows, channels: channels, into: biasGradient)
      }
    }
    guard let gradient = run.inputGradient(0) else { return }
    let packed = run.packed + alignedCount(result.packed)
    if let through {
      inputGradient.inputGradient(
        dy, packed: packed, through: through, of: run.inputs[run.inputs.count - 1],
        to: gradient.values)
    } else {
      inputGradient.inputGradient(
        dy, packed: packed, to: gradient, scratch: scratch, slots: run.site.slots)
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

  /// `result[c] = Σ_rows sums[row, c]` for a few rows of partial sums.
  static func add(
    _ sums: UnsafePointer<Double>, rows: Int, channels: Int,
    into result: UnsafeMutablePointer<Float>
  ) {
    for channel in 0..<channels {
      var sum = 0.0
      for row in 0..<rows { sum += sums[row * channels + channel] }
      result[channel] = Float(sum)
    }
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
