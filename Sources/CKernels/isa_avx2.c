// The kernels for processors with avx2, fma.
#if defined(__x86_64__)
#include <string.h>

#include <immintrin.h>
#include "kernel_table.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define GRAFT_VECTOR_BITS 256
#define NAME(name) name##_avx2
#include "kernels.inc"
#pragma clang attribute pop

const graft_kernel_table graft_kernels_avx2 = {
#define KERNEL(result, name, parameters, arguments) .name = NAME(name),
#include "kernel_list.h"
};
#endif
