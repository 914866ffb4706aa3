// The functions of one instruction set.
#ifndef GRAFT_KERNEL_TABLE_H
#define GRAFT_KERNEL_TABLE_H

#include "CKernels.h"

/// Most taps (kernel height × width) of a convolution.
#define GRAFT_MAX_TAPS 1024

/// What padding reads.
extern const float graft_zeros[GRAFT_MAX_PADDED_CHANNELS];

typedef struct graft_kernel_table {
#define KERNEL(result, name, parameters, arguments) result(*name) parameters;
#include "kernel_list.h"
#undef KERNEL
} graft_kernel_table;

extern const graft_kernel_table graft_kernels_scalar;
#if defined(__x86_64__)
extern const graft_kernel_table graft_kernels_avx2;
extern const graft_kernel_table graft_kernels_avx512;
#endif

#endif
