// A 128-bit content hash: two lanes of multiply, add and rotate over 16 bytes a step.
#include <string.h>

#include "CImageCodecs.h"

static inline uint64_t rotate(uint64_t value, int bits) {
  return value << bits | value >> (64 - bits);
}

static inline uint64_t mix(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
  return value ^ (value >> 31);
}

void graft_pixel_hash(const uint8_t *bytes, size_t count, uint64_t seed, uint64_t *low,
                      uint64_t *high) {
  uint64_t a = mix(seed + 0x9E3779B97F4A7C15u), b = mix(a + (uint64_t)count);
  size_t i = 0;
  for (; i < count; i += 16) {
    uint64_t words[2] = {0, 0};  // the tail is padded with zeros; the count tells it apart
    const size_t left = count - i;
    memcpy(words, bytes + i, left < 16 ? left : 16);
    a = rotate((a ^ words[0]) * 0x9E3779B97F4A7C15u, 29) + b;
    b = rotate((b ^ words[1]) * 0xC2B2AE3D27D4EB4Fu, 31) + a;
  }
  *low = mix(a + rotate(b, 17));
  *high = mix(b ^ rotate(a, 41));
}
