// Loops of training.inc on bfloat16 channels by the processor's own 16-bit instructions. Each says whether it
// served: channels must be a multiple of 32.
#ifndef CVECTOR_PAIRED_ROWS_H
#define CVECTOR_PAIRED_ROWS_H

#include <stdint.h>

typedef struct {
  const float *mean, *deviation, *scale, *shift;
  int rectified;
} paired_norm;

/// Adds sums of x - origin and of its square.
int cv_paired_moments(const uint16_t *x, const float *origin, float *a, float *b, long rows, long channels);
/// y = f(a + b) of the first multiple of 32 elements, whose number it returns.
long cv_paired_join(const uint16_t *a, const uint16_t *b, uint16_t *y, long count, int rectified);
/// y = f(x factor + summand)
int cv_paired_affine(const uint16_t *x, uint16_t *y, long rows, long channels, const float *factors,
                     const float *summands, int rectified);
/// Adds sums of dy and of dy times the normalised x.
int cv_paired_slope_sums(const paired_norm *n, const uint16_t *x, const uint16_t *dy, float *a, float *b, long rows,
                         long channels);
/// dx from the means da and db of those sums.
int cv_paired_norm_slopes(const paired_norm *n, const uint16_t *x, const uint16_t *dy, uint16_t *dx, const float *da,
                     const float *db, long rows, long channels);
#endif
