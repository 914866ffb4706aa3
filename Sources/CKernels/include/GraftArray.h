// Arithmetic, reductions and movements of arrays with any strides: broadcasting, transposition, slices.
#ifndef GRAFT_ARRAY_H
#define GRAFT_ARRAY_H

#include <stddef.h>
#include <stdint.h>

/// The batch and up to six axes of a sample.
#define GRAFT_MAX_AXES 7

/// A loop over axes, the outermost first, and how far each operand (a, b, c and the result y) moves from
/// one place of an axis to the next, in floats: 0 along an axis that it is broadcast over, negative along
/// one that is read backwards. Axes along which y does not move are summed over (reduced); they come last.
/// Zeros are an empty loop of one place; `graft_axes_append` adds axes.
typedef struct graft_axes {
  ptrdiff_t rank, kept;
  ptrdiff_t count[GRAFT_MAX_AXES];
  ptrdiff_t stride[4][GRAFT_MAX_AXES];
} graft_axes;

/// Appends an axis inside all others. One of a single place is left out, and one that every operand walks
/// as the continuation of the axis before it is merged with that, so that what lies in one piece is a
/// single long axis.
static inline void graft_axes_append(
    graft_axes *_Nonnull axes, ptrdiff_t count, ptrdiff_t a, ptrdiff_t b, ptrdiff_t c,
    ptrdiff_t y) {
  if (count == 1) return;
  const ptrdiff_t strides[4] = {a, b, c, y};
  ptrdiff_t place = axes->rank - 1;
  int merges = place >= 0;
  for (int i = 0; i < 4 && merges; i++)
    merges = axes->stride[i][place] == count * strides[i];
  if (!merges) {
    place = axes->rank++;
    axes->count[place] = 1;
    if (y != 0) axes->kept++;
  }
  axes->count[place] *= count;
  for (int i = 0; i < 4; i++) axes->stride[i][place] = strides[i];
}

/// What `graft_combine` computes at one place from a, b and c.
typedef enum graft_combination {
  GRAFT_SUM,       // a
  GRAFT_LARGEST,   // a; the largest over reduced axes instead of the sum
  GRAFT_SMALLEST,  // a; the smallest over reduced axes
  GRAFT_PLUS,      // a + b
  GRAFT_MINUS,     // a − b
  GRAFT_TIMES,     // a · b
  GRAFT_OVER,      // a / b
  GRAFT_LESSER,    // min(a, b)
  GRAFT_GREATER,   // max(a, b)
  GRAFT_EQUAL,     // 1 where a = b, else 0
  // Gradients, of a = ∂loss/∂result.
  GRAFT_OVER_SLOPE,     // −a · b / c²: of the denominator c of b / c
  GRAFT_LESSER_SLOPE,   // a where b < c, a / 2 where b = c, else 0: of b in min(b, c)
  GRAFT_GREATER_SLOPE,  // a where b > c, a / 2 where b = c, else 0: of b in max(b, c)
  GRAFT_WHERE_EQUAL,    // a where b = c, else 0: of b in its largest or smallest, c
} graft_combination;

/// Units of work of `graft_combine`.
ptrdiff_t graft_combine_units(const graft_axes *_Nonnull axes);

/// y = (or +=) scale · Σ (or the largest, or the smallest) of f(a, b, c) over the reduced axes; y is
/// contiguous. Sums are taken in parts of at most 128 terms a lane. Operands that f does not have may be
/// NULL. y may alias an operand that moves as y does.
void graft_combine(
    const graft_axes *_Nonnull axes, graft_combination kind, float scale,
    const float *_Nonnull a, const float *_Nullable b, const float *_Nullable c,
    float *_Nonnull y, int32_t accumulate, ptrdiff_t begin, ptrdiff_t end);

/// Units of work of `graft_move`.
ptrdiff_t graft_move_units(const graft_axes *_Nonnull axes);

/// y = (or +=) x at every place of the axes, of which a's strides are x's; none is reduced. Rows are copied
/// where both are contiguous along the last axis, and transposed in blocks where x is along another.
void graft_move(
    const graft_axes *_Nonnull axes, const float *_Nonnull x, float *_Nonnull y,
    int32_t accumulate, ptrdiff_t begin, ptrdiff_t end);

/// y[o, k, i] = x[o, indices[k], i] with x [outer, length, inner] and y [outer, count, inner]; indices are
/// in 0 ..< length. Unit: one o.
void graft_gather(
    ptrdiff_t length, ptrdiff_t count, ptrdiff_t inner, const ptrdiff_t *_Nonnull indices,
    const float *_Nonnull x, float *_Nonnull y, ptrdiff_t begin, ptrdiff_t end);

/// dx[o, indices[k], i] = (or +=) Σ dy[o, k, i], added in the order of k. Unit: one o.
void graft_gather_backward(
    ptrdiff_t length, ptrdiff_t count, ptrdiff_t inner, const ptrdiff_t *_Nonnull indices,
    const float *_Nonnull dy, float *_Nonnull dx, int32_t accumulate, ptrdiff_t begin,
    ptrdiff_t end);

/// y = x to the power of `exponent`, by multiplication, division or square root for the exponents ±1, 2,
/// 3 and ±1/2, else by the C library. y may alias x. Unit: one element.
void graft_power(
    float exponent, const float *_Nonnull x, float *_Nonnull y, ptrdiff_t begin, ptrdiff_t end);

/// dx = (or +=) dy · exponent · x^(exponent − 1). dx may alias dy. Unit: one element.
void graft_power_backward(
    float exponent, const float *_Nonnull x, const float *_Nonnull dy, float *_Nonnull dx,
    int32_t accumulate, ptrdiff_t begin, ptrdiff_t end);

/// Units of work of the softmax over the middle axis of [outer, count, inner].
ptrdiff_t graft_softmax_axis_units(ptrdiff_t outer, ptrdiff_t inner);

/// y = softmax(x) over the middle axis of [outer, count, inner], or its logarithm. y may alias x.
void graft_softmax_axis(
    ptrdiff_t count, ptrdiff_t inner, int32_t logarithm, const float *_Nonnull x,
    float *_Nonnull y, ptrdiff_t begin, ptrdiff_t end);

/// dx = (or +=) the gradient of `graft_softmax_axis` from its output y. dx may alias dy.
void graft_softmax_axis_backward(
    ptrdiff_t count, ptrdiff_t inner, int32_t logarithm, const float *_Nonnull y,
    const float *_Nonnull dy, float *_Nonnull dx, int32_t accumulate, ptrdiff_t begin,
    ptrdiff_t end);

#endif
