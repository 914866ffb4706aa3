#pragma once
#include <stddef.h>
#include <stdint.h>
const char *_Nonnull graft_isa_name(void);
