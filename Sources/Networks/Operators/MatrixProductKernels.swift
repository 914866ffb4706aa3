internal import CKernels
internal import Tensors

/// Pieces of work that are spread over the threads, or so few that each is spread itself.
struct SharedWork {
  let count: Int
  let slots: Int

  /// Calls `body(slot, index, isAlone)` for each piece; `isAlone` where no other runs at the same time.
  func each(_ body: (_ slot: Int, _ index: Int, _ isAlone: Bool) -> Void) {
    guard count >= 2 * slots else {
      for index in 0..<count { body(0, index, true) }
      return
    }
    Parallel.ranges(count, slots: slots) { slot, begin, end in
      for index in begin..<end { body(slot, index, false) }
    }
  }

  /// Calls `body` on the units of one piece.
  static func units(_ count: Int, isAlone: Bool, _ body: (_ begin: Int, _ end: Int) -> Void) {
    if isAlone { Parallel.ranges(count, body) } else { body(0, count) }
  }
}

/// Rows times a matrix that is packed on the spot: `y = x · Wᵀ` for W `[out, in]` as it lies in memory,
/// or `y = x · W` where it is flipped.
struct RowProduct {
  let shape: graft_conv
  let isFlipped: Bool

  var packedCount: Int {
    withUnsafePointer(to: shape) {
      alignedCount(isFlipped ? graft_conv_packed_flipped_count($0) : graft_conv_packed_count($0))
    }
  }

  func run(
    _ x: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
    accumulates: Bool, packed: UnsafeMutablePointer<Float>, isAlone: Bool
  ) {
    withUnsafePointer(to: shape) { shape in
      if isFlipped {
        graft_conv_pack_flipped(shape, weights, packed)
        let units = graft_conv_input_gradient_units(shape)
        return SharedWork.units(units, isAlone: isAlone) { begin, end in
          graft_conv_input_gradient(shape, packed, x, y, accumulates ? 1 : 0, begin, end)
        }
      }
      graft_conv_pack(shape, weights, packed)
      let epilogue = Epilogue.none.kernel(
        bias: nil, residual: accumulates ? UnsafePointer(y) : nil,
        stride: shape.pointee.out_channels)
      withUnsafePointer(to: epilogue) { epilogue in
        SharedWork.units(graft_conv_forward_units(shape), isAlone: isAlone) { begin, end in
          graft_conv_forward(shape, packed, x, epilogue, y, begin, end)
        }
      }
    }
  }
}

/// The gradient of the matrix of a ``RowProduct``, as it lies in memory: `dW = dyᵀ · x`, or `xᵀ · dy`
/// where it is flipped.
struct MatrixGradient {
  let shape: graft_conv
  let isFlipped: Bool

  var scratchCount: Int {
    withUnsafePointer(to: shape) { alignedCount(graft_conv_weight_gradient_scratch($0)) }
  }

  func run(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, _ dw: UnsafeMutablePointer<Float>,
    accumulates: Bool, scratch: UnsafeMutablePointer<Float>, isAlone: Bool
  ) {
    let (ins, outs) = isFlipped ? (dy, x) : (x, dy)
    let adds: Int32 = accumulates ? 1 : 0
    withUnsafePointer(to: shape) { shape in
      SharedWork.units(graft_conv_weight_gradient_units(shape), isAlone: isAlone) { begin, end in
        graft_conv_weight_gradient(shape, ins, outs, scratch, dw, adds, nil, begin, end)
      }
      SharedWork.units(
        graft_conv_weight_gradient_reduce_units(shape), isAlone: isAlone
      ) { begin, end in
        graft_conv_weight_gradient_reduce(shape, scratch, dw, adds, begin, end)
      }
    }
  }
}
