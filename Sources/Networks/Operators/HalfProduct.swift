internal import CKernels
internal import Tensors

/// A convolution's result in half precision.
struct HalfProduct {
  let shape: graft_conv
  let format: graft_half

  /// A product in this precision; nil for Float32 and where Float32 is faster or has to be for the sake of
  /// the results, which depends on the shape but not on its batch.
  init?(shape: graft_conv, precision: Precision) {
    guard let format = precision.half,
      withUnsafePointer(to: shape, { graft_half_wins(format, $0) != 0 })
    else { return nil }
    self.shape = shape
    self.format = format
  }

  /// Floats of packed weights.
  var packed: Int { withUnsafePointer(to: shape) { graft_half_packed_count(format, $0) } }

  /// Floats of scratch memory of each thread.
  var slotScratch: Int {
    withUnsafePointer(to: shape) { alignedCount(graft_half_scratch(format, $0)) }
  }

  /// Packs weights OHWI.
  func pack(_ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
    withUnsafePointer(to: shape) { graft_half_pack(format, $0, weights, packed) }
  }

  /// `y = epilogue(x ∗ w)`.
  func forward(
    _ x: UnsafePointer<Float>, packed: UnsafePointer<Float>, epilogue: graft_epilogue,
    to y: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>, slots: Int
  ) {
    let slotScratch = slotScratch
    withUnsafePointer(to: shape) { shape in
      withUnsafePointer(to: epilogue) { epilogue in
        Parallel.ranges(graft_half_units(format, shape), slots: slots) { slot, begin, end in
          graft_half_forward(
            format, shape, packed, x, epilogue, y, scratch + slot * slotScratch, begin, end)
        }
      }
    }
  }
}
