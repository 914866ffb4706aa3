// Element-wise work over flat arrays (unit: one element, so begin and end are indices) and small
// reductions. Split arrays at multiples of 16 elements to keep vectors whole.
#ifndef GRAFT_ELEMENTWISE_H
#define GRAFT_ELEMENTWISE_H

#include <stddef.h>
#include <stdint.h>

/// x[i] = value.
void graft_fill(float value, float *_Nonnull x, ptrdiff_t begin, ptrdiff_t end);

/// y = clamp(a + b, low, high). y may alias a or b.
void graft_add(
    const float *_Nonnull a, const float *_Nonnull b, float low, float high, float *_Nonnull y,
    ptrdiff_t begin, ptrdiff_t end);

/// y = clamp(x, low, high). y may alias x.
void graft_clamp(
    const float *_Nonnull x, float low, float high, float *_Nonnull y, ptrdiff_t begin,
    ptrdiff_t end);

/// dx = (or +=) dy where low < y < high, else 0; y is the clamp's output. dx may alias dy.
void graft_clamp_backward(
    const float *_Nonnull y, const float *_Nonnull dy, float low, float high, float *_Nonnull dx,
    int32_t accumulate, ptrdiff_t begin, ptrdiff_t end);

/// y = a·x. y may alias x.
void graft_scale(
    float a, const float *_Nonnull x, float *_Nonnull y, ptrdiff_t begin, ptrdiff_t end);

/// y += a·x.
void graft_axpy(
    float a, const float *_Nonnull x, float *_Nonnull y, ptrdiff_t begin, ptrdiff_t end);

/// y = a·b element by element. y may alias a or b.
void graft_multiply(
    const float *_Nonnull a, const float *_Nonnull b, float *_Nonnull y, ptrdiff_t begin,
    ptrdiff_t end);

/// Copies (accumulate = 0) or adds (1) `channels` floats per row between strided rows: concatenation,
/// slicing and their gradients. Unit: one row.
void graft_copy_rows(
    ptrdiff_t channels, const float *_Nonnull x, ptrdiff_t x_stride, float *_Nonnull y,
    ptrdiff_t y_stride, int32_t accumulate, ptrdiff_t begin, ptrdiff_t end);

/// y[j·groups + i] = (or +=) x[i·channels/groups + j] in each row of `channels` floats: the channels of
/// all groups by turns. With groups' = channels/groups it undoes itself. Unit: one row.
void graft_shuffle_channels(
    ptrdiff_t channels, ptrdiff_t groups, const float *_Nonnull x, float *_Nonnull y,
    int32_t accumulate, ptrdiff_t begin, ptrdiff_t end);

/// Σ a[i]·b[i], accumulated in double.
double graft_dot(
    const float *_Nonnull a, const float *_Nonnull b, ptrdiff_t begin, ptrdiff_t end);

/// Σ x[i], accumulated in double.
double graft_sum(const float *_Nonnull x, ptrdiff_t begin, ptrdiff_t end);

/// 1 if an element is NaN or infinite, else 0.
int32_t graft_has_nonfinite(const float *_Nonnull x, ptrdiff_t begin, ptrdiff_t end);

/// y[i] = Double(x[i]).
void graft_widen(const float *_Nonnull x, double *_Nonnull y, ptrdiff_t begin, ptrdiff_t end);

/// y[i] = x[i] as bfloat16 (the upper half of a Float32), rounded to nearest, ties to even; infinities
/// and NaNs stay what they are. Unit: one element.
void graft_narrow_bfloat16(
    const float *_Nonnull x, uint16_t *_Nonnull y, ptrdiff_t begin, ptrdiff_t end);

/// y[i] = x[i] from bfloat16, exactly. Unit: one element.
void graft_widen_bfloat16(
    const uint16_t *_Nonnull x, float *_Nonnull y, ptrdiff_t begin, ptrdiff_t end);

#endif
