// How the threads of separable.c divide a convolution among them.
#ifndef CVECTOR_SEPARABLE_WORK_H
#define CVECTOR_SEPARABLE_WORK_H

#include "CVSeparable.h"
#include "kernels.h"

// How threads divide the work.
typedef enum {
  // Pieces of pictures: rows where something expands, since a row at a border is expanded twice, otherwise pixels.
  by_pieces,
  // Of a small picture, shares of the wide channels, whose products are summed at last: no row is expanded twice, weights
  // are read once, and what is filtered stays with its thread.
  by_shares,
  // Blocks of the wide channels; what is filtered is shared, and its products are divided anew.
  by_channels
} division;

// Sums of a small picture's products where something expands, one for each of two threads: as many for one thread, and for
// more of them, so that all round alike.
#define SUMS 2

typedef struct {
  const cv_separable *s;
  const cv_separable_weights *weights;
  const kernels *k, *expand, *project;
  // Where products of 16 bits follow, pixels are filtered in pairs of such; otherwise null.
  const paired_filters *pairs;
  const float *x;
  float *y, *scratch;
  division division;
  // Whether the filter reads the input where it lies, not from copied rows.
  int directly;
  // Pieces of a picture, or sums of each product.
  long parts;
  // Elements from one filtered pixel to the next, of 16 bits where products of such follow.
  long distance;
  // Pixels of a row with the zeros around it, or pairs of them, how many of the input's are read, where the first of those
  // lies, and with which one a window starts.
  long columns, width, first, odd;
  // Floats that a thread holds.
  long held;
} separable_job;

// Filtered values in the room of a float.
static inline long unit(const cv_separable *s) { return s->project_pairs ? 2 : 1; }
// Floats of the rows that a filter reads at a time, and of one of zeros; behind them, of one before it is laid in pairs.
static inline long ring(const separable_job *j) { return j->directly ? 0 : (j->s->window + 1) * j->columns * BLOCK; }
static inline long aside(const separable_job *j) { return j->pairs && j->s->expands && !j->s->expand_pairs ? j->s->w * BLOCK : 0; }
// Floats of a share's sums from one pixel to the next.
static inline long sums_pitch(const cv_separable *s) { return (s->outputs + 15) / 16 * 16; }

/// Chooses all but `x`, `y` and `scratch`.
void cv_separable_divide(separable_job *j, const cv_separable *s, const cv_separable_weights *weights);
/// Whether the weights that project stay in the second cache.
int cv_has_small_weights(const cv_separable *s);
/// The pixel with which piece p of a picture starts.
long cv_separable_piece(const separable_job *j, long p);

#endif
