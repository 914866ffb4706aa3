// Normalisation within a sample: groups of channels over all pixels, and single rows.
//
// A group normalisation runs `graft_moments_partial` over the pixels of each sample, then the functions
// below. With one channel a group it is instance normalisation.
#ifndef GRAFT_GROUP_NORMALISATION_H
#define GRAFT_GROUP_NORMALISATION_H

#include <stddef.h>
#include <stdint.h>

#include "GraftNormalisation.h"

/// From the partial sums of one sample's x and x² (double [row_chunks(pixels), 2, channels]), for each
/// channel c of group G: mean and 1/√(variance + epsilon) of the group, scale[c] = gamma[c]·inverse,
/// shift[c] = beta[c] − mean·scale[c]. gamma NULL = 1, beta NULL = 0. Unit: one group.
void graft_group_coefficients(
    ptrdiff_t pixels, ptrdiff_t channels, ptrdiff_t groups, const double *_Nonnull partial,
    const float *_Nullable gamma, const float *_Nullable beta, float epsilon,
    float *_Nonnull scale, float *_Nonnull shift, float *_Nonnull mean,
    float *_Nonnull inverse_deviation, ptrdiff_t begin, ptrdiff_t end);

/// From one sample's partial sums of g and g·x̂ (of `graft_normalise_backward_partial`), for each
/// channel, with n = pixels·channels/groups: slope = −inverse²·Σ_G γ·g·x̂ / n and
/// offset = −inverse·Σ_G γ·g / n. gamma NULL = 1. Unit: one group.
void graft_group_backward_coefficients(
    ptrdiff_t pixels, ptrdiff_t channels, ptrdiff_t groups, const double *_Nonnull partial,
    const float *_Nullable gamma, const float *_Nonnull inverse_deviation, float *_Nonnull slope,
    float *_Nonnull offset, ptrdiff_t begin, ptrdiff_t end);

/// beta_gradient[c] = Σ g and gamma_gradient[c] = Σ g·x̂ (either NULL: not written) over all chunks of all
/// samples. partial: double [chunks, 2, channels]. Unit: one channel.
void graft_group_parameter_gradients(
    ptrdiff_t chunks, ptrdiff_t channels, const double *_Nonnull partial,
    float *_Nullable beta_gradient, float *_Nullable gamma_gradient, ptrdiff_t begin,
    ptrdiff_t end);

/// dx = (or +=) scale[c]·g + slope[c]·(x − mean[c]) + offset[c] on pixels of one sample.
/// residual_gradient: where not NULL, it is also given g (= or +=). dx may alias dy or
/// residual_gradient dy (not both). Unit: one row.
void graft_group_backward(
    ptrdiff_t channels, const graft_gradient *_Nonnull gradient, const float *_Nonnull x,
    ptrdiff_t x_stride, const float *_Nonnull scale, const float *_Nonnull mean,
    const float *_Nonnull slope, const float *_Nonnull offset, float *_Nonnull dx,
    ptrdiff_t dx_stride, int32_t accumulate, float *_Nullable residual_gradient,
    ptrdiff_t residual_stride, int32_t residual_accumulate, ptrdiff_t begin, ptrdiff_t end);

/// y = (x − mean) / √(variance + epsilon) of each row of `count` floats (variance biased), and
/// inverse_deviation[row]: what weight standardisation does to each output channel's weights.
/// Unit: one row.
void graft_standardise(
    ptrdiff_t count, float epsilon, const float *_Nonnull x, float *_Nonnull y,
    float *_Nonnull inverse_deviation, ptrdiff_t begin, ptrdiff_t end);

/// dx = inverse_deviation·(dy − mean(dy) − y·mean(dy·y)). dx may alias dy. Unit: one row.
void graft_standardise_backward(
    ptrdiff_t count, const float *_Nonnull y, const float *_Nonnull inverse_deviation,
    const float *_Nonnull dy, float *_Nonnull dx, ptrdiff_t begin, ptrdiff_t end);

/// y = x / max(‖x‖₂, epsilon) of each row; norms[row] = ‖x‖₂ where not NULL. y may alias x.
/// Unit: one row.
void graft_l2_normalise(
    ptrdiff_t channels, float epsilon, const float *_Nonnull x, float *_Nonnull y,
    float *_Nullable norms, ptrdiff_t begin, ptrdiff_t end);

/// dx = (or +=) (dy − y·⟨dy, y⟩) / ‖x‖₂, or dy / epsilon where ‖x‖₂ < epsilon. dx may alias dy.
/// Unit: one row.
void graft_l2_normalise_backward(
    ptrdiff_t channels, float epsilon, const float *_Nonnull y, const float *_Nonnull norms,
    const float *_Nonnull dy, float *_Nonnull dx, int32_t accumulate, ptrdiff_t begin,
    ptrdiff_t end);

#endif
