// GFLOP/s of the convolution kernels on shapes of real networks: forward, input gradient, weight
// gradient. One thread, processor time of that thread (other work on the machine hardly counts),
// the least of many runs. From the repository's root:
//
//   clang -std=gnu2x -O2 -I Sources/CKernels/include benchmarks/convolution.c \
//     Sources/CKernels/*.c -lm -o /tmp/convolution && /tmp/convolution [batch] [runs]
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "CKernels.h"

static const struct { const char *name; int size, in, out, kernel, stride, groups; } layers[] = {
    {"resnet50 conv1", 224, 3, 64, 7, 2, 1},     {"resnet50 layer1 1x1", 56, 64, 256, 1, 1, 1},
    {"resnet50 layer1 3x3", 56, 64, 64, 3, 1, 1}, {"resnet50 layer2 1x1", 28, 512, 128, 1, 1, 1},
    {"resnet50 layer2 3x3", 28, 128, 128, 3, 1, 1}, {"resnet50 layer2 3x3/2", 56, 128, 128, 3, 2, 1},
    {"resnet50 layer3 1x1", 14, 256, 1024, 1, 1, 1}, {"resnet50 layer3 3x3", 14, 256, 256, 3, 1, 1},
    {"resnet50 layer4 1x1", 7, 2048, 512, 1, 1, 1}, {"resnet50 layer4 3x3", 7, 512, 512, 3, 1, 1},
    {"mobilenetv2 stem", 224, 3, 32, 3, 2, 1},   {"mobilenetv2 expand", 56, 24, 144, 1, 1, 1},
    {"mobilenetv2 project", 14, 576, 96, 1, 1, 1}, {"mobilenetv2 depthwise", 56, 144, 144, 3, 1, 144},
    {"mobilenetv2 depthwise", 14, 384, 384, 3, 1, 384}, {"efficientnet depthwise 5x5", 28, 240, 240, 5, 1, 240},
    {"resnext50 grouped", 56, 128, 128, 3, 1, 32}, {"resnet20 cifar", 32, 32, 32, 3, 1, 1},
};

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *numbers(ptrdiff_t count) {
  float *p = malloc((size_t)(count + 16) * sizeof(float));
  for (ptrdiff_t i = 0; i < count; i++) p[i] = (float)rand() / (float)RAND_MAX - 0.5f;
  return p;
}

int main(int argc, char **argv) {
  const int batch = argc > 1 ? atoi(argv[1]) : 4, runs = argc > 2 ? atoi(argv[2]) : 10;
  printf("%s, batch %d, GFLOP/s of one thread\n", graft_isa_name(), batch);
  for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
    const int k = layers[i].kernel, st = layers[i].stride, pad = k / 2, size = layers[i].size;
    const int in = layers[i].in, out = layers[i].out, after = (size + 2 * pad - k) / st + 1;
    const int depthwise = layers[i].groups == in;
    const graft_conv s = {batch, size, size, in, in, after, after, out, out, k, k,
                          st, st, pad, pad, 1, 1, layers[i].groups};
    const ptrdiff_t inputs = (ptrdiff_t)batch * size * size * in;
    const ptrdiff_t outputs = (ptrdiff_t)batch * after * after * out;
    const ptrdiff_t weights = (ptrdiff_t)out * k * k * in / layers[i].groups;
    float *x = numbers(inputs), *w = numbers(weights), *y = numbers(outputs), *dx = numbers(inputs);
    float *dw = numbers(weights), *bias = numbers(out);
    float *packed = numbers(depthwise ? weights : graft_conv_packed_count(&s));
    float *flipped = numbers(depthwise ? 0 : graft_conv_packed_flipped_count(&s));
    float *scratch = numbers(depthwise ? graft_depthwise_weight_gradient_scratch(&s)
                                       : graft_conv_weight_gradient_scratch(&s));
    const graft_epilogue relu = {bias, NULL, 0, 0, INFINITY};
    double best[3] = {INFINITY, INFINITY, INFINITY};
    if (depthwise) graft_depthwise_pack(&s, w, packed);
    else graft_conv_pack(&s, w, packed), graft_conv_pack_flipped(&s, w, flipped);
    for (int run = 0; run < runs; run++) {
      double t[4];
      t[0] = seconds();
      if (depthwise) graft_depthwise_forward(&s, packed, x, &relu, y, 0, batch * after);
      else graft_conv_forward(&s, packed, x, &relu, y, 0, graft_conv_forward_units(&s));
      t[1] = seconds();
      if (depthwise) graft_depthwise_input_gradient(&s, packed, y, dx, 0, 0, batch * size);
      else graft_conv_input_gradient(&s, flipped, y, dx, 0, 0, graft_conv_input_gradient_units(&s));
      t[2] = seconds();
      if (depthwise) {
        graft_depthwise_weight_gradient(&s, x, y, scratch, 0, graft_depthwise_weight_gradient_units(&s));
        graft_depthwise_weight_gradient_reduce(&s, scratch, dw, 0);
      } else {
        graft_conv_weight_gradient(&s, x, y, scratch, dw, 0, 0, graft_conv_weight_gradient_units(&s));
        graft_conv_weight_gradient_reduce(&s, scratch, dw, 0, 0, graft_conv_weight_gradient_reduce_units(&s));
      }
      t[3] = seconds();
      for (int j = 0; j < 3; j++) best[j] = fmin(best[j], t[j + 1] - t[j]);
    }
    const double work = 2e-9 * (double)outputs * k * k * in / layers[i].groups;
    printf("%-28s %4d  %5d -> %-5d forward %6.1f  input gradient %6.1f  weight gradient %6.1f  (sum %.6g)\n",
           layers[i].name, size, in, out, work / best[0], work / best[1], work / best[2],
           graft_sum(y, 0, outputs) + graft_sum(dx, 0, inputs) + graft_sum(dw, 0, weights));
    float *all[] = {x, w, y, dx, dw, bias, packed, flipped, scratch};
    for (size_t j = 0; j < sizeof all / sizeof *all; j++) free(all[j]);
  }
}
