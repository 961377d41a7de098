#ifndef CVECTOR_REVERSE_H
#define CVECTOR_REVERSE_H

#include "CVReverse.h"
#include "kernels.h"

// Packed weights are turned round where they are multiplied, 32 inputs at a time: they stay in a core's cache and take no
// memory.

/// Packed weights of so many outputs and elements of a row of weights, which may be pairs of 16-bit floats.
typedef struct {
  const float *packed;
  long outputs, inner;
  int pairs;
} packed_weights;

/// Elements of a tap's turned weights for each input.
static inline long cv_panel_rows(const packed_weights *w) { return w->pairs ? w->outputs / 2 : w->outputs; }

/// Lays `count` inputs of all outputs' rows, from the element `first` on, side by side: [outputs, 16 * vectors], zeros behind
/// `count`; an element of that is a pair of two outputs where the weights are pairs.
void cv_turn_weights(const packed_weights *w, long first, long count, long vectors, float *panel);

/// Weights turned round, [taps, outputs, 16 * vectors].
typedef struct {
  const kernels *k;
  packed_weights weights;
  float *panel;
  long taps, vectors;
  // Whether products are summed some blocks of outputs at a time, so that others' weights can be turned between them.
  int in_steps;
} turned_weights;

/// Those that are needed next: elements `first[tap]` to `first[tap] + count` of the rows. No cache holds the weights of a
/// large convolution, so they are fetched and turned block by block while others are multiplied.
typedef struct {
  packed_weights weights;
  float *panel;
  const long *first;
  long taps, count, vectors;
} next_weights;

/// Sums [count, 16 * vectors] of the products of rows, `k->rows` of them for each tap, with turned weights; this is tile
/// number `place` of `tiles`, which turn the next weights together, as far as they have the same taps.
void cv_turned_tile(const turned_weights *w, const next_weights *next, const float *const *rows, long count, long place,
                    long tiles, float *sums);

/// Finishes `rows` of `count` gradients; row r lies at targets[r] of dx, residual and value.
void cv_reverse_finish_rows(const cv_reverse_finish *f, const float *sums, long distance, const long *targets, long rows,
                            long count, float *dx);

#endif
