// Factors per image and channel: what squeeze-and-excitation and global response normalisation do to
// every pixel, and the sums over pixels that their gradients need.
#ifndef GRAFT_GATING_H
#define GRAFT_GATING_H

#include <stddef.h>
#include <stdint.h>

/// Two activations [images, pixels, channels] with a factor each [images, channels]:
/// y = (or +=) a·a_gate + b·b_gate + shift[channels]. b, with b_gate, and shift may be NULL.
/// y may alias a or b. Unit: one row (images·pixels units).
void graft_gate(
    ptrdiff_t pixels, ptrdiff_t channels, const float *_Nonnull a, const float *_Nonnull a_gate,
    const float *_Nullable b, const float *_Nullable b_gate, const float *_Nullable shift,
    float *_Nonnull y, int32_t accumulate, ptrdiff_t begin, ptrdiff_t end);

/// Units of work of `graft_pixel_products`.
ptrdiff_t graft_pixel_products_units(ptrdiff_t images, ptrdiff_t channels);

/// sums[image, c] = (or +=) Σ_pixels a·b. a and b may be the same.
void graft_pixel_products(
    ptrdiff_t pixels, ptrdiff_t channels, const float *_Nonnull a, const float *_Nonnull b,
    float *_Nonnull sums, int32_t accumulate, ptrdiff_t begin, ptrdiff_t end);

#endif
