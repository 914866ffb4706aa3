// GB/s of the kernels that pass over memory (normalisation, element-wise work, pooling, optimisers) on
// shapes of real networks, beside this machine's own bandwidth for a copy. Bytes are what must be read
// and written once. One thread, processor time, the least of many runs. From the repository's root:
//
//   clang -std=gnu2x -O2 -I Sources/CKernels/include benchmarks/passes.c \
//     Sources/CKernels/*.c -lm -o /tmp/passes && /tmp/passes [batch] [runs]
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "CKernels.h"

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *numbers(ptrdiff_t count) {
  float *p = aligned_alloc(64, (size_t)(count + 32) / 16 * 64);
  for (ptrdiff_t i = 0; i < count; i++) p[i] = (float)rand() / (float)RAND_MAX - 0.5f;
  return p;
}

/// Prints GB/s of a statement that reads and writes `passes` arrays of `count` floats.
#define MEASURE(name, passes, count, statement) \
  do { \
    double best = INFINITY; \
    for (int run = 0; run < runs; run++) { \
      const double start = seconds(); \
      statement; \
      best = fmin(best, seconds() - start); \
    } \
    printf("  %-24s %6.1f GB/s  %8.0f us\n", name, 4e-9 * (passes) * (double)(count) / best, \
           1e6 * best); \
  } while (0)

int main(int argc, char **argv) {
  const int batch = argc > 1 ? atoi(argv[1]) : 16, runs = argc > 2 ? atoi(argv[2]) : 10;
  static const struct { int size, channels; } maps[] = {
      {112, 64}, {112, 96}, {56, 144}, {56, 256}, {28, 512}, {14, 1024}, {14, 576}, {7, 2048}};
  printf("%s, batch %d, one thread\n", graft_isa_name(), batch);
  for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
    const ptrdiff_t channels = maps[i].channels, size = maps[i].size;
    const ptrdiff_t rows = (ptrdiff_t)batch * size * size, count = rows * channels;
    float *x = numbers(count), *y = numbers(count), *dy = numbers(count), *dx = numbers(count);
    float *c[7];
    for (int k = 0; k < 7; k++) c[k] = numbers(channels);
    const ptrdiff_t chunks = graft_row_chunks(rows);
    double *partial = malloc((size_t)(chunks * 2 * channels) * sizeof(double));
    const graft_gradient plain = {dy, channels, NULL, 0, 0, INFINITY};
    const graft_gradient relu = {dy, channels, y, channels, 0, INFINITY};
    const graft_pool pool = {batch, channels, size, size, channels, size / 2, size / 2, channels,
                             3, 3, 2, 2, 1, 1, 0};
    int32_t *winners = malloc((size_t)count * sizeof(int32_t));
    printf("%td x %td x %td\n", size, size, channels);
    MEASURE("copy (memcpy)", 2, count, memcpy(y, x, (size_t)count * sizeof(float)));
    MEASURE("add", 3, count, graft_add(x, dy, -INFINITY, INFINITY, y, 0, count));
    MEASURE("clamp in place", 2, count, graft_clamp(y, 0, INFINITY, y, 0, count));
    MEASURE("clamp backward", 3, count, graft_clamp_backward(y, dy, 0, INFINITY, dx, 0, 0, count));
    MEASURE("sum (bias gradient)", 1, count, {
      graft_normalise_backward_partial(rows, channels, &plain, NULL, 0, NULL, NULL, partial, 0, chunks);
      graft_normalise_backward_finish(rows, channels, partial, c[4], NULL, 0, 0, channels);
    });
    MEASURE("moments", 1, count, graft_moments_partial(rows, channels, channels, x, partial, 0, chunks));
    MEASURE("moments, finish", 0, count, graft_moments_finish(rows, channels, partial, c[0], c[1], 0, channels));
    graft_normalise_coefficients(channels, c[0], c[1], c[2], c[3], 1e-5f, c[4], c[5], c[6]);
    MEASURE("normalise", 2, count, graft_affine(channels, x, channels, c[4], c[5], NULL, 0, 0, INFINITY,
                                                y, channels, 0, rows));
    MEASURE("normalise + residual", 3, count, graft_affine(channels, x, channels, c[4], c[5], dy, channels,
                                                           0, INFINITY, y, channels, 0, rows));
    MEASURE("backward, sums", 3, count, graft_normalise_backward_partial(
        rows, channels, &relu, x, channels, c[0], c[6], partial, 0, chunks));
    MEASURE("backward, finish", 0, count, graft_normalise_backward_finish(
        rows, channels, partial, c[4], c[5], 0, 0, channels));
    MEASURE("backward", 4, count, graft_normalise_backward(
        rows, channels, &relu, x, channels, c[0], c[6], c[2], c[4], c[5], dx, channels, 0, NULL, 0, 0,
        0, rows));
    MEASURE("max-pool", 1.25, count, graft_max_pool_forward(&pool, x, y, NULL, 0, batch * (size / 2)));
    MEASURE("max-pool, winners", 1.5, count, graft_max_pool_forward(&pool, x, y, winners, 0, batch * (size / 2)));
    MEASURE("max-pool backward", 1.5, count, graft_max_pool_backward(&pool, winners, dy, dx, 0, 0, batch));
    MEASURE("sgd", 5, count, graft_sgd(x, dy, dx, 1e-3f, 0.9f, 1e-4f, 1, 1, 0, count));
    MEASURE("has_nonfinite", 1, count, (void)graft_has_nonfinite(x, 0, count));
    float *all[] = {x, y, dy, dx};
    for (size_t j = 0; j < sizeof all / sizeof *all; j++) free(all[j]);
    for (int k = 0; k < 7; k++) free(c[k]);
    free(partial), free(winners);
  }
}
