#ifndef CVECTOR_PARTED_H
#define CVECTOR_PARTED_H

#if defined(__x86_64__)
#include <stdint.h>

#include "avx512.h"

#define PAIRED __attribute__((target(AVX512_BF16)))
#define PAIRED_INLINE static inline __attribute__((always_inline)) PAIRED

// 32 neighbouring channels: those of even number and those of odd, as 16-bit floats in pairs widen most easily.
typedef struct {
  __m512 even, odd;
} parted;

PAIRED_INLINE parted parted_at(const uint16_t *p) {
  __m512i halves = _mm512_loadu_si512(p);
  return (parted){_mm512_castsi512_ps(_mm512_slli_epi32(halves, 16)),
                  _mm512_castsi512_ps(_mm512_and_si512(halves, _mm512_set1_epi32((int)0xffff0000)))};
}

// Halves of two vectors in turns: as pairs of each lane.
PAIRED_INLINE __m512i beside_lanes(void) {
  __m512i count = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return _mm512_or_si512(count, _mm512_slli_epi32(_mm512_or_si512(count, _mm512_set1_epi32(16)), 16));
}

// Rounds two vectors and stores them as pairs of each lane.
PAIRED_INLINE void store_pairs(uint16_t *to, __m512 first, __m512 second, __m512i beside) {
  _mm512_storeu_si512(to, _mm512_permutexvar_epi16(beside, (__m512i)_mm512_cvtne2ps_pbh(second, first)));
}

PAIRED_INLINE parted both(__m512 v) { return (parted){v, v}; }

PAIRED_INLINE parted plus(parted a, parted b) {
  return (parted){_mm512_add_ps(a.even, b.even), _mm512_add_ps(a.odd, b.odd)};
}

PAIRED_INLINE parted minus(parted a, parted b) {
  return (parted){_mm512_sub_ps(a.even, b.even), _mm512_sub_ps(a.odd, b.odd)};
}

PAIRED_INLINE parted times(parted a, parted b) {
  return (parted){_mm512_mul_ps(a.even, b.even), _mm512_mul_ps(a.odd, b.odd)};
}

// a b + c
PAIRED_INLINE parted times_plus(parted a, parted b, parted c) {
  return (parted){_mm512_fmadd_ps(a.even, b.even, c.even), _mm512_fmadd_ps(a.odd, b.odd, c.odd)};
}

// a where v is positive, else zero.
PAIRED_INLINE parted where_positive(parted v, parted a) {
  __m512 zero = _mm512_setzero_ps();
  return (parted){_mm512_maskz_mov_ps(_mm512_cmp_ps_mask(v.even, zero, _CMP_GT_OQ), a.even),
                  _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(v.odd, zero, _CMP_GT_OQ), a.odd)};
}

// 32 floats in order, parted; and added back to where they came from.
PAIRED_INLINE parted part_floats(const float *p) {
  __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  __m512i odd = _mm512_or_si512(even, _mm512_set1_epi32(1));
  __m512 low = _mm512_loadu_ps(p), high = _mm512_loadu_ps(p + 16);
  return (parted){_mm512_permutex2var_ps(low, even, high), _mm512_permutex2var_ps(low, odd, high)};
}

PAIRED_INLINE void add_floats(float *p, parted v) {
  __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(8));
  _mm512_storeu_ps(p, _mm512_add_ps(_mm512_loadu_ps(p), _mm512_permutex2var_ps(v.even, low, v.odd)));
  _mm512_storeu_ps(p + 16, _mm512_add_ps(_mm512_loadu_ps(p + 16), _mm512_permutex2var_ps(v.even, high, v.odd)));
}
#endif
#endif
