// Milliseconds and GFLOP/s of the three passes of a depth-wise convolution on layers of EfficientNet-B0,
// MobileNetV3 and ConvNeXt. One thread, processor time, the least of many runs. From the repository's root:
//
//   clang -std=gnu2x -O2 -I Sources/CKernels/include benchmarks/depthwise.c \
//     Sources/CKernels/*.c -lm -o /tmp/depthwise && /tmp/depthwise [batch] [runs]
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
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

/// Prints milliseconds and GFLOP/s of a statement and adds its time to `total`.
#define MEASURE(name, total, statement) \
  do { \
    double best = INFINITY; \
    for (int run = 0; run < runs; run++) { \
      const double start = seconds(); \
      statement; \
      best = fmin(best, seconds() - start); \
    } \
    total += best; \
    printf("  %s %6.2f ms %4.0f", name, 1e3 * best, 1e-9 * operations / best); \
  } while (0)

int main(int argc, char **argv) {
  const int batch = argc > 1 ? atoi(argv[1]) : 16, runs = argc > 2 ? atoi(argv[2]) : 10;
  static const struct { int size, channels, window, stride; } layers[] = {
      {112, 32, 3, 1}, {112, 96, 3, 2}, {56, 144, 3, 1}, {56, 144, 5, 2}, {28, 240, 5, 1},
      {28, 240, 3, 2}, {14, 480, 3, 1}, {14, 480, 5, 1}, {14, 672, 5, 1}, {14, 672, 5, 2},
      {7, 1152, 5, 1}, {7, 1152, 3, 1}, {112, 64, 3, 2}, {56, 72, 3, 1}, {56, 72, 5, 2},
      {28, 120, 5, 1}, {56, 96, 7, 1}, {14, 19, 3, 2}};
  double forward = 0, input = 0, weight = 0;
  printf("%s, batch %d, one thread; ms and GFLOP/s of y, dx, dw\n", graft_isa_name(), batch);
  for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
    const int size = layers[i].size, channels = layers[i].channels, window = layers[i].window;
    const int stride = layers[i].stride, out = (size - 1) / stride + 1;
    const graft_conv s = {
        .batch = batch, .in_height = size, .in_width = size, .in_channels = channels,
        .in_pixel_stride = channels, .out_height = out, .out_width = out,
        .out_channels = channels, .out_pixel_stride = channels, .kernel_height = window,
        .kernel_width = window, .stride_height = stride, .stride_width = stride,
        .pad_top = window / 2, .pad_left = window / 2, .dilation_height = 1, .dilation_width = 1,
        .groups = channels};
    const ptrdiff_t before = (ptrdiff_t)batch * size * size * channels;
    const ptrdiff_t after = (ptrdiff_t)batch * out * out * channels;
    const double operations = 2.0 * (double)after * window * window;
    float *x = numbers(before), *dx = numbers(before), *y = numbers(after), *dy = numbers(after);
    float *w = numbers(window * window * channels), *packed = numbers(window * window * channels);
    float *scratch = numbers(graft_depthwise_weight_gradient_scratch(&s));
    graft_depthwise_pack(&s, w, packed);
    const graft_epilogue e = {.low = -INFINITY, .high = INFINITY};
    printf("%3d x %3d x %4d, %d x %d / %d", size, size, channels, window, window, stride);
    MEASURE("y", forward, graft_depthwise_forward(&s, packed, x, &e, y, 0, batch * out));
    MEASURE("dx", input, graft_depthwise_input_gradient(&s, packed, dy, dx, 0, 0, batch * size));
    MEASURE("dw", weight, graft_depthwise_weight_gradient(
        &s, x, dy, scratch, 0, graft_depthwise_weight_gradient_units(&s)));
    printf("\n");
    float *all[] = {x, dx, y, dy, w, packed, scratch};
    for (size_t j = 0; j < sizeof all / sizeof *all; j++) free(all[j]);
  }
  printf("all: y %.1f, dx %.1f, dw %.1f ms\n", 1e3 * forward, 1e3 * input, 1e3 * weight);
}
