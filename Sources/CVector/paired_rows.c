#include "paired_rows.h"

#include "internal.h"
#include "parted.h"

// Rows that stay in the first cache while all channels pass over them.
#define FEW 16

static int serves(long channels) { return channels % 32 == 0 && cv_has_bf16(); }

#if defined(__x86_64__)

PAIRED static void moments(const uint16_t *x, const float *origin, float *a, float *b, long rows, long channels) {
  for (long c = 0; c < channels; c += 32) {
    parted start = part_floats(origin + c), sum = both(_mm512_setzero_ps()), squares = sum;
    for (long row = 0; row < rows; row++) {
      parted v = minus(parted_at(x + row * channels + c), start);
      sum = plus(sum, v);
      squares = times_plus(v, v, squares);
    }
    add_floats(a + c, sum);
    add_floats(b + c, squares);
  }
}

PAIRED_INLINE void affine_channels(const uint16_t *x, uint16_t *y, long rows, long channels, const float *factors,
                                   const float *summands, int rectified) {
  __m512i beside = beside_lanes();
  for (long c = 0; c < channels; c += 32) {
    parted f = part_floats(factors + c), s = part_floats(summands + c);
    for (long row = 0; row < rows; row++) {
      parted v = times_plus(parted_at(x + row * channels + c), f, s);
      // The second operand is kept where one is not a number.
      if (rectified)
        v = (parted){_mm512_max_ps(_mm512_setzero_ps(), v.even), _mm512_max_ps(_mm512_setzero_ps(), v.odd)};
      store_pairs(y + row * channels + c, v.even, v.odd, beside);
    }
  }
}

PAIRED static void affine_plain(const uint16_t *x, uint16_t *y, long rows, long channels, const float *factors,
                                const float *summands) {
  affine_channels(x, y, rows, channels, factors, summands, 0);
}

PAIRED static void affine_cut(const uint16_t *x, uint16_t *y, long rows, long channels, const float *factors,
                              const float *summands) {
  affine_channels(x, y, rows, channels, factors, summands, 1);
}

// The normalised value is x deviation + start, the rectifier's argument x scale deviation + (scale start + shift).
typedef struct {
  parted deviation, start, factor, summand;
} norm_channels;

PAIRED_INLINE norm_channels norm_at(const paired_norm *n, long c) {
  parted deviation = part_floats(n->deviation + c), scale = part_floats(n->scale + c);
  parted zero = both(_mm512_setzero_ps());
  parted start = minus(zero, times(part_floats(n->mean + c), deviation));
  return (norm_channels){deviation, start, times(scale, deviation), times_plus(scale, start, part_floats(n->shift + c))};
}

PAIRED static void slope_sums(const paired_norm *n, const uint16_t *x, const uint16_t *dy, float *a, float *b,
                              long rows, long channels) {
  int rectified = n->rectified;
  for (long c = 0; c < channels; c += 32) {
    norm_channels k = norm_at(n, c);
    parted sum = both(_mm512_setzero_ps()), product = sum;
    for (long row = 0; row < rows; row++) {
      parted value = parted_at(x + row * channels + c), g = parted_at(dy + row * channels + c);
      if (rectified) g = where_positive(times_plus(value, k.factor, k.summand), g);
      sum = plus(sum, g);
      product = times_plus(g, times_plus(value, k.deviation, k.start), product);
    }
    add_floats(a + c, sum);
    add_floats(b + c, product);
  }
}

PAIRED static void slopes(const paired_norm *n, const uint16_t *x, const uint16_t *dy, uint16_t *dx, const float *da,
                          const float *db, long rows, long channels) {
  int rectified = n->rectified;
  __m512i beside = beside_lanes();
  for (long c = 0; c < channels; c += 32) {
    norm_channels k = norm_at(n, c);
    // factor (g - da - db v), where v = x deviation + start.
    parted zero = both(_mm512_setzero_ps()), middle = part_floats(da + c), along = part_floats(db + c);
    parted by_x = minus(zero, times(times(k.factor, along), k.deviation));
    parted rest = minus(zero, times(k.factor, times_plus(along, k.start, middle)));
    for (long row = 0; row < rows; row++) {
      parted value = parted_at(x + row * channels + c), g = parted_at(dy + row * channels + c);
      if (rectified) g = where_positive(times_plus(value, k.factor, k.summand), g);
      parted slope = times_plus(g, k.factor, times_plus(value, by_x, rest));
      store_pairs(dx + row * channels + c, slope.even, slope.odd, beside);
    }
  }
}

PAIRED static void join(const uint16_t *a, const uint16_t *b, uint16_t *y, long count, int rectified) {
  __m512i beside = beside_lanes();
  __m512 low = _mm512_set1_ps(rectified ? 0 : -INFINITY);
  for (long i = 0; i < count; i += 32) {
    parted v = plus(parted_at(a + i), parted_at(b + i));
    store_pairs(y + i, _mm512_max_ps(low, v.even), _mm512_max_ps(low, v.odd), beside);
  }
}

long cv_paired_join(const uint16_t *a, const uint16_t *b, uint16_t *y, long count, int rectified) {
  if (!cv_has_bf16()) return 0;
  join(a, b, y, count / 32 * 32, rectified);
  return count / 32 * 32;
}

#define FOR_FEW(call)                                  \
  for (long first = 0; first < rows; first += FEW) {   \
    long count = CV_MIN(FEW, rows - first);            \
    long at = first * channels;                        \
    call;                                              \
  }                                                    \
  return 1

int cv_paired_moments(const uint16_t *x, const float *origin, float *a, float *b, long rows, long channels) {
  if (!serves(channels)) return 0;
  FOR_FEW(moments(x + at, origin, a, b, count, channels));
}

int cv_paired_affine(const uint16_t *x, uint16_t *y, long rows, long channels, const float *factors,
                     const float *summands, int rectified) {
  if (!serves(channels)) return 0;
  FOR_FEW((rectified ? affine_cut : affine_plain)(x + at, y + at, count, channels, factors, summands));
}

int cv_paired_slope_sums(const paired_norm *n, const uint16_t *x, const uint16_t *dy, float *a, float *b, long rows,
                         long channels) {
  if (!serves(channels)) return 0;
  FOR_FEW(slope_sums(n, x + at, dy + at, a, b, count, channels));
}

int cv_paired_norm_slopes(const paired_norm *n, const uint16_t *x, const uint16_t *dy, uint16_t *dx, const float *da,
                     const float *db, long rows, long channels) {
  if (!serves(channels)) return 0;
  FOR_FEW(slopes(n, x + at, dy + at, dx + at, da, db, count, channels));
}

#else

long cv_paired_join(const uint16_t *a, const uint16_t *b, uint16_t *y, long count, int rectified) { return 0; }
int cv_paired_moments(const uint16_t *x, const float *origin, float *a, float *b, long rows, long channels) {
  return serves(channels);
}
int cv_paired_affine(const uint16_t *x, uint16_t *y, long rows, long channels, const float *factors,
                     const float *summands, int rectified) {
  return serves(channels);
}
int cv_paired_slope_sums(const paired_norm *n, const uint16_t *x, const uint16_t *dy, float *a, float *b, long rows,
                         long channels) {
  return serves(channels);
}
int cv_paired_norm_slopes(const paired_norm *n, const uint16_t *x, const uint16_t *dy, uint16_t *dx, const float *da,
                     const float *db, long rows, long channels) {
  return serves(channels);
}

#endif
