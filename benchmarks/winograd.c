// Winograd convolution against the direct kernels on the 3×3 layers of real networks: GFLOP/s counted
// in the products of the direct form, and the largest and root-mean-square error of each relative to
// the root-mean-square result, both against Float64. One thread, processor time of that thread, the
// least of many runs. From the repository's root:
//
//   clang -std=gnu2x -O2 -I Sources/CKernels/include benchmarks/winograd.c \
//     Sources/CKernels/*.c -lm -o /tmp/winograd && /tmp/winograd [batch] [runs] [name]
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "CKernels.h"


static const struct { const char *name; int size, in, out; } layers[] = {
    {"resnet layer1", 56, 64, 64},   {"resnet layer2", 28, 128, 128},
    {"resnet layer3", 14, 256, 256}, {"resnet layer4", 7, 512, 512},
    {"cifar 16", 32, 16, 16},        {"cifar 32", 16, 32, 32}, {"cifar 64", 8, 64, 64},
    {"vgg 2", 224, 64, 64},          {"vgg 5", 112, 128, 128}, {"densenet", 28, 128, 32}, {"densenet", 7, 128, 32},
};

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *numbers(ptrdiff_t count, float from, float to) {
  float *p = aligned_alloc(64, (size_t)(count + 32) / 16 * 64);
  for (ptrdiff_t i = 0; i < count; i++)
    p[i] = from + (to - from) * (float)rand() / (float)RAND_MAX;
  return p;
}

/// The largest and root-mean-square difference over the reference's root mean square.
static void errors(const graft_conv *s, const float *x, const float *w, const float *y, double *e) {
  double worst = 0, sum = 0, square = 0;
  ptrdiff_t count = 0;
  for (ptrdiff_t n = 0; n < s->batch; n++)
    for (ptrdiff_t i = 0; i < s->out_height * s->out_width; i += 1 + s->out_height * s->out_width / 49)
      for (ptrdiff_t o = 0; o < s->out_channels; o += 7) {
        double r = 0;
        for (ptrdiff_t t = 0; t < 9; t++) {
          const ptrdiff_t iy = i / s->out_width + t / 3 - 1, ix = i % s->out_width + t % 3 - 1;
          if (iy < 0 || ix < 0 || iy >= s->in_height || ix >= s->in_width) continue;
          const float *p = x + ((n * s->in_height + iy) * s->in_width + ix) * s->in_channels;
          for (ptrdiff_t c = 0; c < s->in_channels; c++)
            r += (double)p[c] * (double)w[(o * 9 + t) * s->in_channels + c];
        }
        const double d = y[(n * s->out_height * s->out_width + i) * s->out_channels + o] - r;
        worst = fmax(worst, fabs(d)), sum += d * d, square += r * r, count++;
      }
  e[0] = worst / sqrt(square / (double)count), e[1] = sqrt(sum / square);
}

static void gradient_errors(const graft_conv *s, const float *x, const float *dy, const float *dw, double *e) {
  double worst = 0, sum = 0, square = 0;
  const ptrdiff_t in = s->in_channels, out = s->out_channels;
  ptrdiff_t count = 0;
  for (ptrdiff_t o = 0; o < out; o += 1 + out / 5)
    for (ptrdiff_t c = 0; c < in; c += 1 + in / 5)
      for (ptrdiff_t t = 0; t < 9; t++, count++) {
        double r = 0;
        for (ptrdiff_t n = 0; n < s->batch; n++)
          for (ptrdiff_t i = 0; i < s->out_height * s->out_width; i++) {
            const ptrdiff_t iy = i / s->out_width + t / 3 - 1, ix = i % s->out_width + t % 3 - 1;
            if (iy < 0 || ix < 0 || iy >= s->in_height || ix >= s->in_width) continue;
            r += (double)x[((n * s->in_height + iy) * s->in_width + ix) * in + c] *
                 (double)dy[(n * s->out_height * s->out_width + i) * out + o];
          }
        const double d = dw[(o * 9 + t) * in + c] - r;
        worst = fmax(worst, fabs(d)), sum += d * d, square += r * r;
      }
  e[0] = worst / sqrt(square / (double)count), e[1] = sqrt(sum / square);
}

int main(int argc, char **argv) {
  const int batch = argc > 1 ? atoi(argv[1]) : 4, runs = argc > 2 ? atoi(argv[2]) : 10;
  printf("%s, batch %d\n", graft_isa_name(), batch);
  for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
    if (argc > 3 && !strstr(layers[i].name, argv[3])) continue;
    const ptrdiff_t size = layers[i].size, in = layers[i].in, out = layers[i].out;
    const graft_conv s = {batch, size, size, in, in, size, size, out, out, 3, 3, 1, 1, 1, 1, 1, 1, 1};
    const ptrdiff_t inputs = batch * size * size * in, outputs = batch * size * size * out;
    float *x = numbers(inputs, 0, 1), *w = numbers(out * 9 * in, -1, 1), *y = numbers(outputs, 0, 0);
    float *dx = numbers(inputs, 0, 0);
    float *direct[2] = {numbers(graft_conv_packed_count(&s), 0, 0), numbers(graft_conv_packed_flipped_count(&s), 0, 0)};
    float *packed[2], *scratch[2];
    for (int p = 0; p < 2; p++) packed[p] = numbers(graft_winograd_packed_count(&s, p), 0, 0),
      scratch[p] = numbers(graft_winograd_scratch(&s, p), 0, 0);
    const graft_epilogue e = {NULL, NULL, 0, -INFINITY, INFINITY};
    double best[8];
    for (int j = 0; j < 8; j++) best[j] = INFINITY;
    float *dw = numbers(out * 9 * in, 0, 0), *sums = numbers(graft_conv_weight_gradient_scratch(&s), 0, 0);
    float *partial = numbers(graft_winograd_partial(&s), 0, 0), *place = numbers(graft_winograd_scratch(&s, 2), 0, 0);
    graft_conv_pack(&s, w, direct[0]), graft_conv_pack_flipped(&s, w, direct[1]);
    double error[2][2], gradient_error[2][2];
    for (int run = 0; run < runs; run++) {
      double t[7];
      t[0] = seconds();
      graft_conv_forward(&s, direct[0], x, &e, y, 0, graft_conv_forward_units(&s));
      t[1] = seconds();
      if (run == 0) errors(&s, x, w, y, error[0]), t[1] = INFINITY;
      t[2] = seconds();
      graft_conv_input_gradient(&s, direct[1], y, dx, 0, 0, graft_conv_input_gradient_units(&s));
      t[3] = seconds();
      best[0] = fmin(best[0], t[1] - t[0]), best[1] = fmin(best[1], t[3] - t[2]);
      t[0] = seconds();
      graft_winograd_pack(&s, 0, w, packed[0]);
      t[1] = seconds();
      graft_winograd_pack(&s, 1, w, packed[1]);
      t[2] = seconds();
      graft_winograd_forward(&s, packed[0], x, &e, y, scratch[0], 0, graft_winograd_units(&s, 0));
      t[3] = seconds();
      graft_winograd_input_gradient(&s, packed[1], y, dx, 0, scratch[1], 0, graft_winograd_units(&s, 1));
      t[4] = seconds();
      if (run == 0) errors(&s, x, w, y, error[1]);
      double g[4];
      g[0] = seconds();
      graft_conv_weight_gradient(&s, x, y, sums, dw, 0, NULL, 0, graft_conv_weight_gradient_units(&s));
      graft_conv_weight_gradient_reduce(&s, sums, dw, 0, 0, graft_conv_weight_gradient_reduce_units(&s));
      g[1] = seconds();
      if (run == 0) gradient_errors(&s, x, y, dw, gradient_error[0]);
      g[2] = seconds();
      graft_winograd_weight_gradient(&s, x, y, partial, dw, 0, place, 0, graft_winograd_units(&s, 2));
      graft_winograd_weight_gradient_reduce(&s, partial, dw, 0, 0, graft_winograd_weight_gradient_reduce_units(&s));
      g[3] = seconds();
      if (run == 0) gradient_errors(&s, x, y, dw, gradient_error[1]);
      best[6] = fmin(best[6], g[1] - g[0]), best[7] = fmin(best[7], g[3] - g[2]);
      for (int j = 0; j < 4; j++) best[2 + j] = fmin(best[2 + j], t[j + 1] - t[j]);
    }
    const double work = 2e-9 * (double)outputs * 9 * (double)in;
    printf("%-14s %4td %4td -> %-4td", layers[i].name, size, in, out);
    const int before[] = {0, 1, 6}, after[] = {4, 5, 7};
    const char *names[] = {"y", "dx", "dw"};
    for (int j = 0; j < 3; j++)
      printf("  %s %5.1f -> %5.1f (%.2f)", names[j], work / best[before[j]], work / best[after[j]],
             best[before[j]] / best[after[j]]);
    printf("  pack %.2f + %.2f ms of %.2f\n", best[2] * 1e3, best[3] * 1e3, best[4] * 1e3);
    printf("               error, max and rms: y %.1e %.1e -> %.1e %.1e  dw %.1e %.1e -> %.1e %.1e\n",
           error[0][0], error[0][1], error[1][0], error[1][1], gradient_error[0][0],
           gradient_error[0][1], gradient_error[1][0], gradient_error[1][1]);
    float *all[] = {x, w, y, dx, direct[0], direct[1], packed[0], packed[1], scratch[0], scratch[1], dw, sums, partial, place};
    for (size_t j = 0; j < sizeof all / sizeof *all; j++) free(all[j]);
  }
}
