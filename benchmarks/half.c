// Products in half precision against Float32 on layers of real networks: GFLOP/s of each and the
// root-mean-square error relative to the root-mean-square result, against Float64. One thread, processor
// time of that thread, the least of many runs. From the repository's root:
//
//   clang -std=gnu2x -O2 -I Sources/CKernels/include benchmarks/half.c Sources/CKernels/*.c -lm \
//     -o /tmp/half && /tmp/half [batch] [runs] [name]
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "CKernels.h"

static const struct { const char *name; int size, in, out, kernel, stride; } layers[] = {
    {"resnet stem", 224, 3, 64, 7, 2},     {"resnet 1.1", 56, 64, 64, 1, 1},
    {"resnet 1.3", 56, 64, 256, 1, 1},     {"resnet 1.1b", 56, 256, 64, 1, 1},
    {"resnet 2.1", 56, 256, 128, 1, 1},    {"resnet 2.2s", 56, 128, 128, 3, 2},
    {"resnet 2.3", 28, 128, 512, 1, 1},    {"resnet 2.1b", 28, 512, 128, 1, 1},
    {"resnet 2.d", 56, 256, 512, 1, 2},    {"resnet 3.3", 14, 256, 1024, 1, 1},
    {"resnet 3.1b", 14, 1024, 256, 1, 1},  {"resnet 4.3", 7, 512, 2048, 1, 1},
    {"resnet 4.1b", 7, 2048, 512, 1, 1},   {"resnet 4.2s", 14, 512, 512, 3, 2},
    {"resnet 1.2", 56, 64, 64, 3, 1},      {"resnet 2.2", 28, 128, 128, 3, 1},
    {"resnet 3.2", 14, 256, 256, 3, 1},    {"resnet 4.2", 7, 512, 512, 3, 1},
    {"vit qkv", 14, 384, 1152, 1, 1},      {"vit proj", 14, 384, 384, 1, 1},
    {"vit fc1", 14, 384, 1536, 1, 1},      {"vit fc2", 14, 1536, 384, 1, 1},
    {"vit patch", 224, 3, 384, 16, 16},
};

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *memory(ptrdiff_t count) { return aligned_alloc(64, (size_t)(count + 32) / 16 * 64); }

static float *numbers(ptrdiff_t count, float from, float to) {
  float *p = memory(count);
  for (ptrdiff_t i = 0; i < count; i++) p[i] = from + (to - from) * (float)rand() / (float)RAND_MAX;
  return p;
}

static double error(const graft_conv *s, const float *x, const float *w, const float *y) {
  double sum = 0, square = 0;
  for (int k = 0; k < 3000; k++) {
    const ptrdiff_t pixel = rand() % (s->batch * s->out_height * s->out_width), o = rand() % s->out_channels;
    const ptrdiff_t ox = pixel % s->out_width, oy = pixel / s->out_width % s->out_height;
    const ptrdiff_t n = pixel / s->out_width / s->out_height;
    double r = 0;
    for (ptrdiff_t t = 0; t < s->kernel_height * s->kernel_width; t++) {
      const ptrdiff_t iy = oy * s->stride_height + t / s->kernel_width - s->pad_top;
      const ptrdiff_t ix = ox * s->stride_width + t % s->kernel_width - s->pad_left;
      if (iy < 0 || ix < 0 || iy >= s->in_height || ix >= s->in_width) continue;
      for (ptrdiff_t c = 0; c < s->in_channels; c++)
        r += (double)x[((n * s->in_height + iy) * s->in_width + ix) * s->in_channels + c] *
             (double)w[(o * s->kernel_height * s->kernel_width + t) * s->in_channels + c];
    }
    const double d = y[pixel * s->out_channels + o] - r;
    sum += d * d, square += r * r;
  }
  return sqrt(sum / square);
}

int main(int count, char **arguments) {
  const int batch = count > 1 ? atoi(arguments[1]) : 4, runs = count > 2 ? atoi(arguments[2]) : 6;
  for (size_t l = 0; l < sizeof layers / sizeof *layers; l++) {
    if (count > 3 && !strstr(layers[l].name, arguments[3])) continue;
    const int pad = layers[l].kernel == 16 ? 0 : layers[l].kernel / 2;
    const int out = (layers[l].size + 2 * pad - layers[l].kernel) / layers[l].stride + 1;
    const graft_conv s = {
        .batch = batch, .in_height = layers[l].size, .in_width = layers[l].size,
        .in_channels = layers[l].in, .in_pixel_stride = layers[l].in, .out_height = out,
        .out_width = out, .out_channels = layers[l].out, .out_pixel_stride = layers[l].out,
        .kernel_height = layers[l].kernel, .kernel_width = layers[l].kernel,
        .stride_height = layers[l].stride, .stride_width = layers[l].stride, .pad_top = pad,
        .pad_left = pad, .dilation_height = 1, .dilation_width = 1, .groups = 1};
    const ptrdiff_t taps = s.kernel_height * s.kernel_width;
    float *x = numbers(s.batch * s.in_height * s.in_width * s.in_channels, -1, 2);
    float *w = numbers(s.out_channels * taps * s.in_channels, -0.05f, 0.05f);
    float *y = memory(s.batch * out * out * s.out_channels);
    for (ptrdiff_t i = 0; i < s.batch * s.in_height * s.in_width * s.in_channels; i++) if (x[i] < 0) x[i] = 0;
    const graft_epilogue e = {.low = -INFINITY, .high = INFINITY};
    const double work = 2e-9 * s.batch * out * out * (double)s.out_channels * (double)(taps * s.in_channels);
    printf("%-12s", layers[l].name);
    double single = 0;
    for (int form = 0; form < 3; form++) {
      const graft_half f = form == 1 ? GRAFT_FLOAT16 : GRAFT_BFLOAT16;
      if (form && !graft_half_is_available(f)) continue;
      const int winograd = !form && graft_winograd_wins(&s, GRAFT_WINOGRAD_FORWARD);
      float *packed = memory(
          form ? graft_half_packed_count(f, &s)
               : winograd ? graft_winograd_packed_count(&s, GRAFT_WINOGRAD_FORWARD) : graft_conv_packed_count(&s));
      float *scratch = memory(
          form ? graft_half_scratch(f, &s) : winograd ? graft_winograd_scratch(&s, GRAFT_WINOGRAD_FORWARD) : 0);
      if (form) graft_half_pack(f, &s, w, packed);
      else if (winograd) graft_winograd_pack(&s, GRAFT_WINOGRAD_FORWARD, w, packed);
      else graft_conv_pack(&s, w, packed);
      double best = 1e9;
      for (int r = 0; r < runs; r++) {
        const double start = seconds();
        if (form) graft_half_forward(f, &s, packed, x, &e, y, scratch, 0, graft_half_units(f, &s));
        else if (winograd)
          graft_winograd_forward(&s, packed, x, &e, y, scratch, 0, graft_winograd_units(&s, GRAFT_WINOGRAD_FORWARD));
        else graft_conv_forward(&s, packed, x, &e, y, 0, graft_conv_forward_units(&s));
        const double time = seconds() - start;
        if (time < best) best = time;
      }
      if (!form) single = best;
      printf("  %s %4.0f (%.2f, %.1e)", form == 0 ? winograd ? "winograd" : "Float32" : form == 1 ? "Float16" : "bfloat16",
          work / best, single / best, error(&s, x, w, y));
      free(packed), free(scratch);
    }
    printf("\n");
    free(x), free(w), free(y);
  }
}
