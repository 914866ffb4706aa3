#pragma once
// Private to the target: the weights of a resize, and the loops that each instruction set brings.
#include "CImageCodecs.h"

/// Bits after the point of a weight, as Pillow has them: 8 bits of a level and 2 to spare above.
enum { RESIZE_PRECISION = 32 - 8 - 2 };

/// The weights of one axis. Taps come in quads of four, the last of an output filled up with zeros.
typedef struct {
  uint32_t count;    // outputs
  int32_t width;     // weights reserved for each output, a multiple of 4
  int32_t *weights;  // count × width, 22 bits after the point
  uint32_t *quads;   // count × width, the same as `pack_quad` of the instruction set writes them
  uint32_t *first;   // first source index of each output
  int32_t *taps;     // and how many follow
} resize_plan;

/// What an instruction set brings.
typedef struct {
  /// Source rows that `horizontal` takes at once.
  uint32_t rows;
  /// Bytes of a row that `vertical` takes at once; narrower rows take `resize_vertical_narrow`.
  size_t columns;
  /// Four weights, each of a magnitude below 2²³, as four words.
  void (*pack_quad)(const int32_t *weights, uint32_t *quad);
  /// Scales `rows` rows of RGB across. Reads up to 16 bytes past the last pixel of a row; writes one
  /// byte past the last pixel of each row of the target.
  void (*horizontal)(const uint8_t *source, size_t stride, const resize_plan *plan, uint8_t *target,
                     size_t target_stride);
  /// One row of `count` ≥ `columns` bytes from `taps` rows.
  void (*vertical)(const uint8_t *rows, size_t stride, const uint32_t *quads, int32_t taps,
                   uint8_t *target, size_t count);
} resize_kernels;

/// The kernels of the instruction set in use.
const resize_kernels *resize_current_kernels(void);
