// Loops of training over values held as rows of channels, in 32-bit floats or, with the suffix _b, in bfloat16.
#ifndef CVECTOR_TRAINING_H
#define CVECTOR_TRAINING_H

#include <stdint.h>

#include "CVWindow.h"

/// Batch normalisation by the batch's own statistics: y = f(scale (x - mean) deviation + shift), f a rectifier if
/// `rectified`. Writes the mean and 1 / sqrt(variance + epsilon) of each channel, and the variance.
/// `partial` has room for 2 channels times cv_training_parts(rows) doubles.
void cv_batch_norm(const float *x, float *y, long rows, long channels, const float *scale, const float *shift,
                   float epsilon, int rectified, float *mean, float *deviation, float *variance, double *partial);
void cv_batch_norm_b(const uint16_t *x, uint16_t *y, long rows, long channels, const float *scale,
                     const float *shift, float epsilon, int rectified, float *mean, float *deviation,
                     float *variance, double *partial);

/// The gradients of the same; dx may be dy.
void cv_batch_norm_gradient(const float *x, const float *dy, float *dx, long rows, long channels,
                            const float *scale, const float *shift, int rectified, const float *mean,
                            const float *deviation, float *dscale, float *dshift, double *partial);
void cv_batch_norm_gradient_b(const uint16_t *x, const uint16_t *dy, uint16_t *dx, long rows, long channels,
                              const float *scale, const float *shift, int rectified, const float *mean,
                              const float *deviation, float *dscale, float *dshift, double *partial);

/// y = f(x factor + summand) by channel, f a rectifier if `rectified`.
void cv_affine_rectified(const float *x, float *y, long rows, long channels, const float *factors,
                         const float *summands, int rectified);
void cv_affine_rectified_b(const uint16_t *x, uint16_t *y, long rows, long channels, const float *factors,
                           const float *summands, int rectified);

/// y = f(a + b)
void cv_join(const float *a, const float *b, float *y, long count, int rectified);
void cv_join_b(const uint16_t *a, const uint16_t *b, uint16_t *y, long count, int rectified);

/// dx = dy where y > 0, else 0; dx may be dy.
void cv_rectifier_gradient(const float *y, const float *dy, float *dx, long count);
void cv_rectifier_gradient_b(const uint16_t *y, const uint16_t *dy, uint16_t *dx, long count);

/// Sets elements to zero with a probability and multiplies the rest by 1 / (1 - probability); the same seed drops the
/// same elements, so the gradient is the same call on dy. y may be x.
void cv_dropout(const float *x, float *y, long count, float probability, uint64_t seed);
void cv_dropout_b(const uint16_t *x, uint16_t *y, long count, float probability, uint64_t seed);

/// The greatest value of each window of at most 255 taps, and which tap it was, the first of equals.
void cv_max_pool_taps(const cv_window *window, const float *x, float *y, uint8_t *taps);
void cv_max_pool_taps_b(const cv_window *window, const uint16_t *x, uint16_t *y, uint8_t *taps);
/// The gradient of the same: each goes to the tap that won.
void cv_max_pool_taps_gradient(const cv_window *window, const uint8_t *taps, const float *dy, float *dx);
void cv_max_pool_taps_gradient_b(const cv_window *window, const uint8_t *taps, const uint16_t *dy, uint16_t *dx);

/// The taps of each window side by side, zeros outside: [N, H', W', taps, C].
void cv_gather_taps(const cv_window *window, const float *x, float *y);
void cv_gather_taps_b(const cv_window *window, const uint16_t *x, uint16_t *y);

/// How stochastic gradient descent moves a value: slope = gradient + decay value, velocity = momentum velocity + slope (the
/// slope itself at first), value -= rate (own slope + share velocity).
typedef struct {
  float rate, decay, momentum, own, share;
  int first;
} cv_descent;
void cv_descend(const cv_descent *d, float *values, const float *gradient, float *velocity, long count);

/// How Adam moves a value: slope = gradient + decay value; mean and square follow the slope and its square by `first`
/// and `second`; value = keep value - size mean / (sqrt(square) / root + epsilon).
typedef struct {
  float first, second, decay, keep, size, root, epsilon;
} cv_adam;
void cv_adam_move(const cv_adam *a, float *values, const float *gradient, float *means, float *squares, long count);

/// The number of parts that sums over rows are made of; the same for the same rows, whatever the threads.
long cv_training_parts(long rows);

void cv_to_bfloat16(const float *x, uint16_t *y, long count);
void cv_from_bfloat16(const uint16_t *x, float *y, long count);
#endif
