internal import CKernels
internal import Tensors

/// A convolution's result or the gradient of its input or weights, by Winograd's form or by the direct
/// one, whichever is faster for the shape.
///
/// The choice depends on the shape but not on its batch, and memory, packing and running all follow it.
struct ConvolutionProduct {
  let shape: graft_conv
  let pass: graft_winograd_pass
  /// Forward in half precision, where that is wanted and faster; nil for Float32.
  private(set) var half: HalfProduct?

  /// `y = x ∗ w`.
  static func forward(_ shape: graft_conv, _ precision: Precision) -> ConvolutionProduct {
    var product = ConvolutionProduct(shape: shape, pass: GRAFT_WINOGRAD_FORWARD)
    // Where Winograd's form wins, Float16 has it too; in Float32 it beats bfloat16's direct form.
    if !product.isWinograd || precision == .float16 {
      product.half = HalfProduct(shape: shape, precision: precision)
    }
    return product
  }

  /// `dx` from `dy`.
  static func inputGradient(_ shape: graft_conv) -> ConvolutionProduct {
    ConvolutionProduct(shape: shape, pass: GRAFT_WINOGRAD_INPUT_GRADIENT)
  }

  /// `dw` from `x` and `dy`.
  static func weightGradient(_ shape: graft_conv) -> ConvolutionProduct {
    ConvolutionProduct(shape: shape, pass: GRAFT_WINOGRAD_WEIGHT_GRADIENT)
  }

  private var isForward: Bool { pass == GRAFT_WINOGRAD_FORWARD }

  private var isWinograd: Bool {
    withUnsafePointer(to: shape) { graft_winograd_wins($0, pass) != 0 }
  }

  /// Floats of packed weights; not for a weight gradient.
  var packed: Int {
    if let half { return half.packed }
    return withUnsafePointer(to: shape) { shape in
      if isWinograd { return graft_winograd_packed_count(shape, pass) }
      return isForward
        ? graft_conv_packed_count(shape) : graft_conv_packed_flipped_count(shape)
    }
  }

  /// Floats of scratch memory for this many threads.
  func scratch(slots: Int) -> Int { shared + slots * slotScratch }

  /// Floats of scratch memory that all threads share: partial sums of a weight gradient.
  private var shared: Int {
    guard pass == GRAFT_WINOGRAD_WEIGHT_GRADIENT else { return 0 }
    return withUnsafePointer(to: shape) {
      alignedCount(isWinograd ? graft_winograd_partial($0) : graft_conv_weight_gradient_scratch($0))
    }
  }

  private var slotScratch: Int {
    if let half { return half.slotScratch }
    guard isWinograd else { return 0 }
    return withUnsafePointer(to: shape) { alignedCount(graft_winograd_scratch($0, pass)) }
  }

  /// Packs weights OHWI.
  ///
  /// - Parameter scale: A factor for each output channel, `[O]`, or nil for 1; for products in the
  ///   direct form and Float32 only.
  func pack(
    _ weights: UnsafePointer<Float>, scale: UnsafePointer<Float>? = nil,
    into packed: UnsafeMutablePointer<Float>
  ) {
    if let half { return half.pack(weights, into: packed) }
    withUnsafePointer(to: shape) { shape in
      if let scale {
        return graft_conv_pack_scaled(shape, weights, scale, isForward ? 0 : 1, packed)
      }
      if isWinograd {
        graft_winograd_pack(shape, pass, weights, packed)
      } else if isForward {
        graft_conv_pack(shape, weights, packed)
      } else {
        graft_conv_pack_flipped(shape, weights, packed)
      }
    }
  }

  /// `y = epilogue(x ∗ w)`.
  func forward(
    _ x: UnsafePointer<Float>, packed: UnsafePointer<Float>, epilogue: graft_epilogue,
    to y: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>, slots: Int
  ) {
    if let half {
      return half.forward(
        x, packed: packed, epilogue: epilogue, to: y, scratch: scratch, slots: slots)
    }
    withUnsafePointer(to: shape) { shape in
      withUnsafePointer(to: epilogue) { epilogue in
        guard isWinograd else {
          return Parallel.ranges(graft_conv_forward_units(shape)) { begin, end in
            graft_conv_forward(shape, packed, x, epilogue, y, begin, end)
          }
        }
        let slotScratch = slotScratch
        Parallel.ranges(graft_winograd_units(shape, pass), slots: slots) { slot, begin, end in
          graft_winograd_forward(
            shape, packed, x, epilogue, y, scratch + slot * slotScratch, begin, end)
        }
      }
    }
  }

  /// Writes or adds to `dx`.
  func inputGradient(
    _ dy: UnsafePointer<Float>, packed: UnsafePointer<Float>, to dx: InputGradient,
    scratch: UnsafeMutablePointer<Float>, slots: Int
  ) {
    let (values, accumulates): (_, Int32) = (dx.values, dx.accumulates ? 1 : 0)
    withUnsafePointer(to: shape) { shape in
      guard isWinograd else {
        return Parallel.ranges(graft_conv_input_gradient_units(shape)) { begin, end in
          graft_conv_input_gradient(shape, packed, dy, values, accumulates, begin, end)
        }
      }
      let slotScratch = slotScratch
      Parallel.ranges(graft_winograd_units(shape, pass), slots: slots) { slot, begin, end in
        graft_winograd_input_gradient(
          shape, packed, dy, values, accumulates, scratch + slot * slotScratch, begin, end)
      }
    }
  }

  /// Writes `dx = f′(argument) ⊙ ∂loss/∂x` where `x = f(argument)`; for products in the direct form.
  func inputGradient(
    _ dy: UnsafePointer<Float>, packed: UnsafePointer<Float>, through function: ActivationFunction,
    of argument: UnsafePointer<Float>, to dx: UnsafeMutablePointer<Float>
  ) {
    let (kind, a, b) = function.kernel
    withUnsafePointer(to: shape) { shape in
      Parallel.ranges(graft_conv_input_gradient_units(shape)) { begin, end in
        graft_conv_input_gradient_through(
          shape, packed, dy, kind, a, b, argument, dx, begin, end)
      }
    }
  }

  /// Rows of the sums of dy that ``weightGradient(_:_:to:rowSums:scratch:slots:)`` leaves; 0 if it cannot.
  var rowSums: Int {
    isWinograd ? 0 : withUnsafePointer(to: shape) { graft_conv_weight_gradient_row_sums($0) }
  }

  /// Writes `dw`, OHWI.
  ///
  /// - Parameter rowSums: `[rowSums, O]`; gets rows whose sum is Σ over pixels of dy. Nil if not wanted.
  func weightGradient(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, to dw: UnsafeMutablePointer<Float>,
    rowSums: UnsafeMutablePointer<Double>?, scratch: UnsafeMutablePointer<Float>, slots: Int
  ) {
    withUnsafePointer(to: shape) { shape in
      guard isWinograd else {
        Parallel.ranges(graft_conv_weight_gradient_units(shape)) { begin, end in
          graft_conv_weight_gradient(shape, x, dy, scratch, dw, 0, rowSums, begin, end)
        }
        return Parallel.ranges(graft_conv_weight_gradient_reduce_units(shape)) { begin, end in
          graft_conv_weight_gradient_reduce(shape, scratch, dw, 0, begin, end)
        }
      }
      let (own, slotScratch) = (scratch + shared, slotScratch)
      Parallel.ranges(graft_winograd_units(shape, pass), slots: slots) { slot, begin, end in
        graft_winograd_weight_gradient(
          shape, x, dy, scratch, dw, 0, own + slot * slotScratch, begin, end)
      }
      Parallel.ranges(graft_winograd_weight_gradient_reduce_units(shape)) { begin, end in
        graft_winograd_weight_gradient_reduce(shape, scratch, dw, 0, begin, end)
      }
    }
  }
}
