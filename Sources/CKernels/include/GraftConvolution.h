// Convolution and matrix product (a linear layer is a 1×1 convolution over rows), depth-wise
// convolution, and their gradients.
#ifndef GRAFT_CONVOLUTION_H
#define GRAFT_CONVOLUTION_H

#include <stddef.h>
#include <stdint.h>

/// The shape of a convolution y[B, OH, OW, CO] = x[B, IH, IW, CI] ∗ w[CO, KH, KW, CI/groups].
///
/// Output pixel (oy, ox) and tap (ky, kx) read input pixel
/// (oy·stride_height + ky·dilation_height − pad_top, ox·stride_width + kx·dilation_width − pad_left),
/// zero where that lies outside. Bottom and right padding follow from out_height and out_width, so
/// padding may be asymmetric (TensorFlow "same"). A linear layer over N rows: batch = N, every height,
/// width, kernel, stride, dilation and groups = 1, pads 0.
///
/// At most 1024 taps (kernel_height · kernel_width). With padding, in_channels / groups and (for input
/// gradients) out_channels / groups, for depth-wise convolutions in_channels, must not exceed
/// GRAFT_MAX_PADDED_CHANNELS. Strides (in floats) are at least the channel counts.
typedef struct graft_conv {
  ptrdiff_t batch;
  ptrdiff_t in_height, in_width, in_channels, in_pixel_stride;
  ptrdiff_t out_height, out_width, out_channels, out_pixel_stride;
  ptrdiff_t kernel_height, kernel_width;
  ptrdiff_t stride_height, stride_width;
  ptrdiff_t pad_top, pad_left;
  ptrdiff_t dilation_height, dilation_width;
  ptrdiff_t groups;
} graft_conv;

#define GRAFT_MAX_PADDED_CHANNELS 16384

/// What is done to each output value before it is written:
/// y = min(max(conv + bias[c] + residual[pixel, c], low), high).
/// bias: [CO] or NULL. residual: pixels as y's, `residual_stride` floats apart, or NULL; it may alias
/// y (with the same stride), which makes the call accumulate. No clamp: low = −∞, high = +∞;
/// ReLU: 0, +∞; ReLU6: 0, 6. `activation` is a graft_activation_kind; for others than GRAFT_CLAMP (0)
/// low and high are the function's parameters a and b.
typedef struct graft_epilogue {
  const float *_Nullable bias;
  const float *_Nullable residual;
  ptrdiff_t residual_stride;
  float low, high;
  int32_t activation;
} graft_epilogue;

/// Floats that the packed weights of `graft_conv_pack` take (depends on the instruction set).
ptrdiff_t graft_conv_packed_count(const graft_conv *_Nonnull shape);

/// Packs weights OHWI [CO, KH, KW, CI/groups] for `graft_conv_forward`. Not split: one call (run layers
/// in parallel). Cheap
/// (a copy); training packs again after each update. Batch and sizes of images don't matter to it:
/// one pack serves any of them.
void graft_conv_pack(
    const graft_conv *_Nonnull shape, const float *_Nonnull weights, float *_Nonnull packed);

/// `graft_conv_pack` (flipped = 0) or `graft_conv_pack_flipped` (1) of weights that are multiplied by a factor
/// per output channel on the way, scale [CO]. One group only.
void graft_conv_pack_scaled(
    const graft_conv *_Nonnull shape, const float *_Nonnull weights, const float *_Nonnull scale,
    int32_t flipped, float *_Nonnull packed);

/// Units of work of `graft_conv_forward`.
ptrdiff_t graft_conv_forward_units(const graft_conv *_Nonnull shape);

/// y = epilogue(x ∗ w). `packed` comes from `graft_conv_pack`.
void graft_conv_forward(
    const graft_conv *_Nonnull shape, const float *_Nonnull packed, const float *_Nonnull x,
    const graft_epilogue *_Nonnull epilogue, float *_Nonnull y, ptrdiff_t begin, ptrdiff_t end);

/// Floats that the packed weights of `graft_conv_pack_flipped` take.
ptrdiff_t graft_conv_packed_flipped_count(const graft_conv *_Nonnull shape);

/// Packs weights OHWI for `graft_conv_input_gradient`.
void graft_conv_pack_flipped(
    const graft_conv *_Nonnull shape, const float *_Nonnull weights, float *_Nonnull packed);

/// Units of work of `graft_conv_input_gradient`.
ptrdiff_t graft_conv_input_gradient_units(const graft_conv *_Nonnull shape);

/// dx = ∂loss/∂x given dy = ∂loss/∂y (accumulate = 0) or dx += it (accumulate = 1).
/// dx has x's strides, dy has y's. `packed` comes from `graft_conv_pack_flipped`.
void graft_conv_input_gradient(
    const graft_conv *_Nonnull shape, const float *_Nonnull packed, const float *_Nonnull dy,
    float *_Nonnull dx, int32_t accumulate, ptrdiff_t begin, ptrdiff_t end);

/// dx = f′(argument) ⊙ ∂loss/∂x where x = f(argument): the gradient of what a function before the layer
/// was given. Units, packed weights and strides as for `graft_conv_input_gradient`, argument as x; kind, a
/// and b as in `graft_activate_backward`.
void graft_conv_input_gradient_through(
    const graft_conv *_Nonnull shape, const float *_Nonnull packed, const float *_Nonnull dy,
    int32_t kind, float a, float b, const float *_Nonnull argument, float *_Nonnull dx,
    ptrdiff_t begin, ptrdiff_t end);

/// Floats of scratch memory for `graft_conv_weight_gradient` (shared by all units; may be 0, and then
/// `scratch` may be NULL).
ptrdiff_t graft_conv_weight_gradient_scratch(const graft_conv *_Nonnull shape);

/// Units of work of `graft_conv_weight_gradient`.
ptrdiff_t graft_conv_weight_gradient_units(const graft_conv *_Nonnull shape);

/// Rows of `row_sums` below; 0 where the shape has none and they must be summed in a pass of their own.
ptrdiff_t graft_conv_weight_gradient_row_sums(const graft_conv *_Nonnull shape);

/// First step of dw = ∂loss/∂w, OHWI. After all units have run, call
/// `graft_conv_weight_gradient_reduce` over all its units: dw is complete only then.
/// dw is written (accumulate = 0) or added to (accumulate = 1); pass the same to both steps.
/// row_sums: [graft_conv_weight_gradient_row_sums, CO] or NULL; written so that its sum over the first axis
/// is Σ over pixels of dy, the gradient of a bias.
void graft_conv_weight_gradient(
    const graft_conv *_Nonnull shape, const float *_Nonnull x, const float *_Nonnull dy,
    float *_Nullable scratch, float *_Nonnull dw, int32_t accumulate, double *_Nullable row_sums,
    ptrdiff_t begin, ptrdiff_t end);

/// Units of work of `graft_conv_weight_gradient_reduce`; 0 if the first step did it all.
ptrdiff_t graft_conv_weight_gradient_reduce_units(const graft_conv *_Nonnull shape);

/// Second step: adds the partial sums of `scratch` into dw, in a fixed order.
void graft_conv_weight_gradient_reduce(
    const graft_conv *_Nonnull shape, const float *_Nullable scratch, float *_Nonnull dw,
    int32_t accumulate, ptrdiff_t begin, ptrdiff_t end);

/// The gradients of weights w [rows, columns] and of a factor per row from those of their product:
/// given dw = ∂loss/∂(scale ⊙ w), writes dscale[r] = Σ dw[r]·w[r] (dscale may be NULL) and multiplies dw[r] by
/// scale[r]. Unit: one row.
void graft_channel_scale_backward(
    ptrdiff_t columns, const float *_Nonnull weights, const float *_Nonnull scale,
    float *_Nonnull dw, float *_Nullable dscale, ptrdiff_t begin, ptrdiff_t end);

// Depth-wise convolution: groups = in_channels = out_channels = C, weights [C, KH, KW] (PyTorch's
// [C, 1, KH, KW]; OHWI with I = 1 is the same memory). The same shape struct. The functions above are
// right for it too, but slow: use these.

/// Packs depth-wise weights [C, KH, KW] → [KH, KW, C] (same count) for the two functions below.
void graft_depthwise_pack(
    const graft_conv *_Nonnull shape, const float *_Nonnull weights, float *_Nonnull packed);

/// y = epilogue(x ∗ w), depth-wise. Unit: one output row (batch·out_height units).
void graft_depthwise_forward(
    const graft_conv *_Nonnull shape, const float *_Nonnull packed, const float *_Nonnull x,
    const graft_epilogue *_Nonnull epilogue, float *_Nonnull y, ptrdiff_t begin, ptrdiff_t end);

/// dx = or += ∂loss/∂x, depth-wise. Unit: one input row (batch·in_height units).
void graft_depthwise_input_gradient(
    const graft_conv *_Nonnull shape, const float *_Nonnull packed, const float *_Nonnull dy,
    float *_Nonnull dx, int32_t accumulate, ptrdiff_t begin, ptrdiff_t end);

/// Floats of scratch for `graft_depthwise_weight_gradient`.
ptrdiff_t graft_depthwise_weight_gradient_scratch(const graft_conv *_Nonnull shape);

/// Units of work of `graft_depthwise_weight_gradient`.
ptrdiff_t graft_depthwise_weight_gradient_units(const graft_conv *_Nonnull shape);

/// First step of dw, partial sums into `scratch`.
void graft_depthwise_weight_gradient(
    const graft_conv *_Nonnull shape, const float *_Nonnull x, const float *_Nonnull dy,
    float *_Nonnull scratch, ptrdiff_t begin, ptrdiff_t end);

/// Second step, not split: dw [C, KH, KW] = or += the sum of the partial sums.
void graft_depthwise_weight_gradient_reduce(
    const graft_conv *_Nonnull shape, const float *_Nonnull scratch, float *_Nonnull dw,
    int32_t accumulate);

#endif
