// The search for near-duplicates among a million made hashes: seconds of processor time to order the
// hashes and to ask for the neighbours of each of the hashes of eleven windows of every picture, against
// comparing a sample of them with all, both answers compared. One thread. From the repository's root:
//
//   clang -std=gnu2x -O2 -I Sources/CImageCodecs/include benchmarks/hashes.c \
//     Sources/CImageCodecs/hash_search.c -o /tmp/hashes && /tmp/hashes [count] [queries a picture]
//
// A hash in ten is planted: a few bits from an earlier one, which must be found for each. With `skewed` after the numbers one in four also
// shares its 32 lowest frequencies, eight bits of each chunk, as pictures on a white ground would.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "picture_measures.h"

enum { RADIUS = 7, SAMPLE = 200 };

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static uint64_t state = 1;
static uint64_t next(void) {  // SplitMix64
  uint64_t z = state += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

static uint64_t flipped(uint64_t hash, int bits) {
  while (bits-- > 0) hash ^= (uint64_t)1 << (next() % 64);
  return hash;
}

static int ascending(const void *a, const void *b) {
  const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  const uint32_t count = argc > 1 ? (uint32_t)atoi(argv[1]) : 1000000;
  const int windows = argc > 2 ? atoi(argv[2]) : 11;
  const int skewed = argc > 3 && strcmp(argv[3], "skewed") == 0;
  uint64_t *hashes = malloc(8 * (size_t)count), *sorted = malloc(32 * (size_t)count);
  uint32_t *order = malloc(16 * (size_t)count), *starts = malloc(16 * 65537);
  uint32_t *found = malloc(4 * (size_t)count), *all = malloc(4 * (size_t)count);
  uint32_t *origin = malloc(4 * (size_t)count);
  if (count < 10 || !hashes || !sorted || !order || !starts || !found || !all || !origin) return 1;
  for (uint32_t i = 0; i < count; i++) {
    origin[i] = i;
    if (i > 10 && i % 10 == 0) {
      origin[i] = (uint32_t)(next() % i);
      hashes[i] = flipped(hashes[origin[i]], (int)(next() % 9));
    } else {
      hashes[i] = next();
    }
    if (skewed && i % 4 == 1) hashes[i] = (hashes[i] & 0xFF00FF00FF00FF00u) | 0x005A001200340056u;
  }
  double from = seconds();
  graft_hash_index(hashes, count, sorted, order, starts);
  const double ordering = seconds() - from;

  from = seconds();
  uint64_t neighbours = 0, planted = 0, missed = 0;
  for (uint32_t i = 0; i < count; i++) {
    for (int w = 0; w < windows; w++) {
      const uint64_t query = w == 0 ? hashes[i] : flipped(hashes[i], 4 + w);
      const size_t number =
          graft_hash_search(sorted, order, starts, count, query, RADIUS, found, count);
      neighbours += number;
      if (w > 0 || origin[i] == i) continue;
      if (__builtin_popcountll(query ^ hashes[origin[i]]) > RADIUS) continue;
      planted++;
      size_t place = 0;
      while (place < number && found[place] != origin[i]) place++;
      missed += place == number;
    }
  }
  const double asking = seconds() - from;

  from = seconds();
  int wrong = 0;
  for (int s = 0; s < SAMPLE; s++) {
    const uint64_t query = flipped(hashes[next() % count], (int)(next() % 8));
    size_t expected = 0;
    for (uint32_t i = 0; i < count; i++)
      if (__builtin_popcountll(hashes[i] ^ query) <= RADIUS) all[expected++] = i;
    const size_t number =
        graft_hash_search(sorted, order, starts, count, query, RADIUS, found, count);
    qsort(found, number < count ? number : count, 4, ascending);
    if (number != expected || memcmp(found, all, 4 * expected) != 0) wrong++;
  }
  const double comparing = (seconds() - from) / SAMPLE * count * windows;
  printf("%u hashes%s, %d queries each: %.1f s to order, %.1f s to ask (%llu neighbours)\n", count,
         skewed ? " (skewed)" : "", windows, ordering, asking, (unsigned long long)neighbours);
  printf("comparing with all would take about %.0f s; of %d sampled answers %d differ\n", comparing,
         SAMPLE, wrong);
  printf("of %llu planted neighbours within %d bits %llu are missed\n", (unsigned long long)planted,
         RADIUS, (unsigned long long)missed);
  return wrong != 0 || missed != 0;
}
