// Layer normalisation: each row (a token or pixel) of `channels` floats by its own mean and variance.
#ifndef GRAFT_LAYER_NORM_H
#define GRAFT_LAYER_NORM_H

#include <stddef.h>
#include <stdint.h>

/// y = gamma·(x − mean)·inverse + beta with mean and inverse = 1 / √(variance + epsilon) of the row,
/// variance divided by channels. beta NULL = 0. statistics: NULL, or [rows, 2], where mean and inverse
/// are kept for the backward pass. y may alias x. Unit: one row.
void graft_layer_norm(
    ptrdiff_t channels, const float *_Nonnull x, const float *_Nonnull gamma,
    const float *_Nullable beta, float epsilon, float *_Nonnull y, float *_Nullable statistics,
    ptrdiff_t begin, ptrdiff_t end);

/// With x̂ = (x − mean)·inverse and h = dy·gamma:
/// dx = (or +=) inverse·(h − Σh/channels − x̂·Σ(h·x̂)/channels), the sums over the row; and partial
/// sums over a chunk of rows of dy and dy·x̂, for `graft_normalise_backward_finish`.
/// partial: double [graft_row_chunks(rows), 2, channels]. dx NULL or partial NULL: not wanted.
/// dx may alias dy. Unit: one chunk of rows.
void graft_layer_norm_backward(
    ptrdiff_t rows, ptrdiff_t channels, const float *_Nonnull dy, const float *_Nonnull x,
    const float *_Nonnull statistics, const float *_Nonnull gamma, float *_Nullable dx,
    int32_t accumulate, double *_Nullable partial, ptrdiff_t begin, ptrdiff_t end);

#endif
