#pragma once
// What a profile needs of a decoded picture: its luminance made smaller, its sharpness, a perceptual
// hash of parts of it, and the search among many hashes. Included by CImageCodecs.h.
#include <stddef.h>
#include <stdint.h>

/// Luminance of interleaved RGB, averaged over equal boxes to `grey_width` × `grey_height` (neither
/// larger than the picture), as values in 0…255.
///
/// Luminance is Pillow's "L": (19595 R + 38470 G + 7471 B + 2¹⁵) / 2¹⁶, an integer before averaging.
/// `histogram` receives how many pixels have each of the 256 luminances; `*is_grey` 1 when red,
/// green and blue are equal in every pixel, else 0. Returns 0, or -1 when scratch memory can't be
/// had.
int graft_luminance(const uint8_t *_Nonnull pixels, uint32_t width, uint32_t height,
                    uint32_t grey_width, uint32_t grey_height, float *_Nonnull grey,
                    uint32_t *_Nonnull histogram, int32_t *_Nonnull is_grey);

/// Variance of the four-neighbour Laplacian over the inner pixels, 0 where there are none; and the
/// share of inner pixels whose central-difference gradient is longer than `edge` levels a pixel.
void graft_sharpness(const float *_Nonnull grey, uint32_t width, uint32_t height, float edge,
                     double *_Nonnull laplacian_variance, double *_Nonnull edge_share);

/// Sums over all rectangles from the upper left corner: (height + 1) × (width + 1) values, the first
/// row and column zero.
void graft_integral(const float *_Nonnull grey, uint32_t width, uint32_t height,
                    double *_Nonnull integral);

/// Averages of a picture, given by its `graft_integral`, over `rows` × `columns` equal boxes of the
/// window from (left, top) to (right, bottom), in fractional pixels inside the picture.
void graft_box_averages(const double *_Nonnull integral, uint32_t width, uint32_t height, double left,
                        double top, double right, double bottom, uint32_t columns, uint32_t rows,
                        float *_Nonnull averages);

/// The signs of the 64 lowest frequencies of a 32 × 32 picture, its mean left out: bit
/// 16·(k mod 4) + k / 4 is 1 when coefficient k of the orthonormal DCT-II is above half a level, in
/// the order of row + column frequency, then row. `basis` is [11, 32]: cos(π(2x + 1)u / 64), scaled.
uint64_t graft_dct_hash(const float *_Nonnull picture, const float *_Nonnull basis);

/// Sorts `count` hashes for `graft_hash_search`: for each of the four 16-bit chunks, the hashes and
/// their indices ordered by that chunk (4 × count each), and where each chunk value begins
/// (4 × 65537).
void graft_hash_index(const uint64_t *_Nonnull hashes, uint32_t count, uint64_t *_Nonnull sorted,
                      uint32_t *_Nonnull order, uint32_t *_Nonnull starts);

/// Indices of all hashes whose Hamming distance to `query` is at most `radius` (0…11), each once, in
/// no particular order; at most `capacity` are written. Returns how many there are.
size_t graft_hash_search(const uint64_t *_Nonnull sorted, const uint32_t *_Nonnull order,
                         const uint32_t *_Nonnull starts, uint32_t count, uint64_t query,
                         int32_t radius, uint32_t *_Nullable found, size_t capacity);
