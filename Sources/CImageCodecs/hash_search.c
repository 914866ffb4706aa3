// Multi-index hashing: hashes within r bits of each other agree within r/4 bits in one of four
// chunks, so that only the buckets near a query's chunks are looked at.
//
// Reference: Norouzi, Punjani & Fleet, Fast search in Hamming space with multi-index hashing,
// CVPR 2012, §3.
#include "CImageCodecs.h"

enum { CHUNKS = 4, BITS = 16, VALUES = 1 << BITS };

static inline uint32_t chunk(uint64_t hash, int index) {
  return (uint32_t)(hash >> (BITS * index)) & (VALUES - 1);
}

void graft_hash_index(const uint64_t *hashes, uint32_t count, uint64_t *sorted, uint32_t *order,
                      uint32_t *starts) {
  for (int c = 0; c < CHUNKS; c++) {
    uint32_t *start = starts + (size_t)c * (VALUES + 1);
    for (int value = 0; value <= VALUES; value++) start[value] = 0;
    for (uint32_t i = 0; i < count; i++) start[chunk(hashes[i], c) + 1]++;
    for (int value = 0; value < VALUES; value++) start[value + 1] += start[value];
    // Filled from the back, each start ends where it belongs.
    uint64_t *values = sorted + (size_t)c * count;
    uint32_t *indices = order + (size_t)c * count;
    for (uint32_t i = count; i-- > 0;) {
      const uint32_t place = --start[chunk(hashes[i], c) + 1];
      values[place] = hashes[i];
      indices[place] = i;
    }
    // Each start was moved down by its own count: shift them back into place.
    for (int value = 0; value < VALUES; value++) start[value] = start[value + 1];
    start[VALUES] = count;
  }
}

typedef struct {
  const uint64_t *values;
  const uint32_t *indices;
  const uint32_t *starts;
  uint64_t query;
  int32_t radius, flips;
  int chunk;
  uint32_t *found;
  size_t capacity, count;
} search;

#define DEFINE_SCAN(name)                                                                 \
  static void name(search *s, uint32_t value) {                                           \
    for (uint32_t i = s->starts[value]; i < s->starts[value + 1]; i++) {                   \
      const uint64_t difference = s->values[i] ^ s->query;                                 \
      if (__builtin_popcountll(difference) > s->radius) continue;                          \
      int seen = 0; /* in the bucket of an earlier chunk */                                \
      for (int c = 0; c < s->chunk; c++)                                                   \
        seen |= __builtin_popcount(chunk(difference, c)) <= s->flips;                      \
      if (seen) continue;                                                                  \
      if (s->count < s->capacity) s->found[s->count] = s->indices[i];                      \
      s->count++;                                                                          \
    }                                                                                      \
  }

DEFINE_SCAN(scan_portable)
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("popcnt"))), apply_to = function)
DEFINE_SCAN(scan_popcnt)
#pragma clang attribute pop
#endif

size_t graft_hash_search(const uint64_t *sorted, const uint32_t *order, const uint32_t *starts,
                         uint32_t count, uint64_t query, int32_t radius, uint32_t *found,
                         size_t capacity) {
  void (*scan)(search *, uint32_t) = scan_portable;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("popcnt")) scan = scan_popcnt;
#endif
  search s = {.query = query, .radius = radius, .flips = radius / CHUNKS, .found = found,
              .capacity = capacity};
  for (int c = 0; c < CHUNKS; c++) {
    s.chunk = c;
    s.values = sorted + (size_t)c * count;
    s.indices = order + (size_t)c * count;
    s.starts = starts + (size_t)c * (VALUES + 1);
    const uint32_t value = chunk(query, c);
    scan(&s, value);
    if (s.flips < 1) continue;
    for (int i = 0; i < BITS; i++) {
      scan(&s, value ^ 1u << i);
      if (s.flips < 2) continue;
      for (int j = 0; j < i; j++) scan(&s, value ^ 1u << i ^ 1u << j);
    }
  }
  return s.count;
}
