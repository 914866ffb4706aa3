// What this processor's multiply-add instructions give per second, in registers only: the ceiling of every
// product, and the reason why bf16 does not (see NOTES.md). Linux on x86-64; an instruction that the
// processor lacks is left out. From the repository's root:
//
//   clang -std=gnu2x -O2 benchmarks/instructions.c -o /tmp/instructions && /tmp/instructions
#include <stdio.h>
#include <string.h>
#include <time.h>

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/// Whether /proc/cpuinfo lists a flag.
static int has(const char *flag) {
  static char text[16384];
  FILE *file = text[0] ? NULL : fopen("/proc/cpuinfo", "r");
  if (file) text[fread(text, 1, sizeof text - 1, file)] = 0, fclose(file);
  const char *found = strstr(text, flag);
  return found && (found[strlen(flag)] == ' ' || found[strlen(flag)] == '\n');
}

#define FOUR(op, a, b, c, d) \
  op " %%zmm30, %%zmm31, %%zmm" #a "\n" op " %%zmm30, %%zmm31, %%zmm" #b "\n" \
  op " %%zmm30, %%zmm31, %%zmm" #c "\n" op " %%zmm30, %%zmm31, %%zmm" #d "\n"
#define ALL(op) FOUR(op, 0, 1, 2, 3) FOUR(op, 4, 5, 6, 7) FOUR(op, 8, 9, 10, 11) \
  FOUR(op, 12, 13, 14, 15) FOUR(op, 16, 17, 18, 19) FOUR(op, 20, 21, 22, 23)

/// 24 independent sums; `pairs` multiply-adds in one instruction.
#define MEASURE(op, flag, pairs) \
  if (has(flag)) { \
    double best = 1e9; \
    for (int run = 0; run < 5; run++) { \
      const double start = seconds(); \
      for (long k = 0; k < 4000000; k++) __asm__ volatile(ALL(op) ::: "memory"); \
      const double time = seconds() - start; \
      if (time < best) best = time; \
    } \
    printf("%-12s %6.1f GOP/s\n", op, 4e6 * 24 * 2 * (pairs) / best * 1e-9); \
  }

int main(void) {
  if (has("avx512f"))
    __asm__ volatile("vpxorq %%zmm30, %%zmm30, %%zmm30\nvpxorq %%zmm31, %%zmm31, %%zmm31" ::: "memory");
  MEASURE("vfmadd231ps", "avx512f", 16)
  MEASURE("vdpbf16ps", "avx512_bf16", 32)
  MEASURE("vfmadd231ph", "avx512_fp16", 32)
  MEASURE("vpdpwssd", "avx512_vnni", 32)
}
