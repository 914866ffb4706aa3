// Decoding and scaling of pictures by Graft's codecs, as `ImageDecoder` and `Preprocessing` call them:
//   clang -std=gnu2x -O2 -ISources/CImageCodecs/include benchmarks/images.c Sources/CImageCodecs/*.c \
//     -ljpeg -lpng -lm -lpthread -o images
//   ./images FILTER SIZE THREADS ROUNDS ANSWERS FILE...
// Each file is read, decoded (a JPEG of a megapixel or more at 1/2, 1/4 or 1/8 where its shorter side
// stays at least 5/4 · SIZE) and scaled until its shorter side is SIZE. Prints the seconds of each
// round over all files; ANSWERS gets width, height (32 bits each) and RGB of every file in order.
// benchmarks/images.py compiles and drives it.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "CImageCodecs.h"

typedef struct {
  uint32_t width, height;
  uint8_t *pixels;
} answer;

static char **files;
static int file_count, size;
static graft_filter filter;
static answer *answers;
static atomic_int next_file;

static void stop(const char *file, const char *why) {
  fprintf(stderr, "%s: %s\n", file, why);
  exit(1);
}

static uint8_t *read_file(const char *path, size_t *count) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) stop(path, "cannot be opened");
  fseek(file, 0, SEEK_END);
  *count = (size_t)ftell(file);
  rewind(file);
  uint8_t *bytes = malloc(*count);
  if (bytes == NULL || fread(bytes, 1, *count, file) != *count) stop(path, "cannot be read");
  fclose(file);
  return bytes;
}

static answer picture(const char *path) {
  size_t count;
  uint8_t *bytes = read_file(path, &count);
  graft_image_request request = {.max_pixels = 178956970,
                                 .max_scans = 100,
                                 .max_scan_pixels = 16ull * 178956970,
                                 .shrink = 1,
                                 .background = {255, 255, 255}};
  graft_image_result result;
  if (graft_image_header(bytes, count, &request, &result) != GRAFT_IMAGE_OK) {
    stop(path, result.message);
  }
  const uint32_t shorter = result.width < result.height ? result.width : result.height;
  const uint32_t wanted = (uint32_t)(5 * size + 3) / 4;
  if (result.format == GRAFT_FORMAT_JPEG && (uint64_t)result.width * result.height >= 1000000) {
    for (int32_t s = 8; s > 1 && request.shrink == 1; s /= 2) {
      if (shorter / (uint32_t)s >= wanted) request.shrink = s;
    }
  }
  const uint32_t s = (uint32_t)request.shrink;
  const uint32_t width = (result.width + s - 1) / s, height = (result.height + s - 1) / s;
  const size_t capacity = (size_t)width * height * 3;
  uint8_t *pixels = malloc(capacity);
  if (pixels == NULL ||
      graft_image_decode(bytes, count, &request, pixels, capacity, &result) != GRAFT_IMAGE_OK) {
    stop(path, result.message);
  }
  answer out;
  const uint32_t side = (uint32_t)size;
  out.width = width <= height ? side : side * width / height;
  out.height = width <= height ? side * height / width : side;
  out.pixels = malloc((size_t)out.width * out.height * 3);
  if (out.pixels == NULL ||
      graft_resize_rgb(pixels, width, height, (size_t)width * 3, out.width, out.height, 0, 0,
                       out.width, out.height, filter, out.pixels) != 0) {
    stop(path, "no memory");
  }
  free(pixels);
  free(bytes);
  return out;
}

static void *work(void *unused) {
  for (int i; (i = atomic_fetch_add(&next_file, 1)) < file_count;) {
    free(answers[i].pixels);
    answers[i] = picture(files[i]);
  }
  return unused;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

int main(int count, char **words) {
  static const char *names[] = {"box", "bilinear", "bicubic", "lanczos"};
  if (count < 7) stop("usage", "FILTER SIZE THREADS ROUNDS ANSWERS FILE...");
  for (int i = 0; i < 4; i++) {
    if (strcmp(words[1], names[i]) == 0) filter = (graft_filter)i;
  }
  size = atoi(words[2]);
  const int threads = atoi(words[3]), rounds = atoi(words[4]);
  files = words + 6;
  file_count = count - 6;
  answers = calloc((size_t)file_count, sizeof(answer));
  if (size < 1 || threads < 1 || threads > 64 || answers == NULL) stop("usage", "numbers from 1");
  for (int round = 0; round < rounds; round++) {
    pthread_t others[64];
    const double start = now();
    atomic_store(&next_file, 0);
    for (int i = 1; i < threads; i++) pthread_create(&others[i], NULL, work, NULL);
    work(NULL);
    for (int i = 1; i < threads; i++) pthread_join(others[i], NULL);
    printf("%.6f\n", now() - start);
  }
  FILE *out = fopen(words[5], "wb");
  if (out == NULL) stop(words[5], "cannot be written");
  for (int i = 0; i < file_count; i++) {
    fwrite(&answers[i], sizeof(uint32_t), 2, out);
    fwrite(answers[i].pixels, 3, (size_t)answers[i].width * answers[i].height, out);
  }
  return fclose(out) == 0 ? 0 : 1;
}
