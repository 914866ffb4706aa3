// Affine resampling of interleaved RGB with the arithmetic of Pillow's `Image.transform`.
#include <math.h>
#include <string.h>

#include "CImageCodecs.h"

static inline int64_t clamped(int64_t i, int64_t count) {
  return i < 0 ? 0 : i >= count ? count - 1 : i;
}

// Keys' cubic with a = −1 through four neighbours, at a point between b and c.
static inline double cubic(double a, double b, double c, double d, double at) {
  const double first = c - a, second = 2 * (a - b) + c - d, third = b - a + d - c;
  return b + at * (first + at * (second + at * third));
}

static inline double along_row(const uint8_t *row, const size_t column[4], double at, int bicubic) {
  if (bicubic) return cubic(row[column[0]], row[column[1]], row[column[2]], row[column[3]], at);
  return row[column[1]] + (row[column[2]] - row[column[1]]) * at;
}

// One target pixel. Columns past an edge repeat it; rows below the last one repeat the last value.
static void sample(const uint8_t *pixels, int64_t width, int64_t height, double x, double y,
                   int bicubic, uint8_t *target) {
  const double left = floor(x - 0.5), top = floor(y - 0.5);
  const double dx = x - 0.5 - left, dy = y - 0.5 - top;
  size_t column[4];
  const uint8_t *row[4];
  for (int k = 0; k < 4; k++) {
    column[k] = (size_t)clamped((int64_t)left - 1 + k, width) * 3;
    row[k] = pixels + (size_t)clamped((int64_t)top - 1 + k, height) * (size_t)width * 3;
  }
  for (int c = 0; c < 3; c++) {
    double value;
    if (bicubic) {
      value = cubic(along_row(row[0] + c, column, dx, 1), along_row(row[1] + c, column, dx, 1),
                    along_row(row[2] + c, column, dx, 1), along_row(row[3] + c, column, dx, 1), dy);
    } else {
      const double above = along_row(row[1] + c, column, dx, 0);
      value = above + (along_row(row[2] + c, column, dx, 0) - above) * dy;
    }
    target[c] = (uint8_t)(value <= 0 ? 0 : value >= 255 ? 255 : value);
  }
}

void graft_affine_rgb(const uint8_t *pixels, uint32_t width, uint32_t height, const double *matrix,
                      int bicubic, const uint8_t *fill, uint8_t *target) {
  for (uint32_t j = 0; j < height; j++) {
    for (uint32_t i = 0; i < width; i++, target += 3) {
      const double x = matrix[0] * (i + 0.5) + matrix[1] * (j + 0.5) + matrix[2];
      const double y = matrix[3] * (i + 0.5) + matrix[4] * (j + 0.5) + matrix[5];
      if (x >= 0 && x < width && y >= 0 && y < height) {
        sample(pixels, width, height, x, y, bicubic, target);
      } else {
        memcpy(target, fill, 3);
      }
    }
  }
}
