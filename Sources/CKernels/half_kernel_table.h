// The functions of one format of half precision.
#ifndef GRAFT_HALF_KERNEL_TABLE_H
#define GRAFT_HALF_KERNEL_TABLE_H

#include "CKernels.h"

typedef struct graft_half_kernel_table {
#define HALF_KERNEL(result, name, parameters, arguments) result(*name) parameters;
#include "half_kernel_list.h"
#undef HALF_KERNEL
} graft_half_kernel_table;

#if defined(__x86_64__)
extern const graft_half_kernel_table graft_half_kernels_float16;
extern const graft_half_kernel_table graft_half_kernels_bfloat16;
#endif

#endif
