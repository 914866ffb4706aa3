// Plain C over the compiler's 128-bit vectors: what every processor runs, arm64 included.
#include <string.h>

#include "kernel_table.h"

#define GRAFT_VECTOR_BITS 128
#define NAME(name) name##_scalar
#include "kernels.inc"

const graft_kernel_table graft_kernels_scalar = {
#define KERNEL(result, name, parameters, arguments) .name = NAME(name),
#include "kernel_list.h"
};
