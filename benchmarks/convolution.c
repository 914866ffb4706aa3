// Time of every convolution and matrix product of whole networks, layer by layer in their order, with
// weights of its own for each layer, so that caches hold what they hold in a real run. From the
// repository's root:
//
//   clang -std=gnu2x -O2 -I Sources/CKernels/include benchmarks/convolution.c \
//     Sources/CKernels/*.c -lm -o /tmp/convolution
//   /tmp/convolution [batch] [runs] [threads] [network or all] [gradients]
//
// One line per distinct layer: how many the network has, the time of all of these, GFLOP/s, and the share
// of the peak, which a loop of multiply-adds in registers measures in between. One thread is
// timed by its processor time (other work on the machine hardly counts), more by the clock; the least
// of `runs` counts. The word gradients adds input and weight gradients (one thread).
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "CKernels.h"

/// size 0: a linear layer over `stride` rows per image.
typedef struct layer {
  const char *network;
  int size, in, out, kernel, stride, pad, groups, count;
} layer;

static const layer layers[] = {
    {"resnet18", 224, 3, 64, 7, 2, 3, 1, 1}, {"resnet18", 56, 64, 64, 3, 1, 1, 1, 4},
    {"resnet18", 56, 64, 128, 3, 2, 1, 1, 1}, {"resnet18", 28, 128, 128, 3, 1, 1, 1, 3},
    {"resnet18", 56, 64, 128, 1, 2, 0, 1, 1}, {"resnet18", 28, 128, 256, 3, 2, 1, 1, 1},
    {"resnet18", 14, 256, 256, 3, 1, 1, 1, 3}, {"resnet18", 28, 128, 256, 1, 2, 0, 1, 1},
    {"resnet18", 14, 256, 512, 3, 2, 1, 1, 1}, {"resnet18", 7, 512, 512, 3, 1, 1, 1, 3},
    {"resnet18", 14, 256, 512, 1, 2, 0, 1, 1}, {"resnet18", 0, 512, 1000, 1, 1, 0, 1, 1},
    {"resnet50", 224, 3, 64, 7, 2, 3, 1, 1}, {"resnet50", 56, 64, 64, 1, 1, 0, 1, 1},
    {"resnet50", 56, 64, 64, 3, 1, 1, 1, 3}, {"resnet50", 56, 64, 256, 1, 1, 0, 1, 4},
    {"resnet50", 56, 256, 64, 1, 1, 0, 1, 2}, {"resnet50", 56, 256, 128, 1, 1, 0, 1, 1},
    {"resnet50", 56, 128, 128, 3, 2, 1, 1, 1}, {"resnet50", 28, 128, 512, 1, 1, 0, 1, 4},
    {"resnet50", 56, 256, 512, 1, 2, 0, 1, 1}, {"resnet50", 28, 512, 128, 1, 1, 0, 1, 3},
    {"resnet50", 28, 128, 128, 3, 1, 1, 1, 3}, {"resnet50", 28, 512, 256, 1, 1, 0, 1, 1},
    {"resnet50", 28, 256, 256, 3, 2, 1, 1, 1}, {"resnet50", 14, 256, 1024, 1, 1, 0, 1, 6},
    {"resnet50", 28, 512, 1024, 1, 2, 0, 1, 1}, {"resnet50", 14, 1024, 256, 1, 1, 0, 1, 5},
    {"resnet50", 14, 256, 256, 3, 1, 1, 1, 5}, {"resnet50", 14, 1024, 512, 1, 1, 0, 1, 1},
    {"resnet50", 14, 512, 512, 3, 2, 1, 1, 1}, {"resnet50", 7, 512, 2048, 1, 1, 0, 1, 3},
    {"resnet50", 14, 1024, 2048, 1, 2, 0, 1, 1}, {"resnet50", 7, 2048, 512, 1, 1, 0, 1, 2},
    {"resnet50", 7, 512, 512, 3, 1, 1, 1, 2}, {"resnet50", 0, 2048, 1000, 1, 1, 0, 1, 1},
    {"mobilenetv3", 224, 3, 16, 3, 2, 1, 1, 1}, {"mobilenetv3", 112, 16, 16, 3, 1, 1, 16, 1},
    {"mobilenetv3", 112, 16, 16, 1, 1, 0, 1, 1}, {"mobilenetv3", 112, 16, 64, 1, 1, 0, 1, 1},
    {"mobilenetv3", 112, 64, 64, 3, 2, 1, 64, 1}, {"mobilenetv3", 56, 64, 24, 1, 1, 0, 1, 1},
    {"mobilenetv3", 56, 24, 72, 1, 1, 0, 1, 2}, {"mobilenetv3", 56, 72, 72, 3, 1, 1, 72, 1},
    {"mobilenetv3", 56, 72, 24, 1, 1, 0, 1, 1}, {"mobilenetv3", 56, 72, 72, 5, 2, 2, 72, 1},
    {"mobilenetv3", 1, 72, 24, 1, 1, 0, 1, 1}, {"mobilenetv3", 1, 24, 72, 1, 1, 0, 1, 1},
    {"mobilenetv3", 28, 72, 40, 1, 1, 0, 1, 1}, {"mobilenetv3", 28, 40, 120, 1, 1, 0, 1, 2},
    {"mobilenetv3", 28, 120, 120, 5, 1, 2, 120, 2}, {"mobilenetv3", 1, 120, 32, 1, 1, 0, 1, 2},
    {"mobilenetv3", 1, 32, 120, 1, 1, 0, 1, 2}, {"mobilenetv3", 28, 120, 40, 1, 1, 0, 1, 2},
    {"mobilenetv3", 28, 40, 240, 1, 1, 0, 1, 1}, {"mobilenetv3", 28, 240, 240, 3, 2, 1, 240, 1},
    {"mobilenetv3", 14, 240, 80, 1, 1, 0, 1, 1}, {"mobilenetv3", 14, 80, 200, 1, 1, 0, 1, 1},
    {"mobilenetv3", 14, 200, 200, 3, 1, 1, 200, 1}, {"mobilenetv3", 14, 200, 80, 1, 1, 0, 1, 1},
    {"mobilenetv3", 14, 80, 184, 1, 1, 0, 1, 2}, {"mobilenetv3", 14, 184, 184, 3, 1, 1, 184, 2},
    {"mobilenetv3", 14, 184, 80, 1, 1, 0, 1, 2}, {"mobilenetv3", 14, 80, 480, 1, 1, 0, 1, 1},
    {"mobilenetv3", 14, 480, 480, 3, 1, 1, 480, 1}, {"mobilenetv3", 1, 480, 120, 1, 1, 0, 1, 1},
    {"mobilenetv3", 1, 120, 480, 1, 1, 0, 1, 1}, {"mobilenetv3", 14, 480, 112, 1, 1, 0, 1, 1},
    {"mobilenetv3", 14, 112, 672, 1, 1, 0, 1, 2}, {"mobilenetv3", 14, 672, 672, 3, 1, 1, 672, 1},
    {"mobilenetv3", 1, 672, 168, 1, 1, 0, 1, 2}, {"mobilenetv3", 1, 168, 672, 1, 1, 0, 1, 2},
    {"mobilenetv3", 14, 672, 112, 1, 1, 0, 1, 1}, {"mobilenetv3", 14, 672, 672, 5, 2, 2, 672, 1},
    {"mobilenetv3", 7, 672, 160, 1, 1, 0, 1, 1}, {"mobilenetv3", 7, 160, 960, 1, 1, 0, 1, 3},
    {"mobilenetv3", 7, 960, 960, 5, 1, 2, 960, 2}, {"mobilenetv3", 1, 960, 240, 1, 1, 0, 1, 2},
    {"mobilenetv3", 1, 240, 960, 1, 1, 0, 1, 2}, {"mobilenetv3", 7, 960, 160, 1, 1, 0, 1, 2},
    {"mobilenetv3", 1, 960, 1280, 1, 1, 0, 1, 1}, {"mobilenetv3", 0, 1280, 1000, 1, 1, 0, 1, 1},
    {"efficientnet_b0", 224, 3, 32, 3, 2, 1, 1, 1}, {"efficientnet_b0", 112, 32, 32, 3, 1, 1, 32, 1},
    {"efficientnet_b0", 1, 32, 8, 1, 1, 0, 1, 1}, {"efficientnet_b0", 1, 8, 32, 1, 1, 0, 1, 1},
    {"efficientnet_b0", 112, 32, 16, 1, 1, 0, 1, 1}, {"efficientnet_b0", 112, 16, 96, 1, 1, 0, 1, 1},
    {"efficientnet_b0", 112, 96, 96, 3, 2, 1, 96, 1}, {"efficientnet_b0", 1, 96, 4, 1, 1, 0, 1, 1},
    {"efficientnet_b0", 1, 4, 96, 1, 1, 0, 1, 1}, {"efficientnet_b0", 56, 96, 24, 1, 1, 0, 1, 1},
    {"efficientnet_b0", 56, 24, 144, 1, 1, 0, 1, 2}, {"efficientnet_b0", 56, 144, 144, 3, 1, 1, 144, 1},
    {"efficientnet_b0", 1, 144, 6, 1, 1, 0, 1, 2}, {"efficientnet_b0", 1, 6, 144, 1, 1, 0, 1, 2},
    {"efficientnet_b0", 56, 144, 24, 1, 1, 0, 1, 1}, {"efficientnet_b0", 56, 144, 144, 5, 2, 2, 144, 1},
    {"efficientnet_b0", 28, 144, 40, 1, 1, 0, 1, 1}, {"efficientnet_b0", 28, 40, 240, 1, 1, 0, 1, 2},
    {"efficientnet_b0", 28, 240, 240, 5, 1, 2, 240, 1}, {"efficientnet_b0", 1, 240, 10, 1, 1, 0, 1, 2},
    {"efficientnet_b0", 1, 10, 240, 1, 1, 0, 1, 2}, {"efficientnet_b0", 28, 240, 40, 1, 1, 0, 1, 1},
    {"efficientnet_b0", 28, 240, 240, 3, 2, 1, 240, 1}, {"efficientnet_b0", 14, 240, 80, 1, 1, 0, 1, 1},
    {"efficientnet_b0", 14, 80, 480, 1, 1, 0, 1, 3}, {"efficientnet_b0", 14, 480, 480, 3, 1, 1, 480, 2},
    {"efficientnet_b0", 1, 480, 20, 1, 1, 0, 1, 3}, {"efficientnet_b0", 1, 20, 480, 1, 1, 0, 1, 3},
    {"efficientnet_b0", 14, 480, 80, 1, 1, 0, 1, 2}, {"efficientnet_b0", 14, 480, 480, 5, 1, 2, 480, 1},
    {"efficientnet_b0", 14, 480, 112, 1, 1, 0, 1, 1}, {"efficientnet_b0", 14, 112, 672, 1, 1, 0, 1, 3},
    {"efficientnet_b0", 14, 672, 672, 5, 1, 2, 672, 2}, {"efficientnet_b0", 1, 672, 28, 1, 1, 0, 1, 3},
    {"efficientnet_b0", 1, 28, 672, 1, 1, 0, 1, 3}, {"efficientnet_b0", 14, 672, 112, 1, 1, 0, 1, 2},
    {"efficientnet_b0", 14, 672, 672, 5, 2, 2, 672, 1}, {"efficientnet_b0", 7, 672, 192, 1, 1, 0, 1, 1},
    {"efficientnet_b0", 7, 192, 1152, 1, 1, 0, 1, 4},
    {"efficientnet_b0", 7, 1152, 1152, 5, 1, 2, 1152, 3},
    {"efficientnet_b0", 1, 1152, 48, 1, 1, 0, 1, 4}, {"efficientnet_b0", 1, 48, 1152, 1, 1, 0, 1, 4},
    {"efficientnet_b0", 7, 1152, 192, 1, 1, 0, 1, 3},
    {"efficientnet_b0", 7, 1152, 1152, 3, 1, 1, 1152, 1},
    {"efficientnet_b0", 7, 1152, 320, 1, 1, 0, 1, 1}, {"efficientnet_b0", 7, 320, 1280, 1, 1, 0, 1, 1},
    {"efficientnet_b0", 0, 1280, 1000, 1, 1, 0, 1, 1}, {"vit_small", 224, 3, 384, 16, 16, 0, 1, 1},
    {"vit_small", 0, 384, 1152, 1, 197, 0, 1, 12}, {"vit_small", 0, 384, 384, 1, 197, 0, 1, 12},
    {"vit_small", 0, 384, 1536, 1, 197, 0, 1, 12}, {"vit_small", 0, 1536, 384, 1, 197, 0, 1, 12},
    {"vit_small", 0, 384, 1000, 1, 1, 0, 1, 1}, {"convnext_tiny", 224, 3, 96, 4, 4, 0, 1, 1},
    {"convnext_tiny", 56, 96, 96, 7, 1, 3, 96, 3}, {"convnext_tiny", 0, 96, 384, 1, 3136, 0, 1, 3},
    {"convnext_tiny", 0, 384, 96, 1, 3136, 0, 1, 3}, {"convnext_tiny", 56, 96, 192, 2, 2, 0, 1, 1},
    {"convnext_tiny", 28, 192, 192, 7, 1, 3, 192, 3}, {"convnext_tiny", 0, 192, 768, 1, 784, 0, 1, 3},
    {"convnext_tiny", 0, 768, 192, 1, 784, 0, 1, 3}, {"convnext_tiny", 28, 192, 384, 2, 2, 0, 1, 1},
    {"convnext_tiny", 14, 384, 384, 7, 1, 3, 384, 9}, {"convnext_tiny", 0, 384, 1536, 1, 196, 0, 1, 9},
    {"convnext_tiny", 0, 1536, 384, 1, 196, 0, 1, 9}, {"convnext_tiny", 14, 384, 768, 2, 2, 0, 1, 1},
    {"convnext_tiny", 7, 768, 768, 7, 1, 3, 768, 3}, {"convnext_tiny", 0, 768, 3072, 1, 49, 0, 1, 3},
    {"convnext_tiny", 0, 3072, 768, 1, 49, 0, 1, 3}, {"convnext_tiny", 0, 768, 1000, 1, 1, 0, 1, 1},
};
enum { LAYERS = sizeof layers / sizeof *layers, MOST_RUNS = 64, MOST_COPIES = 16 };

static int threads = 1;

static double seconds(void) {
  struct timespec t;
  clock_gettime(threads > 1 ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// GFLOP/s of multiply-adds in registers.
#define PEAK_LOOP(bits, what, sums) \
  static __attribute__((target(what), noinline)) double peak_##bits(void) { \
    typedef float vec __attribute__((vector_size(bits / 8))); \
    enum { TURNS = 100000 }; \
    vec sum[sums] = {0}; \
    const vec x = sum[0] + 0.5f, y = sum[0] + 1; \
    const double start = seconds(); \
    for (int turn = 0; turn < TURNS; turn++) \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < sums; i++) { \
        _Pragma("clang fp contract(fast)") sum[i] = sum[i] * x + y; \
        __asm__ volatile("" : "+v"(sum[i])); \
      } \
    return 2e-9 * (bits / 32) * sums * TURNS / (seconds() - start); \
  }
#if defined(__x86_64__)
PEAK_LOOP(512, "avx512f,fma", 24)
PEAK_LOOP(256, "avx2,fma", 12)
#endif

static double peak(void) {
#if defined(__x86_64__)
  if (graft_current_isa() == GRAFT_ISA_AVX512) return peak_512();
  if (graft_current_isa() == GRAFT_ISA_AVX2) return peak_256();
#endif
  return NAN;
}

typedef struct job {
  graft_conv shape;
  int depthwise;
  float *weights, *packed, *flipped, *bias;
} job;

// What the threads are at: units are taken `step` at a time, as Sources/Tensors/Parallel.swift does.
static struct {
  const job *job;
  const float *x;
  float *y;
  ptrdiff_t count, step;
} work;
static _Atomic ptrdiff_t next_unit;
static _Atomic int turn, idle;

static void take_part(void) {
  const graft_epilogue relu = {work.job->bias, NULL, 0, 0, INFINITY};
  for (ptrdiff_t from; (from = atomic_fetch_add(&next_unit, work.step)) < work.count;) {
    const ptrdiff_t to = from + work.step < work.count ? from + work.step : work.count;
    const job *j = work.job;
    if (j->depthwise) graft_depthwise_forward(&j->shape, j->packed, work.x, &relu, work.y, from, to);
    else graft_conv_forward(&j->shape, j->packed, work.x, &relu, work.y, from, to);
  }
}

static void *helper(void *unused) {
  for (int seen = 0;; seen++) {
    while (atomic_load(&turn) == seen) {}
    take_part();
    atomic_fetch_add(&idle, 1);
  }
  return unused;
}

static double forward(const job *j, const float *x, float *y) {
  const double start = seconds();
  const ptrdiff_t units = j->depthwise ? j->shape.batch * j->shape.out_height
                                       : graft_conv_forward_units(&j->shape);
  const ptrdiff_t step = threads > 1 ? units / (threads * 16) : units;
  work.job = j, work.x = x, work.y = y, work.count = units, work.step = step > 1 ? step : 1;
  atomic_store(&next_unit, 0);
  atomic_store(&idle, 1);
  atomic_fetch_add(&turn, 1);
  take_part();
  while (atomic_load(&idle) < threads) {}
  return seconds() - start;
}

static double input_gradient(const job *j, const float *dy, float *dx) {
  const graft_conv *s = &j->shape;
  const double start = seconds();
  if (j->depthwise) graft_depthwise_input_gradient(s, j->packed, dy, dx, 0, 0, s->batch * s->in_height);
  else graft_conv_input_gradient(s, j->flipped, dy, dx, 0, 0, graft_conv_input_gradient_units(s));
  return seconds() - start;
}

static double weight_gradient(const job *j, const float *x, const float *dy, float *scratch, float *dw) {
  const graft_conv *s = &j->shape;
  const double start = seconds();
  if (j->depthwise) {
    graft_depthwise_weight_gradient(s, x, dy, scratch, 0, graft_depthwise_weight_gradient_units(s));
    graft_depthwise_weight_gradient_reduce(s, scratch, dw, 0);
  } else {
    graft_conv_weight_gradient(s, x, dy, scratch, dw, 0, NULL, 0, graft_conv_weight_gradient_units(s));
    graft_conv_weight_gradient_reduce(s, scratch, dw, 0, 0, graft_conv_weight_gradient_reduce_units(s));
  }
  return seconds() - start;
}

/// Random numbers of variance `1 / 3`·scale².
static float *numbers(ptrdiff_t count, float scale) {
  float *p = aligned_alloc(64, ((size_t)(count + 16) * sizeof(float) + 63) / 64 * 64);
  for (ptrdiff_t i = 0; i < count; i++) p[i] = scale * (2 * (float)rand() / (float)RAND_MAX - 1);
  return p;
}

static graft_conv shape_of(const layer *l, int batch) {
  if (l->size == 0) {
    const ptrdiff_t rows = (ptrdiff_t)batch * l->stride;
    return (graft_conv){rows, 1, 1, l->in, l->in, 1, 1, l->out, l->out, 1, 1, 1, 1, 0, 0, 1, 1, 1};
  }
  const int after = (l->size + 2 * l->pad - l->kernel) / l->stride + 1;
  return (graft_conv){batch, l->size, l->size, l->in, l->in, after, after, l->out, l->out, l->kernel,
                      l->kernel, l->stride, l->stride, l->pad, l->pad, 1, 1, l->groups};
}

static ptrdiff_t larger(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }
static ptrdiff_t inputs(const graft_conv *s) { return s->batch * s->in_height * s->in_width * s->in_channels; }
static ptrdiff_t outputs(const graft_conv *s) { return s->batch * s->out_height * s->out_width * s->out_channels; }
static ptrdiff_t weights(const graft_conv *s) {
  return s->out_channels * s->kernel_height * s->kernel_width * s->in_channels / s->groups;
}

/// Runs the `count` distinct layers from `first` on.
static void run_network(const layer *first, int count, int batch, int runs, int gradients) {
  job jobs[LAYERS][MOST_COPIES];
  ptrdiff_t most = 0, scratch_count = 16, most_weights = 0;
  for (int i = 0; i < count; i++) {
    const graft_conv s = shape_of(first + i, batch);
    const int depthwise = s.groups > 1 && s.groups == s.in_channels;
    most = larger(most, larger(inputs(&s), outputs(&s)));
    most_weights = larger(most_weights, weights(&s));
    if (gradients)
      scratch_count = larger(scratch_count, depthwise ? graft_depthwise_weight_gradient_scratch(&s)
                                                      : graft_conv_weight_gradient_scratch(&s));
    for (int k = 0; k < first[i].count; k++) {
      job *j = &jobs[i][k];
      *j = (job){s, depthwise, numbers(weights(&s), sqrtf(6.0f * (float)s.out_channels / (float)weights(&s))), NULL, NULL, numbers(s.out_channels, 0.1f)};
      j->packed = numbers(depthwise ? weights(&s) : graft_conv_packed_count(&s), 1);
      if (depthwise) graft_depthwise_pack(&s, j->weights, j->packed);
      else graft_conv_pack(&s, j->weights, j->packed);
      if (gradients && !depthwise) {
        j->flipped = numbers(graft_conv_packed_flipped_count(&s), 1);
        graft_conv_pack_flipped(&s, j->weights, j->flipped);
      }
    }
  }
  float *x = numbers(most, 1), *y = numbers(most, 1), *dx = numbers(gradients ? most : 0, 1);
  float *scratch = numbers(scratch_count, 1), *dw = numbers(most_weights, 1);
  double best[LAYERS][3], whole[3] = {INFINITY, INFINITY, INFINITY}, work_done = 0, limit = 0;
  for (int i = 0; i < count; i++) best[i][0] = best[i][1] = best[i][2] = INFINITY;
  for (int run = 0; run < runs; run++) {
    double total[3] = {0, 0, 0};
    for (int i = 0; i < count; i++) {
      limit = fmax(limit, threads * peak());
      double time[3] = {0, 0, 0};
      for (int k = 0; k < first[i].count; k++) {
        const job *j = &jobs[i][k];
        time[0] += forward(j, x, y);
        if (gradients) {
          time[1] += input_gradient(j, y, dx);
          time[2] += weight_gradient(j, x, y, scratch, dw);
        }
        float *swap = x;
        x = y, y = swap;
      }
      for (int m = 0; m < 3; m++) best[i][m] = fmin(best[i][m], time[m]), total[m] += time[m];
    }
    for (int m = 0; m < 3; m++) whole[m] = fmin(whole[m], total[m]);
  }
  printf("%s, batch %d, %s, %d threads, peak %.0f GFLOP/s\n", first->network, batch, graft_isa_name(),
         threads, limit);
  printf("%5s %6s %6s %6s %5s %3s  %9s %8s %6s\n", "size", "in", "out", "kernel", "groups", "x", "ms", "GFLOP/s", "peak");
  for (int i = 0; i < count; i++) {
    const layer *l = first + i;
    const graft_conv s = jobs[i][0].shape;
    const double operations = 2e-9 * (double)outputs(&s) * l->kernel * l->kernel * l->in / l->groups * l->count;
    work_done += operations;
    printf("%5d %6d %6d %4d/%-3d %4d %3d  %9.3f %8.1f %5.1f%%", l->size, l->in, l->out, l->kernel, l->stride,
           l->groups, l->count, best[i][0] * 1e3, operations / best[i][0], 100 * operations / best[i][0] / limit);
    if (gradients)
      printf("   dx %6.1f  dw %6.1f", operations / best[i][1], operations / best[i][2]);
    printf("\n");
  }
  printf("%s: %.2f ms, %.1f images/s, %.1f GFLOP/s, %.1f%% of peak", first->network, whole[0] * 1e3, batch / whole[0],
         work_done / whole[0], 100 * work_done / whole[0] / limit);
  if (gradients) printf("; dx %.2f ms, dw %.2f ms", whole[1] * 1e3, whole[2] * 1e3);
  printf(" (sum %g)\n\n", graft_sum(y, 0, 1024));
  float *shared[] = {x, y, dx, scratch, dw};
  for (int i = 0; i < 5; i++) free(shared[i]);
  for (int i = 0; i < count; i++)
    for (int k = 0; k < first[i].count; k++)
      free(jobs[i][k].weights), free(jobs[i][k].packed), free(jobs[i][k].flipped), free(jobs[i][k].bias);
}

int main(int argc, char **argv) {
  const int batch = argc > 1 ? atoi(argv[1]) : 4, runs = argc > 2 ? atoi(argv[2]) : 10;
  threads = argc > 3 ? atoi(argv[3]) : 1;
  const char *wanted = argc > 4 ? argv[4] : "all";
  const int gradients = argc > 5 && threads == 1;
  for (int i = 1; i < threads; i++) {
    pthread_t thread;
    pthread_create(&thread, NULL, helper, NULL);
  }
  for (int i = 0, end; i < LAYERS; i = end) {
    for (end = i; end < LAYERS && !strcmp(layers[end].network, layers[i].network);) end++;
    if (!strcmp(wanted, "all") || strstr(layers[i].network, wanted))
      run_network(layers + i, end - i, batch, runs, gradients);
  }
}
