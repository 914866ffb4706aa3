// A Swift closure, taken apart and called.
//
// Swift has no way to store a closure that doesn't escape without allocating a copy of it on the heap,
// which a loop of a planned step must not do. Its calling convention is known to clang, though: such a
// closure is a function and a context, and the context goes in a register of its own.
#include "CKernels.h"

// Called from Swift as a function of one closure, `(Int, Int, Int) -> Void`, see Parallel.swift: hence not in a
// header.
__attribute__((swiftcall)) graft_closure graft_closure_parts(void *function, void *context);

__attribute__((swiftcall)) graft_closure graft_closure_parts(void *function, void *context) {
  return (graft_closure){.function = function, .context = context};
}

typedef __attribute__((swiftcall)) void (*range_body)(
    ptrdiff_t slot, ptrdiff_t begin, ptrdiff_t end, __attribute__((swift_context)) void *context);

void graft_closure_call(
    graft_closure closure, ptrdiff_t slot, ptrdiff_t begin, ptrdiff_t end) {
  ((range_body)closure.function)(slot, begin, end, closure.context);
}
