// A depthwise convolution with the 1x1 convolutions before and behind it, whose wide values never leave the caches.
#ifndef CV_SEPARABLE_H
#define CV_SEPARABLE_H

#include "CVConvolution.h"

/// [N, H, W, c] to `wide` channels (the same as c where nothing expands), through a square window of 3 or 5 taps a
/// side and a stride of 1 or 2, to `outputs` channels.
typedef struct {
  long batch, h, w, c, wide, oh, ow, window, stride, top, left, outputs;
  int expands;
  /// Whether the input and the weights that expand, or those that project, are pairs of 16-bit floats.
  int expand_pairs, project_pairs;
  /// Whether an input that nothing expands is 16-bit floats.
  int narrow;
  /// Whether a picture is one of many, alone in its batch or not: its sums then take the same steps.
  int among_many;
} cv_separable;

/// Weights as cv_pack and cv_filter_lay leave them; biases are readable up to the next multiple of 32. Where nothing
/// expands, the range of `expanded` is one that the input is cut to first.
typedef struct {
  const float *expand, *filter, *project;
  cv_finish expanded, filtered, projected;
} cv_separable_weights;

/// A depthwise convolution's weights, [taps, channels], as the loops of a block read them, and how many floats that takes.
long cv_filter_weights(const cv_separable *s);
void cv_filter_lay(const cv_separable *s, const float *weights, float *packed);

/// Whether the loops take such a convolution.
int cv_separable_takes(const cv_separable *s);
/// Floats of scratch memory.
long cv_separable_scratch(const cv_separable *s);
void cv_separable_run(const cv_separable *s, const float *x, const cv_separable_weights *weights, float *y,
                      float *scratch);
#endif
