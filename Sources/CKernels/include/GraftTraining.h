// Softmax, dropout and optimiser updates.
#ifndef GRAFT_TRAINING_H
#define GRAFT_TRAINING_H

#include <stddef.h>
#include <stdint.h>

/// p = softmax(logits) along each row of `classes`. p may alias logits. Unit: one row.
void graft_softmax(
    ptrdiff_t classes, const float *_Nonnull logits, float *_Nonnull p, ptrdiff_t begin,
    ptrdiff_t end);

/// y[i] = x[i] / (1 − rate) with probability 1 − rate, else 0. Element i's fate is a function of
/// (seed, i) alone, so the backward pass is the same call on dy. y may alias x. Unit: one element.
void graft_dropout(
    uint64_t seed, float rate, const float *_Nonnull x, float *_Nonnull y, ptrdiff_t begin,
    ptrdiff_t end);

/// SGD with momentum, as torch.optim.SGD: g += weight_decay·p; v = momentum·v + g (v starts at 0);
/// p −= rate·(nesterov ? g + momentum·v : v). Gradients are multiplied by gradient_scale first (for
/// clipping; 1 = none). velocity NULL: plain SGD. Unit: one element.
void graft_sgd(
    float *_Nonnull parameter, const float *_Nonnull gradient, float *_Nullable velocity,
    float rate, float momentum, float weight_decay, int32_t nesterov, float gradient_scale,
    ptrdiff_t begin, ptrdiff_t end);

/// Adam, as torch.optim.Adam (decoupled = 0: g += weight_decay·p) and torch.optim.AdamW (decoupled = 1:
/// p −= rate·weight_decay·p): m = β₁m + (1−β₁)g; v = β₂v + (1−β₂)g²;
/// p −= rate/(1−β₁ᵗ) · m / (√(v/(1−β₂ᵗ)) + ε). step t starts at 1. Unit: one element.
void graft_adam(
    float *_Nonnull parameter, const float *_Nonnull gradient, float *_Nonnull first_moment,
    float *_Nonnull second_moment, float rate, float beta1, float beta2, float epsilon,
    float weight_decay, int32_t decoupled, int64_t step, float gradient_scale, ptrdiff_t begin,
    ptrdiff_t end);

/// y[i] += share·(x[i] − y[i]), one step of a moving average. Unit: one element.
void graft_approach(
    float share, const float *_Nonnull x, float *_Nonnull y, ptrdiff_t begin, ptrdiff_t end);

#endif
