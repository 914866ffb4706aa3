// Per-channel statistics and batch normalisation over rows (a row = a pixel) of `channels` floats.
//
// Sums run over fixed chunks of rows (`graft_row_chunks`, at most 64), each accumulated in double from
// Float32 sums over a few rows, then the chunks are added in order: the result does not depend on the
// number of threads.
#ifndef GRAFT_NORMALISATION_H
#define GRAFT_NORMALISATION_H

#include <stddef.h>
#include <stdint.h>

/// Number of chunks of `rows` rows: the units of the *_partial functions below.
ptrdiff_t graft_row_chunks(ptrdiff_t rows);

/// Partial sums of x and x². partial: double [chunks, 2, channels]. Unit: one chunk.
void graft_moments_partial(
    ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t x_stride, const float *_Nonnull x,
    double *_Nonnull partial, ptrdiff_t begin, ptrdiff_t end);

/// mean[c] and biased variance[c] (divided by rows, never negative) from the partial sums.
/// Unit: one channel.
void graft_moments_finish(
    ptrdiff_t rows, ptrdiff_t channels, const double *_Nonnull partial, float *_Nonnull mean,
    float *_Nonnull variance, ptrdiff_t begin, ptrdiff_t end);

/// scale[c] = gamma[c] / √(variance[c] + epsilon), shift[c] = beta[c] − mean[c]·scale[c],
/// inverse_deviation[c] = 1 / √(variance[c] + epsilon) where not NULL. gamma NULL = 1, beta NULL = 0.
/// Not split.
void graft_normalise_coefficients(
    ptrdiff_t channels, const float *_Nonnull mean, const float *_Nonnull variance,
    const float *_Nullable gamma, const float *_Nullable beta, float epsilon,
    float *_Nonnull scale, float *_Nonnull shift, float *_Nullable inverse_deviation);

/// y = clamp(x·scale[c] + shift[c] + residual, low, high). residual NULL = none, scale NULL = 1,
/// shift NULL = 0. y may alias x or residual. Unit: one row.
void graft_affine(
    ptrdiff_t channels, const float *_Nonnull x, ptrdiff_t x_stride, const float *_Nullable scale,
    const float *_Nullable shift, const float *_Nullable residual, ptrdiff_t residual_stride,
    float low, float high, float *_Nonnull y, ptrdiff_t y_stride, ptrdiff_t begin, ptrdiff_t end);

/// y = f(x·scale[c] + shift[c]) of rows [rows, channels], f a function of `graft_activation_kind` with
/// parameters a and b. y may alias x. Unit: one row.
void graft_affine_activate(
    ptrdiff_t channels, int32_t kind, float a, float b, const float *_Nonnull x,
    const float *_Nonnull scale, const float *_Nonnull shift, float *_Nonnull y, ptrdiff_t begin,
    ptrdiff_t end);

/// g = dy·f′(x·scale[c] + shift[c]), the gradient before that activation. g may alias dy. Unit: one row.
void graft_affine_activate_backward(
    ptrdiff_t channels, int32_t kind, float a, float b, const float *_Nonnull x,
    const float *_Nonnull scale, const float *_Nonnull shift, const float *_Nonnull dy,
    float *_Nonnull g, ptrdiff_t begin, ptrdiff_t end);

/// What the backward kernels below read: g = dy where `low < y < high`, else 0 (the gradient of a
/// clamp that followed; y its output, contiguous like dy). y NULL: y = x·scale[c] + shift[c] of the
/// kernel's x, as `graft_affine` computed it before its clamp: one array less to read. scale NULL too:
/// g = dy. activation not GRAFT_CLAMP (0): see `graft_normalise_backward_partial`.
typedef struct graft_gradient {
  const float *_Nonnull dy;
  ptrdiff_t dy_stride;
  const float *_Nullable y;
  ptrdiff_t y_stride;
  float low, high;
  const float *_Nullable scale;
  const float *_Nullable shift;
  int32_t activation;
  float *_Nullable activated;
} graft_gradient;

/// Partial sums of g and g·(x − mean[c])·inverse_deviation[c].
/// partial: double [chunks, 2, channels]. x NULL: the second sum is 0 (bias gradients: use this).
/// With an activation f other than a clamp, g = dy·f′(x·scale[c] + shift[c]) as of
/// `graft_affine_activate_backward` with a, b = low, high, and `activated`, which may be dy, receives g;
/// the kernels below take dy for it. Rows are `channels` apart then. Unit: one chunk.
void graft_normalise_backward_partial(
    ptrdiff_t rows, ptrdiff_t channels, const graft_gradient *_Nonnull gradient,
    const float *_Nullable x, ptrdiff_t x_stride, const float *_Nullable mean,
    const float *_Nullable inverse_deviation, double *_Nonnull partial, ptrdiff_t begin,
    ptrdiff_t end);

/// beta_gradient[c] = Σ g, gamma_gradient[c] = Σ g·x̂ (either NULL: not written), written or, with
/// accumulate = 1, added. Unit: one channel.
void graft_normalise_backward_finish(
    ptrdiff_t rows, ptrdiff_t channels, const double *_Nonnull partial,
    float *_Nullable beta_gradient, float *_Nullable gamma_gradient, int32_t accumulate,
    ptrdiff_t begin, ptrdiff_t end);

/// Training mode: dx = gamma·inv·(g − Σg/rows − x̂·Σ(g·x̂)/rows), x̂ = (x − mean)·inv, where the sums are
/// `sum` [channels] and `sum_normalised` [channels] over `rows` rows (from the finish function with
/// accumulate = 0). gamma NULL = 1. residual_gradient: where not NULL, it is also given g (= or +=).
/// dx = or += by accumulate. dx may alias dy or residual_gradient dy (not both). Unit: one row.
void graft_normalise_backward(
    ptrdiff_t rows, ptrdiff_t channels, const graft_gradient *_Nonnull gradient,
    const float *_Nonnull x, ptrdiff_t x_stride, const float *_Nonnull mean,
    const float *_Nonnull inverse_deviation, const float *_Nullable gamma,
    const float *_Nonnull sum, const float *_Nonnull sum_normalised, float *_Nonnull dx,
    ptrdiff_t dx_stride, int32_t accumulate, float *_Nullable residual_gradient,
    ptrdiff_t residual_stride, int32_t residual_accumulate, ptrdiff_t begin, ptrdiff_t end);

/// Frozen statistics and plain clamps: dx = (or +=) g·scale[c]; scale NULL = 1. dx NULL: not written.
/// residual_gradient as above. dx may alias dy. Unit: one row.
void graft_affine_backward(
    ptrdiff_t channels, const graft_gradient *_Nonnull gradient, const float *_Nullable scale,
    float *_Nullable dx, ptrdiff_t dx_stride, int32_t accumulate,
    float *_Nullable residual_gradient, ptrdiff_t residual_stride, int32_t residual_accumulate,
    ptrdiff_t begin, ptrdiff_t end);

#endif
