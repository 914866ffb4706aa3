internal import CKernels

/// Numbers of 16 bits with Float32's range and 8 bits of precision: the upper half of a Float32.
package enum BFloat16 {
  /// Numbers worth a range of their own.
  private static let grain = 1 << 16

  /// Rounds to the nearest, ties to even (relative error at most 2⁻⁸); infinities and NaNs stay.
  ///
  /// - Precondition: `target` holds as many numbers as `source`.
  package static func narrow(
    _ source: UnsafeBufferPointer<Float>, into target: UnsafeMutableBufferPointer<UInt16>
  ) {
    precondition(target.count >= source.count, "BFloat16: the target is too small")
    guard let from = source.baseAddress, let to = target.baseAddress else { return }
    Parallel.ranges(source.count, grain: grain) { begin, end in
      graft_narrow_bfloat16(from, to, begin, end)
    }
  }

  /// The same numbers, exactly.
  ///
  /// - Precondition: `target` holds as many numbers as `source`.
  package static func widen(
    _ source: UnsafeBufferPointer<UInt16>, into target: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(target.count >= source.count, "BFloat16: the target is too small")
    guard let from = source.baseAddress, let to = target.baseAddress else { return }
    Parallel.ranges(source.count, grain: grain) { begin, end in
      graft_widen_bfloat16(from, to, begin, end)
    }
  }
}
