#include "AllocationCounter.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

// The test binary is an executable: its own thread-local variables need no allocation.
static _Thread_local int counts;
static _Thread_local size_t count, largest;

void allocation_counter_begin(void) {
  count = largest = 0;
  counts = 1;
}

size_t allocation_counter_end(void) {
  counts = 0;
  return count;
}

size_t allocation_counter_largest(void) { return largest; }

#if defined(__GLIBC__)

int allocation_counter_is_supported(void) { return 1; }

static void note(size_t size) {
  if (!counts) return;
  count += 1;
  if (size > largest) largest = size;
}

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) {
  note(size);
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  size_t all;
  note(__builtin_mul_overflow(number, size, &all) ? SIZE_MAX : all);
  return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
  note(size);
  return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
  note(size);
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  note(size);
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
  note(size);
  *result = __libc_memalign(alignment, size);
  return *result ? 0 : ENOMEM;
}

#else

int allocation_counter_is_supported(void) { return 0; }

#endif
