// The kernels for processors with avx512f, avx512bw, avx512vl, avx512dq, fma.
#if defined(__x86_64__)
#include <string.h>

#include <immintrin.h>
#include "kernel_table.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))), apply_to = function)
#define GRAFT_VECTOR_BITS 512
#define NAME(name) name##_avx512
#include "kernels.inc"
#pragma clang attribute pop

const graft_kernel_table graft_kernels_avx512 = {
#define KERNEL(result, name, parameters, arguments) .name = NAME(name),
#include "kernel_list.h"
};
#endif
