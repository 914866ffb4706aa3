// Antialiased separable resize with Pillow's arithmetic: weights in 22-bit fixed point, a horizontal
// pass to 8 bits, then a vertical pass. The support of the filter grows with the scale.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "CImageCodecs.h"

enum { PRECISION = 32 - 8 - 2 };

typedef uint8_t u8x8 __attribute__((vector_size(8)));
typedef int32_t i32x8 __attribute__((vector_size(32)));
#define HALF ((i32x8){0} + (1 << (PRECISION - 1)))

typedef struct {
  uint32_t count;    // outputs
  int32_t width;     // weights reserved for each output
  int32_t *weights;  // count × width
  uint32_t *first;   // first source index of each output
  int32_t *taps;     // and how many follow
} plan;

static double box_weight(double x) { return x > -0.5 && x <= 0.5 ? 1 : 0; }

static double triangle_weight(double x) {
  x = fabs(x);
  return x < 1 ? 1 - x : 0;
}

// Keys' cubic with a = −1/2.
static double cubic_weight(double x) {
  const double a = -0.5;
  x = fabs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

static double sinc(double x) {
  if (x == 0) return 1;
  x *= M_PI;
  return sin(x) / x;
}

static double lanczos_weight(double x) { return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0; }

static const struct {
  double (*weight)(double);
  double support;
} filters[] = {
    [GRAFT_FILTER_BOX] = {box_weight, 0.5},
    [GRAFT_FILTER_BILINEAR] = {triangle_weight, 1},
    [GRAFT_FILTER_BICUBIC] = {cubic_weight, 2},
    [GRAFT_FILTER_LANCZOS] = {lanczos_weight, 3},
};

static void discard(plan *plan) {
  free(plan->weights);
  free(plan->first);
  free(plan->taps);
}

// Weights of the outputs `from`…`from + count` of a row of `source` samples scaled to `full`.
static int make_plan(plan *plan, uint32_t source, uint32_t full, uint32_t from, uint32_t count,
                     graft_filter filter) {
  const double scale = (double)source / full;
  const double stretch = scale < 1 ? 1 : scale;
  const double support = filters[filter].support * stretch;
  plan->count = count;
  plan->width = (int32_t)ceil(support) * 2 + 1;
  plan->weights = malloc(sizeof(int32_t) * count * (size_t)plan->width);
  plan->first = malloc(sizeof(uint32_t) * count);
  plan->taps = malloc(sizeof(int32_t) * count);
  double *exact = malloc(sizeof(double) * (size_t)plan->width);
  if (plan->weights == NULL || plan->first == NULL || plan->taps == NULL || exact == NULL) {
    free(exact);
    return -1;
  }
  for (uint32_t i = 0; i < count; i++) {
    const double centre = ((double)from + i + 0.5) * scale;
    int64_t first = (int64_t)(centre - support + 0.5);
    int64_t end = (int64_t)(centre + support + 0.5);
    if (first < 0) first = 0;
    if (end > source) end = source;
    const int32_t taps = (int32_t)(end - first);
    double sum = 0;
    for (int32_t tap = 0; tap < taps; tap++) {
      exact[tap] = filters[filter].weight(((double)(tap + first) - centre + 0.5) / stretch);
      sum += exact[tap];
    }
    int32_t *weights = plan->weights + (size_t)i * plan->width;
    for (int32_t tap = 0; tap < taps; tap++) {
      const double weight = (sum != 0 ? exact[tap] / sum : exact[tap]) * (1 << PRECISION);
      weights[tap] = (int32_t)(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
    plan->first[i] = (uint32_t)first;
    plan->taps[i] = taps;
  }
  free(exact);
  return 0;
}

static inline uint8_t clip(int32_t sum) {
  sum >>= PRECISION;
  return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

// The vectors stay inside this file, so their calling convention does not matter.
#pragma clang diagnostic ignored "-Wpsabi"
#define NAME(function) function##_portable
#include "resize.inc"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define NAME(function) function##_avx2
#include "resize.inc"
#pragma clang attribute pop
#endif

typedef void horizontal_function(const uint8_t *, const plan *, uint8_t *, size_t, uint32_t);
typedef void vertical_function(const uint8_t *, size_t, const int32_t *, int32_t, uint8_t *, size_t);

static int has_avx2(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2");
#else
  return 0;
#endif
}

// Interleaves up to four rows: 16 bytes a column.
static void gather(const uint8_t *source, size_t stride, uint32_t rows, uint32_t from, uint32_t end,
                   uint8_t *columns) {
  for (uint32_t row = 0; row < rows; row++) {
    const uint8_t *pixel = source + stride * row + (size_t)from * 3;
    uint8_t *column = columns + (size_t)from * 16 + 4 * row;
    for (uint32_t x = from; x < end; x++, pixel += 3, column += 16) {
      column[0] = pixel[0];
      column[1] = pixel[1];
      column[2] = pixel[2];
    }
  }
}

int graft_resize_rgb(const uint8_t *source, uint32_t source_width, uint32_t source_height,
                     size_t source_stride, uint32_t full_width, uint32_t full_height, uint32_t left,
                     uint32_t top, uint32_t width, uint32_t height, graft_filter filter,
                     uint8_t *target) {
  horizontal_function *horizontal = horizontal_portable;
  vertical_function *vertical = vertical_portable;
#if defined(__x86_64__)
  if (has_avx2()) {
    horizontal = horizontal_avx2;
    vertical = vertical_avx2;
  }
#endif
  if (width == 0 || height == 0) return 0;
  plan across = {0}, down = {0};
  uint8_t *columns = NULL, *narrowed = NULL;
  int status = -1;
  if (make_plan(&across, source_width, full_width, left, width, filter) != 0) goto done;
  if (make_plan(&down, source_height, full_height, top, height, filter) != 0) goto done;

  // Only the rows and columns that the window needs.
  const uint32_t first_row = down.first[0];
  const uint32_t end_row = down.first[height - 1] + (uint32_t)down.taps[height - 1];
  const uint32_t first_column = across.first[0];
  const uint32_t end_column = across.first[width - 1] + (uint32_t)across.taps[width - 1];
  const size_t stride = (size_t)width * 3;

  const uint8_t *rows;
  size_t rows_stride;
  if (full_width == source_width) {  // every weight is 1: Pillow skips the pass too
    rows = source + source_stride * first_row + (size_t)left * 3;
    rows_stride = source_stride;
  } else {
    columns = calloc((size_t)source_width, 16);
    narrowed = malloc(stride * (end_row - first_row));
    if (columns == NULL || narrowed == NULL) goto done;
    for (uint32_t y = first_row; y < end_row; y += 4) {
      const uint32_t count = end_row - y < 4 ? end_row - y : 4;
      gather(source + source_stride * y, source_stride, count, first_column, end_column, columns);
      horizontal(columns, &across, narrowed + stride * (y - first_row), stride, count);
    }
    rows = narrowed;
    rows_stride = stride;
  }
  for (uint32_t y = 0; y < height; y++) {
    vertical(rows + rows_stride * (down.first[y] - first_row), rows_stride,
             down.weights + (size_t)y * down.width, down.taps[y], target + stride * y, stride);
  }
  status = 0;
done:
  discard(&across);
  discard(&down);
  free(columns);
  free(narrowed);
  return status;
}
