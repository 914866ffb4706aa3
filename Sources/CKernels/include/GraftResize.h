// Maps resized by nearest neighbours or bilinear interpolation.
#ifndef GRAFT_RESIZE_H
#define GRAFT_RESIZE_H

#include <stddef.h>
#include <stdint.h>

/// How a coordinate between source pixels becomes a value.
typedef enum graft_interpolation {
  GRAFT_LINEAR,
  GRAFT_NEAREST_FLOOR,
  GRAFT_NEAREST_CEIL,
  GRAFT_NEAREST_PREFER_FLOOR,  // the nearest; of two, the one before
  GRAFT_NEAREST_PREFER_CEIL,   // the nearest; of two, the one behind
} graft_interpolation;

/// x [batch, in_height, in_width, channels] and y [batch, out_height, out_width, channels]. Target i along
/// an axis stands at the source coordinate scale · i + offset, which is kept to the source's first and last.
typedef struct graft_resize {
  ptrdiff_t batch, channels, in_height, in_width, out_height, out_width;
  double vertical_scale, vertical_offset, horizontal_scale, horizontal_offset;
  graft_interpolation interpolation;
} graft_resize;

/// y = x resized. Unit: one row of y (batch · out_height units).
void graft_resize_forward(
    const graft_resize *_Nonnull shape, const float *_Nonnull x, float *_Nonnull y,
    ptrdiff_t begin, ptrdiff_t end);

/// Units of work of `graft_resize_backward`.
ptrdiff_t graft_resize_backward_units(const graft_resize *_Nonnull shape);

/// dx = (or +=) the gradient of x, added in the order of y's pixels.
void graft_resize_backward(
    const graft_resize *_Nonnull shape, const float *_Nonnull dy, float *_Nonnull dx,
    int32_t accumulate, ptrdiff_t begin, ptrdiff_t end);

#endif
