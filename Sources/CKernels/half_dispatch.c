// Sends every public call in half precision to its format's kernels.
#include "half_kernel_table.h"

int32_t graft_half_is_supported(graft_half format) {
#if defined(__x86_64__)
  if (graft_best_isa() < GRAFT_ISA_AVX512) return 0;
  return format == GRAFT_FLOAT16 ? __builtin_cpu_supports("avx512fp16") != 0
                                 : __builtin_cpu_supports("avx512bf16") != 0;
#else
  (void)format;
  return 0;
#endif
}

int32_t graft_half_is_available(graft_half format) {
  return graft_current_isa() == GRAFT_ISA_AVX512 && graft_half_is_supported(format);
}

/// Result channels and products per result below which narrowing the operands and padding the panels
/// costs more than is won.
#define LEAST_HALF_CHANNELS 24
#define LEAST_HALF_DEPTH 24
/// Where a window is gathered in runs of fewer floats, it needs more channels.
#define LONG_RUN 32
#define SHORT_RUN_CHANNELS 128

/// Source or result channels up to which bfloat16 is not taken, and of both Winograd's form in Float16:
/// such layers stand early in a network, and what they are off by grows on the way.
#define NARROW_CHANNELS 64

int32_t graft_half_wins(graft_half format, const graft_conv *s) {
  const ptrdiff_t sources = s->in_channels / s->groups, results = s->out_channels / s->groups;
  const ptrdiff_t least = sources < results ? sources : results;
  const ptrdiff_t most = sources < results ? results : sources;
  if (format == GRAFT_BFLOAT16 && least <= NARROW_CHANNELS) return 0;
  if (most <= NARROW_CHANNELS && graft_winograd_wins(s, GRAFT_WINOGRAD_FORWARD)) return 0;
  const ptrdiff_t run = s->groups == 1 ? s->kernel_width * sources : sources;
  const int is_window = s->kernel_height * s->kernel_width > 1;
  return results >= (is_window && run < LONG_RUN ? SHORT_RUN_CHANNELS : LEAST_HALF_CHANNELS) &&
         s->kernel_height * s->kernel_width * sources >= LEAST_HALF_DEPTH;
}

/// Never called where the format is not available.
static const graft_half_kernel_table *half_kernels(graft_half format) {
#if defined(__x86_64__)
  return format == GRAFT_FLOAT16 ? &graft_half_kernels_float16 : &graft_half_kernels_bfloat16;
#else
  (void)format;
  return 0;
#endif
}

#define BARE(...) __VA_ARGS__
#define HALF_KERNEL(result, name, parameters, arguments) \
  result graft_##name(graft_half format, BARE parameters) { \
    return half_kernels(format)->name arguments; \
  }
#include "half_kernel_list.h"
