#include "columns.h"

#include "internal.h"

typedef unsigned int __attribute__((may_alias)) bits;

// Most rows are not zero, which their first few elements show.
#define AT_ONCE 64

CV_HOT int cv_is_zero(const float *x, long count) {
  const bits *b = (const bits *)x;
  for (; count >= AT_ONCE; count -= AT_ONCE, b += AT_ONCE) {
    unsigned any = 0;
    for (long i = 0; i < AT_ONCE; i++) any |= b[i] << 1;
    if (any) return 0;
  }
  unsigned any = 0;
  for (long i = 0; i < count; i++) any |= b[i] << 1;
  return !any;
}

CV_HOT void cv_count_others(const float *x, long count, unsigned *counts) {
  const bits *b = (const bits *)x;
  for (long i = 0; i < count; i++) counts[i] += b[i] << 1 != 0;
}

#if defined(__x86_64__)
#include <immintrin.h>

const int cv_has_sixteens = 1;
#define SIXTEENS __attribute__((target("avx512f")))

SIXTEENS static void sort_sixteens(const unsigned *counts, long rows, long times, long count, unsigned short *shared,
                                   unsigned short *few) {
  for (long i = 0; i < count; i += 16) {
    __mmask16 wanted = (__mmask16)(count - i < 16 ? (1u << (count - i)) - 1 : 0xffff);
    __m512i c = _mm512_maskz_loadu_epi32(wanted, counts + i);
    __mmask16 others = _mm512_test_epi32_mask(c, c);
    __m512i many = _mm512_mullo_epi32(c, _mm512_set1_epi32((int)times));
    few[i / 16] = _mm512_mask_cmplt_epi32_mask(others, many, _mm512_set1_epi32((int)rows));
    shared[i / 16] = others & (unsigned short)~few[i / 16];
  }
}

SIXTEENS static __m512i places_of(long first) {
  const __m512i one_by_one = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return _mm512_add_epi32(one_by_one, _mm512_set1_epi32((int)first));
}

SIXTEENS static long list_sixteens(const unsigned short *masks, long count, int *list) {
  long listed = 0;
  for (long i = 0; i < count; i += 16) {
    _mm512_storeu_si512(list + listed, _mm512_maskz_compress_epi32(masks[i / 16], places_of(i)));
    listed += __builtin_popcount(masks[i / 16]);
  }
  return listed;
}

SIXTEENS static long take_sixteens(const float *x, const unsigned short *masks, long count, int *list, float *taken) {
  long listed = 0;
  for (long i = 0; i < count; i += 16) {
    __mmask16 mask = masks[i / 16];
    __m512 values = _mm512_maskz_loadu_ps(mask, x + i);
    if (list) {
      mask = _mm512_mask_cmp_ps_mask(mask, values, _mm512_setzero_ps(), _CMP_NEQ_UQ);
      _mm512_storeu_si512(list + listed, _mm512_maskz_compress_epi32(mask, places_of(i)));
    }
    _mm512_storeu_ps(taken + listed, _mm512_maskz_compress_ps(mask, values));
    listed += __builtin_popcount(mask);
  }
  return listed;
}
#else
const int cv_has_sixteens = 0;

static void sort_sixteens(const unsigned *counts, long rows, long times, long count, unsigned short *shared,
                          unsigned short *few) {
  (void)counts, (void)rows, (void)times, (void)count, (void)shared, (void)few;
}

static long list_sixteens(const unsigned short *masks, long count, int *list) {
  (void)masks, (void)count, (void)list;
  return 0;
}

static long take_sixteens(const float *x, const unsigned short *masks, long count, int *list, float *taken) {
  (void)x, (void)masks, (void)count, (void)list, (void)taken;
  return 0;
}
#endif

void cv_sort_columns(int sixteens, const unsigned *counts, long rows, long times, long count, unsigned short *shared,
                     unsigned short *few) {
  if (sixteens) {
    sort_sixteens(counts, rows, times, count, shared, few);
    return;
  }
  for (long i = 0; i < count; i += 16) {
    shared[i / 16] = few[i / 16] = 0;
    for (long l = 0; l < CV_MIN(16, count - i); l++) {
      long others = counts[i + l];
      unsigned short *mask = times * others < rows ? few : shared;
      if (others) mask[i / 16] = (unsigned short)(mask[i / 16] | 1u << l);
    }
  }
}

long cv_list_columns(int sixteens, const unsigned short *masks, long count, int *list) {
  if (sixteens) return list_sixteens(masks, count, list);
  long listed = 0;
  for (long i = 0; i < count; i++) {
    list[listed] = (int)i;
    listed += masks[i / 16] >> i % 16 & 1;
  }
  return listed;
}

long cv_take_columns(int sixteens, const float *x, const unsigned short *masks, long count, int *list, float *taken) {
  if (sixteens) return take_sixteens(x, masks, count, list, taken);
  long listed = 0;
  for (long i = 0; i < count; i++) {
    taken[listed] = x[i];
    if (list) list[listed] = (int)i;
    listed += (masks[i / 16] >> i % 16 & 1) && !(list && x[i] == 0);
  }
  return listed;
}
