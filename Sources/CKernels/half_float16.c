// The kernels in half precision for processors with avx512fp16 besides what the AVX-512 kernels need.
#if defined(__x86_64__)
#include <string.h>

#include <immintrin.h>
#include "kernel_table.h"
#include "half_kernel_table.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma,avx512fp16"))), apply_to = function)
#define GRAFT_VECTOR_BITS 512
#define GRAFT_IS_BFLOAT16 0
#define NAME(name) name##_float16
#include "half_kernels.inc"
#pragma clang attribute pop

const graft_half_kernel_table graft_half_kernels_float16 = {
#define HALF_KERNEL(result, name, parameters, arguments) .name = NAME(name),
#include "half_kernel_list.h"
};
#endif
