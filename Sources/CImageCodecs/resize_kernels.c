// The loops of the resize for three instruction sets, and the choice among them.
#include "resize_kernels.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { HALF = 1 << (RESIZE_PRECISION - 1) };

// The vectors stay inside this file, so their calling convention does not matter.
#pragma clang diagnostic ignored "-Wpsabi"
#define GRAFT_VECTOR_BITS 128
#define NAME(name) name##_scalar
#include "resize.inc"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define GRAFT_VECTOR_BITS 256
#define NAME(name) name##_avx2
#include "resize.inc"
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni"))), apply_to = function)
#define GRAFT_VECTOR_BITS 512
#define NAME(name) name##_avx512
#include "resize.inc"
#pragma clang attribute pop
#endif

static graft_codec_isa best_isa(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni")) {
    return GRAFT_CODEC_AVX512;
  }
  if (__builtin_cpu_supports("avx2")) return GRAFT_CODEC_AVX2;
#endif
  return GRAFT_CODEC_SCALAR;
}

// −1 until the first use; threads that race to it store the same.
static _Atomic int chosen = -1;

graft_codec_isa graft_codec_force_isa(graft_codec_isa isa) {
  const graft_codec_isa best = best_isa();
  if (isa > best) isa = best;
  atomic_store_explicit(&chosen, (int)isa, memory_order_relaxed);
  return isa;
}

const resize_kernels *resize_current_kernels(void) {
  int isa = atomic_load_explicit(&chosen, memory_order_relaxed);
  if (isa < 0) {
    const char *wanted = getenv("GRAFT_ISA");
    isa = GRAFT_CODEC_AVX512;
    if (wanted != NULL && strcmp(wanted, "scalar") == 0) isa = GRAFT_CODEC_SCALAR;
    if (wanted != NULL && strcmp(wanted, "avx2") == 0) isa = GRAFT_CODEC_AVX2;
    isa = (int)graft_codec_force_isa((graft_codec_isa)isa);
  }
#if defined(__x86_64__)
  if (isa == GRAFT_CODEC_AVX512) return &kernels_avx512;
  if (isa == GRAFT_CODEC_AVX2) return &kernels_avx2;
#endif
  return &kernels_scalar;
}
