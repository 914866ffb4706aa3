// Counts what one thread allocates, for tests that nothing does.
//
// A test binary that links this takes the place of the C library's malloc and its relatives; each call
// goes on to the library's own. Swift's runtime allocates by the same functions. Counting concerns the
// calling thread alone, so other tests may run meanwhile. Needs glibc; elsewhere counting is not
// supported and the count stays 0.
#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stddef.h>

/// 1 where allocations can be counted.
int allocation_counter_is_supported(void);

/// Sets the calling thread's count to 0 and begins to count.
void allocation_counter_begin(void);

/// Ends counting; returns how many times the calling thread allocated.
size_t allocation_counter_end(void);

/// The largest number of bytes that the calling thread asked for at once while it counted last.
size_t allocation_counter_largest(void);

#endif
