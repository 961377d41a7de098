#ifndef CVECTOR_REVERSE_H
#define CVECTOR_REVERSE_H

#include "CVReverse.h"
#include "kernels.h"

// Packed weights are turned round where they are multiplied, 32 inputs at a time: they stay in a core's cache and take no
// memory.

/// Packed weights of so many outputs and elements of a row of weights.
typedef struct {
  const float *packed;
  long outputs, inner;
} packed_weights;

/// Lays elements first..<first + count of all outputs' rows side by side: [outputs, 16 * vectors], zeros behind `count`.
void cv_turn_weights(const packed_weights *w, long first, long count, long vectors, float *panel);
/// Finishes `count` gradients that lie at dx; residual and value lie as dx does, `at` elements behind their beginnings.
void cv_reverse_finish_row(const cv_reverse_finish *f, const float *sums, long at, long count, float *dx);

#endif
