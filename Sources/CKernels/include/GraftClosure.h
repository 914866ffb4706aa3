// A Swift closure over a range of units, for threads that run it while its maker waits.
#ifndef GRAFT_CLOSURE_H
#define GRAFT_CLOSURE_H

#include <stddef.h>

/// A closure `(slot: Int, begin: Int, end: Int) -> Void` that doesn't escape; valid during the call that was given it.
typedef struct graft_closure {
  void *_Nullable function;
  void *_Nullable context;
} graft_closure;

/// Calls it.
void graft_closure_call(
    graft_closure closure, ptrdiff_t slot, ptrdiff_t begin, ptrdiff_t end);

#endif
