// Multi-head attention, softmax(q·kᵀ + bias + mask)·v, without a matrix of all scores: a block of
// query rows meets a block of keys at a time, on the stack.
#ifndef GRAFT_ATTENTION_H
#define GRAFT_ATTENTION_H

#include <stddef.h>
#include <stdint.h>

/// Most channels of one head.
#define GRAFT_MAX_HEAD_CHANNELS 512

/// What attends to what: `sequences` independent ones (samples × windows), each of `queries` query and
/// `keys` key tokens. A token's heads lie side by side, `channels` floats each (at most
/// GRAFT_MAX_HEAD_CHANNELS); `*_stride` counts the floats from one token to the next, so that q, k and
/// v may be slices of one tensor; sequences follow each other.
/// scores = scale·q·kᵀ + bias[head] + mask, bias: [heads, queries, keys] or NULL. mask: NULL, or
/// [3, queries, keys] for shifted windows, of which a sample has window_rows × window_columns: added in
/// those of the last column, in those of the last row, and in the one that is both.
typedef struct graft_attention {
  ptrdiff_t sequences, queries, keys, heads, channels, window_rows, window_columns;
  ptrdiff_t q_stride, k_stride, v_stride, y_stride;
  float scale;
  const float *_Nullable bias;
  const float *_Nullable mask;
} graft_attention;

/// Units of work of `graft_attention_forward`.
ptrdiff_t graft_attention_units(const graft_attention *_Nonnull shape);

/// y [sequences, queries, heads·channels] = softmax(scores)·v. log_sums: NULL, or
/// [sequences, heads, queries], where ln Σ exp(score) is kept for the backward pass.
void graft_attention_forward(
    const graft_attention *_Nonnull shape, const float *_Nonnull q, const float *_Nonnull k,
    const float *_Nonnull v, float *_Nonnull y, float *_Nullable log_sums, ptrdiff_t begin,
    ptrdiff_t end);

/// Where gradients go, laid out like the values; NULL: not wanted. accumulate_*: += instead of =.
/// bias: [groups, heads, queries, keys], the sums over the sequences of each group (see below).
typedef struct graft_attention_gradients {
  float *_Nullable q;
  float *_Nullable k;
  float *_Nullable v;
  float *_Nullable bias;
  int32_t accumulate_q, accumulate_k, accumulate_v;
} graft_attention_gradients;

/// Groups of sequences whose gradients of the bias are summed one after the other.
ptrdiff_t graft_attention_groups(const graft_attention *_Nonnull shape);

/// The gradients of q, k, v and bias from dy; y and log_sums are the forward pass's. The
/// probabilities are computed again. Unit: one head of one group (groups·heads units).
void graft_attention_backward(
    const graft_attention *_Nonnull shape, const float *_Nonnull q, const float *_Nonnull k,
    const float *_Nonnull v, const float *_Nonnull y, const float *_Nonnull log_sums,
    const float *_Nonnull dy, const graft_attention_gradients *_Nonnull gradients, ptrdiff_t begin,
    ptrdiff_t end);

#endif
