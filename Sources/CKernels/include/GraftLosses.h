// Losses of class scores, row by row: logits, targets and gradients are [rows, classes].
//
// Each gives loss[row] and, where gradient is not NULL, gradient = gradient_scale · ∂loss[row]/∂logits
// (gradient_scale = 1/rows for the mean over rows). gradient may alias logits. A NaN in a row of logits
// makes its loss NaN. Unit: one row.
#ifndef GRAFT_LOSSES_H
#define GRAFT_LOSSES_H

#include <stddef.h>
#include <stdint.h>

/// targets[row] = on at the row's label, off elsewhere. labels: [rows], 0 ≤ label < classes.
void graft_one_hot(
    ptrdiff_t classes, const ptrdiff_t *_Nonnull labels, float on, float off,
    float *_Nonnull targets, ptrdiff_t begin, ptrdiff_t end);

/// correct[row] = 1 if the first largest logit and the first largest target are of the same class; with
/// a single class, if logit > 0 and target > 1/2 agree.
void graft_count_correct(
    ptrdiff_t classes, const float *_Nonnull logits, const float *_Nonnull targets,
    int32_t *_Nonnull correct, ptrdiff_t begin, ptrdiff_t end);

/// loss = −Σ q·log softmax(z), q the targets of any sum.
void graft_cross_entropy(
    ptrdiff_t classes, const float *_Nonnull logits, const float *_Nonnull targets,
    float gradient_scale, float *_Nonnull loss, float *_Nullable gradient, ptrdiff_t begin,
    ptrdiff_t end);

/// loss = weight · −Σ (q·log σ(z) + (1 − q)·log(1 − σ(z))). Where threshold ≥ 0, q is 1 if the target
/// lies above it and else 0.
void graft_binary_cross_entropy(
    ptrdiff_t classes, const float *_Nonnull logits, const float *_Nonnull targets,
    float threshold, float weight, float gradient_scale, float *_Nonnull loss,
    float *_Nullable gradient, ptrdiff_t begin, ptrdiff_t end);

/// loss = Σ (z − q)² / classes.
void graft_squared_error(
    ptrdiff_t classes, const float *_Nonnull logits, const float *_Nonnull targets,
    float gradient_scale, float *_Nonnull loss, float *_Nullable gradient, ptrdiff_t begin,
    ptrdiff_t end);

/// loss = T²·Σ q·(log q − log softmax(z / T)), where q is the target or, with targets_are_logits = 1,
/// softmax(target / T); 0·log 0 = 0.
void graft_divergence(
    ptrdiff_t classes, const float *_Nonnull logits, const float *_Nonnull targets,
    int32_t targets_are_logits, float temperature, float gradient_scale, float *_Nonnull loss,
    float *_Nullable gradient, ptrdiff_t begin, ptrdiff_t end);

#endif
