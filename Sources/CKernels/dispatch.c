#include "CKernels.h"

const char *graft_isa_name(void) { return "scalar"; }
