// A perceptual hash from the signs of low DCT frequencies, of any window of a picture.
#include <string.h>

#include "CImageCodecs.h"

enum { SIDE = 32, FREQUENCIES = 11 };

void graft_integral(const float *grey, uint32_t width, uint32_t height, double *integral) {
  const size_t stride = (size_t)width + 1;
  memset(integral, 0, sizeof(double) * stride);
  for (uint32_t y = 0; y < height; y++) {
    const float *row = grey + (size_t)width * y;
    const double *above = integral + stride * y;
    double *sums = integral + stride * (y + 1);
    double sum = 0;
    sums[0] = 0;
    for (uint32_t x = 0; x < width; x++) {
      sum += row[x];
      sums[x + 1] = above[x + 1] + sum;
    }
  }
}

// Splits a position in 0…limit into a whole part below `limit` and the rest.
static inline uint32_t split(double position, uint32_t limit, double *rest) {
  if (position < 0) position = 0;
  uint32_t whole = (uint32_t)position;
  if (whole >= limit) whole = limit - 1;
  *rest = position - whole;
  if (*rest > 1) *rest = 1;
  return whole;
}

void graft_box_averages(const double *integral, uint32_t width, uint32_t height, double left,
                        double top, double right, double bottom, uint32_t columns, uint32_t rows,
                        float *averages) {
  // Sums up to a fraction of a pixel are linear in the fraction, pixels being constant boxes: the
  // averages are exact.
  const size_t stride = (size_t)width + 1;
  const double step_x = (right - left) / columns, step_y = (bottom - top) / rows;
  const double scale = 1 / (step_x * step_y);
  for (uint32_t i = 0; i <= rows; i++) {
    double down;
    const uint32_t y = split(i == rows ? bottom : top + step_y * i, height, &down);
    const double *upper = integral + stride * y, *lower = upper + stride;
    double before = 0;
    for (uint32_t j = 0; j <= columns; j++) {
      double across;
      const uint32_t x = split(j == columns ? right : left + step_x * j, width, &across);
      const double above = upper[x] + across * (upper[x + 1] - upper[x]);
      const double below = lower[x] + across * (lower[x + 1] - lower[x]);
      const double here = above + down * (below - above);
      if (j > 0) {
        // Rows hold differences of sums to their left; the row above is taken off below.
        const double band = here - before;
        if (i < rows) averages[(size_t)columns * i + j - 1] = (float)(-band * scale);
        if (i > 0) averages[(size_t)columns * (i - 1) + j - 1] += (float)(band * scale);
      }
      before = here;
    }
  }
}

uint64_t graft_dct_hash(const float *picture, const float *basis) {
  float columns[FREQUENCIES][SIDE] = {{0}};  // transformed down
  for (int y = 0; y < SIDE; y++) {
    const float *row = picture + SIDE * y;
    for (int v = 0; v < FREQUENCIES; v++) {
      const float weight = basis[SIDE * v + y];
      for (int x = 0; x < SIDE; x++) columns[v][x] += weight * row[x];
    }
  }
  uint64_t hash = 0;
  int k = 0;
  for (int order = 1; order < FREQUENCIES; order++) {
    for (int v = 0; v <= order && k < 64; v++, k++) {
      const float *weights = basis + SIDE * (order - v);
      float sum = 0;
      for (int x = 0; x < SIDE; x++) sum += weights[x] * columns[v][x];
      // Half a level: in a flat picture rounding must not set bits.
      if (sum > 0.5f) hash |= (uint64_t)1 << (16 * (k % 4) + k / 4);
    }
  }
  return hash;
}
