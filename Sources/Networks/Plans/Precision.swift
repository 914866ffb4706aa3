internal import CKernels

/// The format in which an inference plan multiplies.
///
/// Only the operands of products (convolutions and linear layers) are narrowed: sums are widened to
/// Float32, and activations, normalisations and everything else stay Float32. So do products of few
/// channels, where narrowing is slower or costs too much of the embedding.
///
/// - Reference: IEEE 754-2019, §3.4 (binary16); Kalamkar et al. 2019, arXiv:1905.12322 (bfloat16).
public enum Precision: String, Sendable, Hashable, Codable, CaseIterable {
  /// 24 bits; what training always takes.
  case float32
  /// 11 bits. Operands are scaled by powers of two, so that no sum overflows: each row of the left one and
  /// each channel of the weights. Needs AVX512_FP16.
  case float16
  /// 8 bits and Float32's range. Needs AVX512_BF16.
  case bfloat16

  /// Why this machine can't take it, as a sentence that says what to do; nil where it can.
  public var refusal: String? {
    guard let half, graft_half_is_available(half) == 0 else { return nil }
    let feature = self == .float16 ? "AVX512_FP16" : "AVX512_BF16"
    return graft_half_is_supported(half) == 0
      ? "Precision \(rawValue) needs a processor with \(feature), which this one lacks; use float32."
      : "Precision \(rawValue) needs AVX-512 kernels, which GRAFT_ISA rules out here; unset it or use float32."
  }

  /// The kernels' name of a format of 16 bits; nil for Float32.
  var half: graft_half? {
    switch self {
    case .float32: nil
    case .float16: GRAFT_FLOAT16
    case .bfloat16: GRAFT_BFLOAT16
    }
  }
}
