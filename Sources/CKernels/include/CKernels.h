// The SIMD kernels of Graft: one C API, the instruction set chosen once at run time.
//
// Rules every kernel keeps:
// - It never allocates, fails, prints or starts threads. Callers check shapes and split the work.
// - Work is a range [begin, end) of *units*. What a unit is, is written at each function. Units
//   may run in any order and on any thread: the bits of the result don't depend on it.
// - Activations are NHWC Float32. A "pixel" is one row of channels; `*_stride` counts the floats
//   from one pixel (or row) to the next, so a tensor may be a slice of channels of a wider one.
// - Pointers may be unaligned (64-byte alignment is faster). Input and output must not overlap,
//   except where "may alias" is written: there the two pointers may be equal.
// - NaN goes through every kernel, clamps included, so that a caller can find it afterwards.
#ifndef GRAFT_CKERNELS_H
#define GRAFT_CKERNELS_H

#include "GraftActivation.h"
#include "GraftArray.h"
#include "GraftAttention.h"
#include "GraftClosure.h"
#include "GraftConvolution.h"
#include "GraftElementwise.h"
#include "GraftGating.h"
#include "GraftGroupNormalisation.h"
#include "GraftHalf.h"
#include "GraftGating.h"
#include "GraftInstructionSet.h"
#include "GraftLayerNorm.h"
#include "GraftLosses.h"
#include "GraftPooling.h"
#include "GraftResize.h"
#include "GraftTraining.h"
#include "GraftWinograd.h"

#endif
