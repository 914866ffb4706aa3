// Convolution with 3×3 windows at stride 1 by Winograd's minimal filtering: 2.25 to 4 times fewer
// multiplications than `graft_conv_*`, at a somewhat larger rounding error.
//
// Lavin, Gray 2016, "Fast Algorithms for Convolutional Neural Networks", arXiv:1509.09308, eq. 8–12.
#ifndef GRAFT_WINOGRAD_H
#define GRAFT_WINOGRAD_H

#include "GraftConvolution.h"

/// Which sum a Winograd convolution computes.
typedef enum graft_winograd_pass {
  /// y = x ∗ w.
  GRAFT_WINOGRAD_FORWARD = 0,
  /// dx from dy: the forward of w turned by 180° with input and output channels exchanged.
  GRAFT_WINOGRAD_INPUT_GRADIENT = 1,
  /// dw from x and dy.
  GRAFT_WINOGRAD_WEIGHT_GRADIENT = 2,
} graft_winograd_pass;

/// Whether a convolution is faster by Winograd's form: 1 if it is, 0 if `graft_conv_*` is to be used.
/// The one place that decides; memory, packing and running must all follow it. Depends on the
/// instruction set and on everything in the shape but the batch, so that a sample's result is the same
/// in any batch. Where it is 0, the functions below are not to be called unless the convolution has
/// 3×3 windows, stride 1, dilation 1 and one group: those they compute rightly, if slowly.
int32_t graft_winograd_wins(const graft_conv *_Nonnull shape, graft_winograd_pass pass);

/// Floats that the packed weights take.
ptrdiff_t graft_winograd_packed_count(const graft_conv *_Nonnull shape, graft_winograd_pass pass);

/// Packs weights OHWI for `graft_winograd_forward` or `graft_winograd_input_gradient`: transforms them
/// to the points of interpolation. Not split: one call.
void graft_winograd_pack(
    const graft_conv *_Nonnull shape, graft_winograd_pass pass, const float *_Nonnull weights,
    float *_Nonnull packed);

/// Floats of scratch memory for the units that one thread runs after each other, for any pass.
ptrdiff_t graft_winograd_scratch(const graft_conv *_Nonnull shape, graft_winograd_pass pass);

/// Units of work, for any pass.
ptrdiff_t graft_winograd_units(const graft_conv *_Nonnull shape, graft_winograd_pass pass);

/// y = epilogue(x ∗ w). Calls that run at the same time need scratch memory of their own each.
void graft_winograd_forward(
    const graft_conv *_Nonnull shape, const float *_Nonnull packed, const float *_Nonnull x,
    const graft_epilogue *_Nonnull epilogue, float *_Nonnull y, float *_Nonnull scratch,
    ptrdiff_t begin, ptrdiff_t end);

/// dx = ∂loss/∂x given dy = ∂loss/∂y (accumulate = 0) or dx += it (accumulate = 1).
void graft_winograd_input_gradient(
    const graft_conv *_Nonnull shape, const float *_Nonnull packed, const float *_Nonnull dy,
    float *_Nonnull dx, int32_t accumulate, float *_Nonnull scratch, ptrdiff_t begin,
    ptrdiff_t end);

/// Floats of partial sums of `graft_winograd_weight_gradient`, shared by all units; may be 0, and then
/// `partial` may be NULL.
ptrdiff_t graft_winograd_partial(const graft_conv *_Nonnull shape);

/// First step of dw = ∂loss/∂w, OHWI. After all units have run, call
/// `graft_winograd_weight_gradient_reduce` over all its units: dw is complete only then.
/// dw is written (accumulate = 0) or added to (accumulate = 1); pass the same to both steps. The sum
/// over pixels is cut by the shape, batch included, and added up in a fixed order.
void graft_winograd_weight_gradient(
    const graft_conv *_Nonnull shape, const float *_Nonnull x, const float *_Nonnull dy,
    float *_Nullable partial, float *_Nonnull dw, int32_t accumulate, float *_Nonnull scratch,
    ptrdiff_t begin, ptrdiff_t end);

/// Units of work of `graft_winograd_weight_gradient_reduce`; 0 if the first step did it all.
ptrdiff_t graft_winograd_weight_gradient_reduce_units(const graft_conv *_Nonnull shape);

/// Second step: adds the partial sums into dw, in order.
void graft_winograd_weight_gradient_reduce(
    const graft_conv *_Nonnull shape, const float *_Nullable partial, float *_Nonnull dw,
    int32_t accumulate, ptrdiff_t begin, ptrdiff_t end);

#endif
