// Convolutions of bfloat16 values as products of pairs.
#ifndef CV_PAIRED_CONVOLUTION_H
#define CV_PAIRED_CONVOLUTION_H

#include <stdint.h>

#include "CVConvolution.h"
#include "CVWindow.h"

/// The most channels on either side.
#define CV_MOST_PAIRED_CHANNELS 4096

// --- 3x3 of stride 1 by Winograd's F(2x2, 3x3): four ninths of the plain form's multiplications ----------

/// From [batch, h, w, c] to [batch, oh, ow, outputs], with so many zeros above and left of the input.
typedef struct {
  long batch, h, w, c, oh, ow, outputs, top, left;
} cv_paired_winograd;

/// Whether the loops serve this convolution on this processor: channels on both sides are multiples of 32.
int cv_paired_winograd_fits(const cv_paired_winograd *w);
/// 16-bit floats of packed weights.
long cv_paired_winograd_packed_count(long outputs, long inputs);
/// Transforms, rounds and packs [outputs, inputs, 3, 3] weights.
void cv_paired_winograd_pack(const float *weights, uint16_t *packed, long outputs, long inputs);
/// The same for the gradient of the convolution's input, which is a convolution of the result's gradient with the
/// weights turned half around, their inputs and outputs changed over.
void cv_paired_winograd_pack_turned(const float *weights, uint16_t *packed, long outputs, long inputs);
/// Bytes of scratch memory for cv_paired_winograd_run; it begins at a border of 64.
long cv_paired_winograd_scratch(const cv_paired_winograd *w);
/// y = the convolution of x, finished.
void cv_paired_winograd_run(const cv_paired_winograd *w, const uint16_t *x, const uint16_t *packed,
                            const cv_finish *finish, void *y, void *scratch);
/// Bytes of scratch memory for cv_paired_winograd_slopes; it begins at a border of 64.
long cv_paired_winograd_slopes_scratch(const cv_paired_winograd *w);
/// The gradient of [outputs, inputs, 3, 3] weights, and of the bias where dbias is not null.
void cv_paired_winograd_slopes(const cv_paired_winograd *w, const uint16_t *x, const uint16_t *dy, float *dweights,
                               float *dbias, void *scratch);

// --- gradients of weights of any other window -----------------------------------------------------------

/// Whether the loop serves these channels on this processor.
int cv_paired_slopes_fit(const cv_window *window, long outputs);
/// Bytes of scratch memory for cv_paired_slopes; it begins at a border of 64.
long cv_paired_slopes_scratch(const cv_window *window, long outputs);
/// The gradient of [outputs, c, kh, kw] weights, and of the bias where dbias is not null.
void cv_paired_slopes(const cv_window *window, long outputs, const uint16_t *x, const uint16_t *dy, float *dweights,
                      float *dbias, void *scratch);
#endif
