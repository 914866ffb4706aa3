// Convolution and matrix product in half precision, for inference: operands of 16 bits, sums widened to
// Float32. Activations lie in memory as Float32 and are narrowed as they are gathered; weights are packed
// once, in half the memory.
//
// Float16 keeps 11 bits and ends at 65504. So that no sum overflows, each row of operands (the window of
// one result pixel) and the weights of each result channel are scaled by a power of two to magnitudes
// below 16: 128 products of at most 256 are added in Float16 before the sum is widened, and the results
// are scaled back in Float32. Scaling by powers of two is exact; what is more than 2¹⁸ times smaller than
// the largest of its row loses bits. An infinite operand gives NaN. bfloat16 keeps 8 bits and Float32's
// range; its products are added in Float32.
#ifndef GRAFT_HALF_H
#define GRAFT_HALF_H

#include "GraftConvolution.h"

/// A format of 16 bits.
typedef enum graft_half {
  /// IEEE 754 binary16; needs AVX512_FP16.
  GRAFT_FLOAT16 = 0,
  /// The upper half of a Float32; needs AVX512_BF16.
  GRAFT_BFLOAT16 = 1,
} graft_half;

/// Whether the processor has the format's instructions.
int32_t graft_half_is_supported(graft_half format);

/// Whether the functions below may be called: the processor has the format's instructions and AVX-512 is
/// the instruction set in use.
int32_t graft_half_is_available(graft_half format);

/// Whether a convolution is worth taking in half precision: faster than `graft_conv_forward` in Float32
/// where the format's multiply-adds run at twice the rate of Float32's, and exact enough for its place (see
/// NARROW_CHANNELS). Does not depend on the batch, so that a sample's result is the same in any. Where it is
/// 0 the functions below are right, if slow.
int32_t graft_half_wins(graft_half format, const graft_conv *_Nonnull shape);

/// Floats that the packed weights take.
ptrdiff_t graft_half_packed_count(graft_half format, const graft_conv *_Nonnull shape);

/// Packs weights OHWI [CO, KH, KW, CI/groups], rounded to the nearest. Not split: one call.
void graft_half_pack(
    graft_half format, const graft_conv *_Nonnull shape, const float *_Nonnull weights,
    float *_Nonnull packed);

/// Floats of scratch memory for the units that one thread runs after each other.
ptrdiff_t graft_half_scratch(graft_half format, const graft_conv *_Nonnull shape);

/// Units of work of `graft_half_forward`.
ptrdiff_t graft_half_units(graft_half format, const graft_conv *_Nonnull shape);

/// y = epilogue(x ∗ w). `packed` comes from `graft_half_pack`. Calls that run at the same time need
/// scratch memory of their own each.
void graft_half_forward(
    graft_half format, const graft_conv *_Nonnull shape, const float *_Nonnull packed,
    const float *_Nonnull x, const graft_epilogue *_Nonnull epilogue, float *_Nonnull y,
    float *_Nonnull scratch, ptrdiff_t begin, ptrdiff_t end);

#endif
