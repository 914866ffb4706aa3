// Functions of single values (unit: one element) and their gradients.
//
// Against Float64 over every exponent, ±0, denormals and infinities (`ActivationKernelTests`), the
// error is below 3e-7 of the value for sigmoid, tanh, erf, ELU, SELU, softplus and Mish, below 3e-7 of |x|
// for SiLU, the three GELUs and the piecewise linear functions, and below 4e-7 for every derivative. A limit is taken where a value would be ∞ · 0: SiLU(−∞) = 0. NaN stays NaN.
#ifndef GRAFT_ACTIVATION_H
#define GRAFT_ACTIVATION_H

#include <stddef.h>
#include <stdint.h>

/// A function f with up to two parameters a and b.
typedef enum graft_activation_kind {
  /// min(max(x, a), b).
  GRAFT_CLAMP = 0,
  /// σ(x) = 1 / (1 + e^−x).
  GRAFT_SIGMOID,
  /// min(max(a·x + b, 0), 1).
  GRAFT_HARD_SIGMOID,
  /// x·σ(a·x): SiLU (a = 1), quick GELU (a = 1.702).
  GRAFT_SWISH,
  /// x · min(max(x/6 + 1/2, 0), 1).
  GRAFT_HARD_SWISH,
  /// x·Φ(x), Φ the normal distribution function.
  GRAFT_GELU,
  /// x/2 · (1 + tanh(√(2/π) · (x + 0.044715·x³))).
  GRAFT_GELU_TANH,
  /// tanh x.
  GRAFT_TANH,
  /// erf x.
  GRAFT_ERF,
  /// x where x > 0, else a·(e^(b·x) − 1), b > 0: ELU (b = 1), CELU (b = 1/a).
  GRAFT_ELU,
  /// λ·x where x > 0, else λ·α·(eˣ − 1), with the λ and α of Klambauer et al. 2017.
  GRAFT_SELU,
  /// x where x > 0, else a·x.
  GRAFT_LEAKY_RELU,
  /// ln(1 + eˣ).
  GRAFT_SOFTPLUS,
  /// x·tanh(ln(1 + eˣ)).
  GRAFT_MISH,
} graft_activation_kind;

/// y = f(x). `kind` is a graft_activation_kind. y may alias x.
void graft_activate(
    int32_t kind, float a, float b, const float *_Nonnull x, float *_Nonnull y, ptrdiff_t begin,
    ptrdiff_t end);

/// dx = (or +=) f′(x)·dy; x is the function's input. At a kink the derivative is that of the left,
/// of a clamp 0. dx may alias x or dy.
void graft_activate_backward(
    int32_t kind, float a, float b, const float *_Nonnull x, const float *_Nonnull dy,
    float *_Nonnull dx, int32_t accumulate, ptrdiff_t begin, ptrdiff_t end);

#endif
