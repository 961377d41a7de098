#include "columns.h"

#include "CVConvolution.h"
#include "avx512.h"
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
#include <pthread.h>

#define SIXTEENS __attribute__((target(AVX512)))

SIXTEENS static column_kinds sort_sixteens(const unsigned *counts, const unsigned short *shut, long count,
                                           unsigned short *open, unsigned short *closed) {
  column_kinds kinds = {0, 0};
  __m512i sum = _mm512_setzero_si512();
  for (long i = 0; i < count; i += 16) {
    __mmask16 wanted = (__mmask16)(count - i < 16 ? (1u << (count - i)) - 1 : 0xffff);
    __m512i c = _mm512_maskz_loadu_epi32(wanted, counts + i);
    unsigned others = _mm512_test_epi32_mask(c, c), some = shut ? others & shut[i / 16] : 0;
    open[i / 16] = (unsigned short)(others & ~some);
    closed[i / 16] = (unsigned short)some;
    sum = _mm512_mask_add_epi32(sum, (__mmask16)some, sum, c);
    kinds.columns += __builtin_popcount(some);
  }
  kinds.elements = _mm512_reduce_add_epi32(sum);
  return kinds;
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
#define EIGHTS __attribute__((target("avx2")))

// Of each mask of eight columns, the places of its bits.
static unsigned char places[256][8];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fill_places(void) {
  for (int mask = 0; mask < 256; mask++)
    for (int place = 0, listed = 0; place < 8; place++)
      if (mask >> place & 1) places[mask][listed++] = (unsigned char)place;
}

EIGHTS static __m256i places_in(unsigned mask) {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)places[mask]));
}

// The first `count` of eight lanes.
EIGHTS static __m256i first_lanes(long count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)CV_MIN(count, 8)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

EIGHTS static column_kinds sort_eights(const unsigned *counts, const unsigned short *shut, long count,
                                       unsigned short *open, unsigned short *closed) {
  column_kinds kinds = {0, 0};
  const __m256i bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  __m256i sum = _mm256_setzero_si256();
  for (long i = 0; i < count; i += 16) {
    unsigned all = 0, some = shut ? shut[i / 16] : 0;
    for (long half = 0; half < 16 && i + half < count; half += 8) {
      __m256i c = _mm256_maskload_epi32((const int *)counts + i + half, first_lanes(count - i - half));
      __m256i none = _mm256_cmpeq_epi32(c, _mm256_setzero_si256());
      __m256i taken = _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32((int)(some >> half)), bits), bits);
      all |= (~(unsigned)_mm256_movemask_ps((__m256)none) & 0xff) << half;
      sum = _mm256_add_epi32(sum, _mm256_and_si256(taken, c));
    }
    some &= all;
    open[i / 16] = (unsigned short)(all & ~some);
    closed[i / 16] = (unsigned short)some;
    kinds.columns += __builtin_popcount(some);
  }
  int elements[8];
  _mm256_storeu_si256((__m256i *)elements, sum);
  for (int l = 0; l < 8; l++) kinds.elements += elements[l];
  return kinds;
}

EIGHTS static long list_eights(const unsigned short *masks, long count, int *list) {
  long listed = 0;
  for (long i = 0; i < count; i += 8) {
    unsigned mask = masks[i / 16] >> i % 16 & 0xff;
    __m256i found = _mm256_add_epi32(places_in(mask), _mm256_set1_epi32((int)i));
    _mm256_storeu_si256((__m256i *)(list + listed), found);
    listed += __builtin_popcount(mask);
  }
  return listed;
}

EIGHTS static long take_eights(const float *x, const unsigned short *masks, long count, int *list, float *taken) {
  long listed = 0;
  for (long i = 0; i < count; i += 8) {
    unsigned mask = masks[i / 16] >> i % 16 & 0xff;
    if (!mask) continue;
    __m256 values = count - i >= 8 ? _mm256_loadu_ps(x + i) : _mm256_maskload_ps(x + i, first_lanes(count - i));
    if (list) mask &= (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(values, _mm256_setzero_ps(), _CMP_NEQ_UQ));
    __m256i found = places_in(mask);
    if (list) _mm256_storeu_si256((__m256i *)(list + listed), _mm256_add_epi32(found, _mm256_set1_epi32((int)i)));
    _mm256_storeu_ps(taken + listed, _mm256_permutevar8x32_ps(values, found));
    listed += __builtin_popcount(mask);
  }
  return listed;
}

int cv_columns_at_once(void) {
  pthread_once(&once, fill_places);
  return cv_instructions() == 2 ? 16 : cv_instructions() == 1 ? 8 : 1;
}

#define TAKE_TOGETHER(call, arguments) \
  if (together == 16) return call##_sixteens arguments; \
  if (together == 8) return call##_eights arguments;
#else
int cv_columns_at_once(void) { return 1; }

#define TAKE_TOGETHER(call, arguments)
#endif

column_kinds cv_sort_columns(int together, const unsigned *counts, const unsigned short *shut, long count,
                             unsigned short *open, unsigned short *closed) {
  TAKE_TOGETHER(sort, (counts, shut, count, open, closed))
  column_kinds kinds = {0, 0};
  for (long i = 0; i < count; i++) {
    unsigned bit = (unsigned)(counts[i] != 0) << i % 16, some = shut ? bit & shut[i / 16] : 0;
    open[i / 16] = (unsigned short)((i % 16 ? open[i / 16] : 0) | (bit & ~some));
    closed[i / 16] = (unsigned short)((i % 16 ? closed[i / 16] : 0) | some);
    kinds.columns += some != 0;
    kinds.elements += some ? counts[i] : 0;
  }
  return kinds;
}

long cv_list_columns(int together, const unsigned short *masks, long count, int *list) {
  TAKE_TOGETHER(list, (masks, count, list))
  long listed = 0;
  for (long i = 0; i < count; i++) {
    list[listed] = (int)i;
    listed += masks[i / 16] >> i % 16 & 1;
  }
  return listed;
}

long cv_take_columns(int together, const float *x, const unsigned short *masks, long count, int *list, float *taken) {
  TAKE_TOGETHER(take, (x, masks, count, list, taken))
  long listed = 0;
  for (long i = 0; i < count; i++) {
    taken[listed] = x[i];
    if (list) list[listed] = (int)i;
    listed += (masks[i / 16] >> i % 16 & 1) && !(list && x[i] == 0);
  }
  return listed;
}
