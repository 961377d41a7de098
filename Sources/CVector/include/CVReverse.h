// Gradients of convolutions' inputs, from the weights as the forward passes have packed them.
#ifndef CV_REVERSE_H
#define CV_REVERSE_H

#include "CVConvolution.h"

/// What happens to each gradient before it is stored: another one is added, and where `value` is not null it passes where
/// that lies inside low...high, its borders excluded: by rule 0, by rule 1 (guided) only what is positive of it; by rule 2
/// what is positive passes wherever the value lies.
typedef struct {
  const float *residual, *value;
  float low, high;
  int rule;
} cv_reverse_finish;

/// One group of a convolution from [batch, h, w, inputs] to [batch, oh, ow, outputs]; pixels lie so many floats apart.
typedef struct {
  long batch, h, w, inputs, oh, ow, outputs, kh, kw, sh, sw, dh, dw, top, left;
  long input_pitch, output_pitch;
  /// Whether dy and the weights, packed by `cv_pack_bf16`, are pairs of 16-bit floats, as `output_pitch` then counts; inputs
  /// and outputs are then even.
  int pairs;
} cv_reverse;

/// Whether the loop takes a convolution.
int cv_reverse_takes(const cv_reverse *r);
/// Floats of scratch memory.
long cv_reverse_scratch(const cv_reverse *r);
/// dx = the gradient of the input, finished, from that of the result and the weights that `cv_pack` packed.
void cv_reverse_run(const cv_reverse *r, const float *dy, const float *packed, const cv_reverse_finish *finish, float *dx,
                    float *scratch);

/// Finishes gradients where they lie.
void cv_reverse_finish_here(const cv_reverse_finish *finish, float *dx, long count);

/// The same in Winograd's form; `w` is the forward pass'.
long cv_reverse_winograd_scratch(const cv_winograd *w);
void cv_reverse_winograd_run(const cv_winograd *w, const float *dy, const float *packed, const cv_reverse_finish *finish,
                             float *dx, float *scratch);
#endif
