#ifndef CVECTOR_PAIRED_H
#define CVECTOR_PAIRED_H

#include "CVPairedConvolution.h"
#include "kernels.h"
#include "parted.h"

#if defined(__x86_64__)
// a + sign b
PAIRED_INLINE parted with(parted a, parted b, __m512 sign) {
  return (parted){_mm512_fmadd_ps(b.even, sign, a.even), _mm512_fmadd_ps(b.odd, sign, a.odd)};
}

// The two lines of pixels that row i of B^T d takes, and the sign of the second: d0 - d2, d1 + d2, d2 - d1, d3 - d1.
// (The last row has the other sign than in the paper, and so has that of A.)
static const struct {
  int first, second;
  float sign;
} taken[4] = {{0, 2, -1}, {1, 2, 1}, {2, 1, -1}, {3, 1, -1}};

// A line of pixels of one picture, or nothing where it lies outside.
typedef struct {
  const uint16_t *start;
  long step;
} line;

// Adds 32 channels to their totals.
PAIRED_INLINE void add_to_totals(double *totals, parted sum) {
  float even[16], odd[16];
  _mm512_storeu_ps(even, sum.even);
  _mm512_storeu_ps(odd, sum.odd);
  for (int l = 0; l < 16; l++) {
    totals[2 * l] += even[l];
    totals[2 * l + 1] += odd[l];
  }
}

extern const uint16_t cv_no_pixel[CV_MOST_PAIRED_CHANNELS];

static inline line line_of(const uint16_t *image, long y, long h, long w, long c) {
  return y < 0 || y >= h ? (line){cv_no_pixel, 0} : (line){image + y * w * c, c};
}

// Pixel x of a line of w, from a channel on.
static inline const uint16_t *pixel(line l, long x, long w, long channel) {
  return (x < 0 || x >= w ? cv_no_pixel : l.start + x * l.step) + channel;
}

/// Adds to [blocks of 32 outputs][inputs][32] the products of inputs and outputs of `steps` pairs, both laid out as
/// [blocks of 16 channels][steps][16 pairs].
void cv_add_paired_products(const uint16_t *x, long inputs, const uint16_t *dy, long outputs, long steps, float *sums);
#endif
#endif
