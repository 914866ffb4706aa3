// Antialiased separable resize with Pillow's arithmetic: weights in 22-bit fixed point, a horizontal
// pass to 8 bits, then a vertical pass. The support of the filter grows with the scale.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "resize_kernels.h"

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

static void discard(resize_plan *plan) {
  free(plan->weights);
  free(plan->quads);
  free(plan->first);
  free(plan->taps);
}

// Weights of the outputs `from`…`from + count` of a row of `source` samples scaled to `full`.
static int make_plan(resize_plan *plan, uint32_t source, uint32_t full, uint32_t from,
                     uint32_t count, graft_filter filter, const resize_kernels *kernels) {
  const double scale = (double)source / full;
  const double stretch = scale < 1 ? 1 : scale;
  const double support = filters[filter].support * stretch;
  plan->count = count;
  // No output has more taps than there are samples, however wide the filter is.
  const double widest = ceil(support) * 2 + 1;
  plan->width = ((int32_t)(widest < source ? widest : source) + 3) / 4 * 4;
  const size_t width = (size_t)plan->width;
  plan->weights = calloc((size_t)count * width, sizeof(int32_t));
  plan->quads = malloc(sizeof(uint32_t) * count * width);
  plan->first = malloc(sizeof(uint32_t) * count);
  plan->taps = malloc(sizeof(int32_t) * count);
  double *exact = malloc(sizeof(double) * width);
  if (plan->weights == NULL || plan->quads == NULL || plan->first == NULL || plan->taps == NULL ||
      exact == NULL) {
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
    int32_t *weights = plan->weights + (size_t)i * width;
    for (int32_t tap = 0; tap < taps; tap++) {
      const double weight = (sum != 0 ? exact[tap] / sum : exact[tap]) * (1 << RESIZE_PRECISION);
      weights[tap] = (int32_t)(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
    for (int32_t tap = 0; tap < taps; tap += 4) {
      kernels->pack_quad(weights + tap, plan->quads + (size_t)i * width + tap);
    }
    plan->first[i] = (uint32_t)first;
    plan->taps[i] = taps;
  }
  free(exact);
  return 0;
}

// Rows too narrow for a vector.
static void vertical_narrow(const uint8_t *rows, size_t stride, const int32_t *weights, int32_t taps,
                            uint8_t *target, size_t count) {
  for (size_t i = 0; i < count; i++) {
    int32_t sum = 1 << (RESIZE_PRECISION - 1);
    for (int32_t tap = 0; tap < taps; tap++) sum += rows[i + stride * (size_t)tap] * weights[tap];
    sum >>= RESIZE_PRECISION;
    target[i] = (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
  }
}

// Bytes that `horizontal` may read past a row, rounded up.
enum { SLACK = 32 };

// The horizontal pass over the rows `from`…`end` of a source of `height` rows. Rows at the end of
// the source, past which nothing may be read, and groups that are not full go through `padded`.
static void narrow(const uint8_t *source, size_t stride, uint32_t width, uint32_t height,
                   const resize_plan *plan, const resize_kernels *kernels, uint32_t from,
                   uint32_t end, uint8_t *padded, uint8_t *target, size_t target_stride) {
  const uint32_t group = kernels->rows;
  const size_t padded_stride = (size_t)width * 3 + SLACK;
  for (uint32_t y = from; y < end; y += group) {
    uint8_t *row = target + target_stride * (y - from);
    const uint8_t *input = source + stride * y;
    size_t input_stride = stride;
    if (y + group > height || (height - y - group) * stride < SLACK) {
      for (uint32_t k = 0; k < group; k++) {
        const uint32_t wanted = y + k < height ? y + k : height - 1;
        memcpy(padded + padded_stride * k, source + stride * wanted, (size_t)width * 3);
      }
      input = padded;
      input_stride = padded_stride;
    }
    kernels->horizontal(input, input_stride, plan, row, target_stride);
  }
}

// The vertical pass: `plan->count` rows of `count` bytes; `rows` begins at the row `first`.
static void flatten(const uint8_t *rows, size_t stride, uint32_t first, const resize_plan *plan,
                    const resize_kernels *kernels, uint8_t *target, size_t target_stride,
                    size_t count) {
  for (uint32_t y = 0; y < plan->count; y++) {
    const uint8_t *from = rows + stride * (plan->first[y] - first);
    const size_t at = (size_t)y * (size_t)plan->width;
    uint8_t *to = target + target_stride * y;
    if (count >= kernels->columns) {
      kernels->vertical(from, stride, plan->quads + at, plan->taps[y], to, count);
    } else {
      vertical_narrow(from, stride, plan->weights + at, plan->taps[y], to, count);
    }
  }
}

static size_t padded_to_vectors(size_t bytes) { return (bytes + SLACK + 64) / 64 * 64; }

static uint32_t end_of(const resize_plan *plan) {
  return plan->first[plan->count - 1] + (uint32_t)plan->taps[plan->count - 1];
}

typedef struct {
  const uint8_t *source;
  size_t stride;
  uint32_t width, height;  // of the source
  resize_plan across, down;
  const resize_kernels *kernels;
} job;

// Only the rows that the window needs are narrowed.
static int across_then_down(const job *job, uint8_t *target) {
  const uint32_t first = job->down.first[0], end = end_of(&job->down), group = job->kernels->rows;
  const size_t bytes = (size_t)job->across.count * 3, stride = padded_to_vectors(bytes);
  uint8_t *narrowed = malloc(stride * ((size_t)end - first + group));
  uint8_t *padded = malloc(((size_t)job->width * 3 + SLACK) * group);
  if (narrowed != NULL && padded != NULL) {
    narrow(job->source, job->stride, job->width, job->height, &job->across, job->kernels, first, end,
           padded, narrowed, stride);
    flatten(narrowed, stride, first, &job->down, job->kernels, target, bytes, bytes);
  }
  const int status = narrowed != NULL && padded != NULL ? 0 : -1;
  free(narrowed);
  free(padded);
  return status;
}

// Only the columns that the window needs are flattened.
static int down_then_across(job *job, uint8_t *target) {
  const uint32_t first = job->across.first[0], end = end_of(&job->across);
  const uint32_t group = job->kernels->rows, height = job->down.count;
  const size_t bytes = ((size_t)end - first) * 3, stride = padded_to_vectors(bytes);
  const size_t row_bytes = (size_t)job->across.count * 3;
  const size_t row_stride = padded_to_vectors(row_bytes);
  uint8_t *flat = malloc(stride * ((size_t)height + group));
  uint8_t *rows = malloc(row_stride * group);
  if (flat != NULL && rows != NULL) {
    flatten(job->source + job->stride * job->down.first[0] + (size_t)first * 3, job->stride,
            job->down.first[0], &job->down, job->kernels, flat, stride, bytes);
    for (uint32_t i = 0; i < job->across.count; i++) job->across.first[i] -= first;
    for (uint32_t y = 0; y < height; y += group) {
      job->kernels->horizontal(flat + stride * y, stride, &job->across, rows, row_stride);
      for (uint32_t k = 0; k < group && y + k < height; k++) {
        memcpy(target + row_bytes * (y + k), rows + row_stride * k, row_bytes);
      }
    }
  }
  const int status = flat != NULL && rows != NULL ? 0 : -1;
  free(flat);
  free(rows);
  return status;
}

int graft_resize_rgb(const uint8_t *source, uint32_t source_width, uint32_t source_height,
                     size_t source_stride, uint32_t full_width, uint32_t full_height, uint32_t left,
                     uint32_t top, uint32_t width, uint32_t height, graft_filter filter,
                     uint8_t *target) {
  if (width == 0 || height == 0) return 0;
  job job = {.source = source,
             .stride = source_stride,
             .width = source_width,
             .height = source_height,
             .kernels = resize_current_kernels()};
  int status = -1;
  if (make_plan(&job.across, source_width, full_width, left, width, filter, job.kernels) == 0 &&
      make_plan(&job.down, source_height, full_height, top, height, filter, job.kernels) == 0) {
    if (full_width == source_width) {  // every weight is 1: Pillow skips the pass too
      const uint32_t first = job.down.first[0];
      flatten(source + source_stride * first + (size_t)left * 3, source_stride, first, &job.down,
              job.kernels, target, (size_t)width * 3, (size_t)width * 3);
      status = 0;
    } else if (full_height < source_height &&
               (int64_t)source_height - full_height >
                   2 * ((int64_t)source_width - full_width)) {
      // Pillow's rule since 13.0. The order shows where the first pass overshoots and is clipped.
      status = down_then_across(&job, target);
    } else {
      status = across_then_down(&job, target);
    }
  }
  discard(&job.across);
  discard(&job.down);
  return status;
}
