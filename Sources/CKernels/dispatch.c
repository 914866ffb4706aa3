// Chooses the instruction set once and sends every public call there.
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_table.h"

const float graft_zeros[GRAFT_MAX_PADDED_CHANNELS] __attribute__((aligned(64))) = {0};

graft_isa graft_best_isa(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
    return GRAFT_ISA_AVX512;
  if (avx2) return GRAFT_ISA_AVX2;
#endif
  return GRAFT_ISA_SCALAR;
}

static const graft_kernel_table *table_of(graft_isa isa) {
#if defined(__x86_64__)
  if (isa == GRAFT_ISA_AVX512) return &graft_kernels_avx512;
  if (isa == GRAFT_ISA_AVX2) return &graft_kernels_avx2;
#endif
  (void)isa;
  return &graft_kernels_scalar;
}

static _Atomic(const graft_kernel_table *) chosen;

graft_isa graft_force_isa(graft_isa isa) {
  const graft_isa best = graft_best_isa();
  if (isa > best) isa = best;
  atomic_store_explicit(&chosen, table_of(isa), memory_order_release);
  return isa;
}

// Two threads may both come here first: they choose the same.
static __attribute__((noinline)) const graft_kernel_table *choose(void) {
  const char *wanted = getenv("GRAFT_ISA");
  graft_isa isa = graft_best_isa();
  if (wanted && !strcmp(wanted, "scalar")) isa = GRAFT_ISA_SCALAR;
  if (wanted && !strcmp(wanted, "avx2")) isa = GRAFT_ISA_AVX2;
  graft_force_isa(isa);
  return atomic_load_explicit(&chosen, memory_order_acquire);
}

static inline const graft_kernel_table *kernels(void) {
  const graft_kernel_table *table = atomic_load_explicit(&chosen, memory_order_acquire);
  return table ? table : choose();
}

graft_isa graft_current_isa(void) {
  const graft_kernel_table *table = kernels();
#if defined(__x86_64__)
  if (table == &graft_kernels_avx512) return GRAFT_ISA_AVX512;
  if (table == &graft_kernels_avx2) return GRAFT_ISA_AVX2;
#endif
  (void)table;
  return GRAFT_ISA_SCALAR;
}

const char *graft_isa_name(void) {
  static const char *const names[] = {"scalar", "avx2", "avx512"};
  return names[graft_current_isa()];
}

#define KERNEL(result, name, parameters, arguments) \
  result graft_##name parameters { return kernels()->name arguments; }
#include "kernel_list.h"
