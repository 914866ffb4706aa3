// Which instruction set runs. Chosen at the first call from what the processor has, lowered by the
// environment variable GRAFT_ISA = scalar | avx2 | avx512 if set.
#ifndef GRAFT_INSTRUCTION_SET_H
#define GRAFT_INSTRUCTION_SET_H

#include <stddef.h>
#include <stdint.h>

typedef enum graft_isa {
  GRAFT_ISA_SCALAR = 0,
  GRAFT_ISA_AVX2 = 1,
  GRAFT_ISA_AVX512 = 2,
} graft_isa;

/// The instruction set in use.
graft_isa graft_current_isa(void);

/// Its name: "scalar", "avx2" or "avx512".
const char *_Nonnull graft_isa_name(void);

/// The best instruction set that this processor can run.
graft_isa graft_best_isa(void);

/// Use `isa`, or the best one below it that the processor has; returns what is now in use.
/// For tests. Packed weights belong to the instruction set that packed them: pack again after it.
/// Not to be called while kernels run.
graft_isa graft_force_isa(graft_isa isa);

/// Spin-wait hint to the processor (pause / yield).
static inline void graft_relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

#endif
