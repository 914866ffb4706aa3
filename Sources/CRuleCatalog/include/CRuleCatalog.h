// The files of the top-level folder rules/, compiled into the program.
#pragma once
#include <stddef.h>

#pragma clang assume_nonnull begin

/// One file of the rules folder.
typedef struct {
  const char *path;   // relative to the rules folder
  const char *bytes;  // its contents, not terminated
  size_t count;       // how many bytes
} graft_rule_file;

/// How many files there are.
size_t graft_rule_file_count(void);

/// A file; `index` must be below `graft_rule_file_count()`.
graft_rule_file graft_rule_file_at(size_t index);

#pragma clang assume_nonnull end
