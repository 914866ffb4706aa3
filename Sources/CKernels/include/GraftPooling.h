// Max, average, adaptive average, global average and blurring pooling, and their gradients.
#ifndef GRAFT_POOLING_H
#define GRAFT_POOLING_H

#include <stddef.h>
#include <stdint.h>

/// The shape of a pooling. Windows are clipped to the image; ceil mode is only a larger out_height and
/// out_width. Every window must hold at least one input pixel (as PyTorch guarantees).
/// count_includes_pad (average only): 1 divides by the window's size clipped to the padded image, as
/// PyTorch's default (padded height = pad_top + in_height + pad_bottom); 0 divides by the pixels inside
/// the image. pad_bottom and pad_right serve nothing else.
/// adaptive (average only): 1 makes output row i the mean of the input rows from ⌊i·IH/OH⌋ up to
/// ⌈(i+1)·IH/OH⌉, columns alike, as PyTorch's adaptive pooling; kernel, stride and pads are not read.
typedef struct graft_pool {
  ptrdiff_t batch, channels;
  ptrdiff_t in_height, in_width, in_pixel_stride;
  ptrdiff_t out_height, out_width, out_pixel_stride;
  ptrdiff_t kernel_height, kernel_width;
  ptrdiff_t stride_height, stride_width;
  ptrdiff_t pad_top, pad_left, pad_bottom, pad_right;
  int32_t count_includes_pad;
  int32_t adaptive;
} graft_pool;

/// y = max over the window; ties go to the first pixel in row order, NaN wins.
/// indices: NULL, or [batch, OH, OW, channels] contiguous: the input pixel iy·IW + ix that won.
/// Unit: one output row (batch·out_height units).
void graft_max_pool_forward(
    const graft_pool *_Nonnull shape, const float *_Nonnull x, float *_Nonnull y,
    int32_t *_Nullable indices, ptrdiff_t begin, ptrdiff_t end);

/// dx = (or +=) dy scattered to the winners. Unit: one image (batch units).
void graft_max_pool_backward(
    const graft_pool *_Nonnull shape, const int32_t *_Nonnull indices, const float *_Nonnull dy,
    float *_Nonnull dx, int32_t accumulate, ptrdiff_t begin, ptrdiff_t end);

/// y = mean over the window. Unit: one output row (batch·out_height units).
void graft_average_pool_forward(
    const graft_pool *_Nonnull shape, const float *_Nonnull x, float *_Nonnull y, ptrdiff_t begin,
    ptrdiff_t end);

/// dx = (or +=) the gradient of the mean. Unit: one image (batch units).
void graft_average_pool_backward(
    const graft_pool *_Nonnull shape, const float *_Nonnull dy, float *_Nonnull dx,
    int32_t accumulate, ptrdiff_t begin, ptrdiff_t end);

/// y[b, c] = mean over the `pixels` pixels of image b. x: [batch, pixels, channels], pixel stride
/// x_stride; y: [batch, channels] contiguous. Unit: one image.
void graft_global_average_forward(
    ptrdiff_t pixels, ptrdiff_t channels, ptrdiff_t x_stride, const float *_Nonnull x,
    float *_Nonnull y, ptrdiff_t begin, ptrdiff_t end);

/// dx[b, p, c] = (or +=) dy[b, c] / pixels. Unit: one image.
void graft_global_average_backward(
    ptrdiff_t pixels, ptrdiff_t channels, ptrdiff_t dx_stride, const float *_Nonnull dy,
    float *_Nonnull dx, int32_t accumulate, ptrdiff_t begin, ptrdiff_t end);

/// y = the binomial blur [1 2 1]ᵀ[1 2 1] / 16 of x at every stride-th pixel, the image reflected at its
/// borders (pixel −1 is pixel 1), as anti-aliased networks pool. kernel 3×3, pads 1; in_height and
/// in_width at least 2. Unit: one output row (batch·out_height units).
void graft_blur_pool_forward(
    const graft_pool *_Nonnull shape, const float *_Nonnull x, float *_Nonnull y, ptrdiff_t begin,
    ptrdiff_t end);

/// dx = (or +=) the gradient of the blur. Unit: one image (batch units).
void graft_blur_pool_backward(
    const graft_pool *_Nonnull shape, const float *_Nonnull dy, float *_Nonnull dx,
    int32_t accumulate, ptrdiff_t begin, ptrdiff_t end);

#endif
