// Tiles of pairs of 16-bit floats: one element of rows and weights is a pair, multiplied and added at once.

static inline __attribute__((always_inline)) __m512 widened(__m256i halves) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
}

static inline __attribute__((always_inline)) __m512 beside(const float *x, long i, int narrow) {
  if (!narrow) return _mm512_loadu_ps(x + i);
  return widened(_mm256_loadu_si256((const __m256i *)((const unsigned short *)x + i)));
}

// Which of 16 outputs there are, v vectors before them, of `left` in all.
static inline __mmask16 some_of(long left, long v) {
  long own = left - 16 * v;
  return own >= 16 ? 0xffff : (__mmask16)((1u << own) - 1);
}

static inline __attribute__((always_inline)) __m512 some_beside(const float *x, long i, int narrow, __mmask16 some) {
  if (!narrow) return _mm512_maskz_loadu_ps(some, x + i);
  return widened(_mm256_maskz_loadu_epi16(some, (const unsigned short *)x + i));
}

static inline __attribute__((always_inline)) void place(float *y, long i, __m512 z, int narrow) {
  if (narrow)
    _mm256_storeu_si256((__m256i *)((unsigned short *)y + i), (__m256i)_mm512_cvtneps_pbh(z));
  else
    _mm512_storeu_ps(y + i, z);
}

static inline __attribute__((always_inline)) void place_some(float *y, long i, __m512 z, int narrow, __mmask16 some) {
  if (narrow)
    _mm256_mask_storeu_epi16((unsigned short *)y + i, some, (__m256i)_mm512_cvtneps_pbh(z));
  else
    _mm512_mask_storeu_ps(y + i, some, z);
}

// Two neighbouring vectors of 16-bit floats.
static inline __attribute__((always_inline)) void place_both(float *y, long i, __m512 low, __m512 high) {
  _mm512_storeu_si512((unsigned short *)y + i, (__m512i)_mm512_cvtne2ps_pbh(high, low));
}

// The second operand of a cut is kept where one is not a number.
#define CUT_BF16(z) _mm512_min_ps(high, _mm512_max_ps(low, (z)))

// Two pixels of 16 channels, rounded.
static inline __attribute__((always_inline)) __m512i side_by_side(__m512 first, __m512 second) {
  static const _Alignas(64) unsigned short order[32] = {0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
                                                        8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
  return _mm512_permutexvar_epi16(_mm512_load_si512(order), (__m512i)_mm512_cvtne2ps_pbh(second, first));
}

#define TILE(R, NV)                                                                                            \
  static void tile_##R##_##NV##_bf16(const tile *j, const float *const *rows, const float *w, float *y,        \
                                     const float *residual, const float *bias) {                               \
    __m512 sums[R][NV];                                                                                        \
    const char *ahead = (const char *)(j->ahead ? j->ahead : w);                                               \
    long step = j->step;                                                                                       \
    const float *start = j->left ? 0 : bias;                                                                   \
    _Pragma("unroll") for (int r = 0; r < R; r++)                                                              \
      _Pragma("unroll") for (int v = 0; v < NV; v++)                                                           \
        sums[r][v] = start ? _mm512_loadu_ps(start + 16 * v) : _mm512_setzero_ps();                            \
    for (long t = 0; t < j->taps; t++) {                                                                       \
      const float *p[R];                                                                                       \
      _Pragma("unroll") for (int r = 0; r < R; r++) p[r] = rows[t * MOST_ROWS + r];                            \
      long run = j->run;                                                                                       \
      for (long k = 0; k < run; k++) {                                                                         \
        __m512bh b[NV];                                                                                        \
        _mm_prefetch(ahead, _MM_HINT_T0);                                                                      \
        ahead += step;                                                                                         \
        _Pragma("unroll") for (int v = 0; v < NV; v++) b[v] = (__m512bh)_mm512_loadu_ps(w + 16 * v);           \
        w += 16 * NV;                                                                                          \
        _Pragma("unroll") for (int r = 0; r < R; r++) {                                                        \
          __m512bh a = (__m512bh)_mm512_set1_ps(p[r][k]);                                                      \
          _Pragma("unroll") for (int v = 0; v < NV; v++) sums[r][v] = _mm512_dpbf16_ps(sums[r][v], a, b[v]);   \
        }                                                                                                      \
      }                                                                                                        \
    }                                                                                                          \
    __m512 low = _mm512_set1_ps(j->low), high = _mm512_set1_ps(j->high);                                       \
    if (j->beside) {                                                                                           \
      _Pragma("unroll") for (int r = 0; r < R; r += 2)                                                         \
        _Pragma("unroll") for (int v = 0; v < NV; v++) {                                                       \
          __m512 next = r + 1 < R ? CUT_BF16(sums[r + 1 < R ? r + 1 : r][v]) : _mm512_setzero_ps();            \
          _mm512_storeu_si512(y + r / 2 * BLOCK + 16 * v, side_by_side(CUT_BF16(sums[r][v]), next));           \
        }                                                                                                      \
      return;                                                                                                  \
    }                                                                                                          \
    long pitch = j->pitch;                                                                                     \
    int narrow = j->narrow, narrow_residual = j->narrow_residual;                                              \
    if (j->left) {                                                                                             \
      _Pragma("unroll") for (int v = 0; v < NV; v++) {                                                         \
        __mmask16 some = some_of(j->left, v);                                                                  \
        __m512 late = bias ? _mm512_maskz_loadu_ps(some, bias + 16 * v) : _mm512_setzero_ps();                 \
        _Pragma("unroll") for (int r = 0; r < R; r++) {                                                        \
          __m512 z = _mm512_add_ps(sums[r][v], late);                                                          \
          if (residual)                                                                                        \
            z = _mm512_add_ps(z, some_beside(residual, r * pitch + 16 * v, narrow_residual, some));            \
          place_some(y, r * pitch + 16 * v, CUT_BF16(z), narrow, some);                                        \
        }                                                                                                      \
      }                                                                                                        \
      return;                                                                                                  \
    }                                                                                                          \
    if (NV == 2 && narrow && (!residual || narrow_residual)) {                                                 \
      if (residual)                                                                                            \
        _Pragma("unroll") for (int r = 0; r < R; r++)                                                          \
          _Pragma("unroll") for (int v = 0; v < NV; v++)                                                       \
            sums[r][v] = _mm512_add_ps(sums[r][v], beside(residual, r * pitch + 16 * v, 1));                   \
      _Pragma("unroll") for (int r = 0; r < R; r++)                                                            \
        place_both(y, r * pitch, CUT_BF16(sums[r][0]), CUT_BF16(sums[r][NV - 1]));                             \
      return;                                                                                                  \
    }                                                                                                          \
    _Pragma("unroll") for (int r = 0; r < R; r++)                                                              \
      _Pragma("unroll") for (int v = 0; v < NV; v++) {                                                         \
        __m512 z = sums[r][v];                                                                                 \
        if (residual) z = _mm512_add_ps(z, beside(residual, r * pitch + 16 * v, narrow_residual));             \
        place(y, r * pitch + 16 * v, CUT_BF16(z), narrow);                                                     \
      }                                                                                                        \
  }

TILE(1, 1) TILE(2, 1) TILE(3, 1) TILE(4, 1) TILE(5, 1) TILE(6, 1) TILE(7, 1)
TILE(8, 1) TILE(9, 1) TILE(10, 1) TILE(11, 1) TILE(12, 1) TILE(13, 1) TILE(14, 1)
TILE(1, 2) TILE(2, 2) TILE(3, 2) TILE(4, 2) TILE(5, 2) TILE(6, 2) TILE(7, 2)
TILE(8, 2) TILE(9, 2) TILE(10, 2) TILE(11, 2) TILE(12, 2) TILE(13, 2) TILE(14, 2)
#undef TILE

static const tile_function tiles_bf16[2][MOST_ROWS] = {
    {tile_1_1_bf16, tile_2_1_bf16, tile_3_1_bf16, tile_4_1_bf16, tile_5_1_bf16, tile_6_1_bf16, tile_7_1_bf16,
     tile_8_1_bf16, tile_9_1_bf16, tile_10_1_bf16, tile_11_1_bf16, tile_12_1_bf16, tile_13_1_bf16, tile_14_1_bf16},
    {tile_1_2_bf16, tile_2_2_bf16, tile_3_2_bf16, tile_4_2_bf16, tile_5_2_bf16, tile_6_2_bf16, tile_7_2_bf16,
     tile_8_2_bf16, tile_9_2_bf16, tile_10_2_bf16, tile_11_2_bf16, tile_12_2_bf16, tile_13_2_bf16, tile_14_2_bf16}};

static void to_bf16(const float *x, unsigned short *y, long count) {
  long i = 0;
  for (; i + 32 <= count; i += 32) {
    __m512bh pair = _mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + i + 16), _mm512_loadu_ps(x + i));
    _mm512_storeu_si512(y + i, (__m512i)pair);
  }
  for (; i < count; i++) y[i] = rounded(x[i]);
}

// R rows of pairs of changes times 32 outputs; each pair takes two listed rows of weights, whose outputs lie so that
// joining the halves of the rows gives the pairs of outputs 0...15 and 16...31.
#define CHANGES(R)                                                                                             \
  static void changes_##R##_bf16(const int *list, long count, const float *x, const float *w, long step,       \
                                 float *const *y, float *kept) {                                               \
    __m512 sums[R][2];                                                                                         \
    (void)kept;                                                                                                \
    _Pragma("unroll") for (int r = 0; r < R; r++)                                                              \
      _Pragma("unroll") for (int v = 0; v < 2; v++) sums[r][v] = _mm512_loadu_ps(y[r] + 16 * v);               \
    for (long k = 0; k < count; k++) {                                                                         \
      __m512i even = _mm512_loadu_si512(w + list[2 * k] * step);                                               \
      __m512i odd = _mm512_loadu_si512(w + list[2 * k + 1] * step);                                            \
      __m512bh low = (__m512bh)_mm512_unpacklo_epi16(even, odd);                                               \
      __m512bh high = (__m512bh)_mm512_unpackhi_epi16(even, odd);                                              \
      _Pragma("unroll") for (int r = 0; r < R; r++) {                                                          \
        __m512bh a = (__m512bh)_mm512_set1_ps(x[r * CHANGES_PITCH + k]);                                       \
        sums[r][0] = _mm512_dpbf16_ps(sums[r][0], a, low);                                                     \
        sums[r][1] = _mm512_dpbf16_ps(sums[r][1], a, high);                                                    \
      }                                                                                                        \
    }                                                                                                          \
    _Pragma("unroll") for (int r = 0; r < R; r++)                                                              \
      _Pragma("unroll") for (int v = 0; v < 2; v++) _mm512_storeu_ps(y[r] + 16 * v, sums[r][v]);               \
  }
CHANGES(1) CHANGES(2) CHANGES(3) CHANGES(4) CHANGES(5) CHANGES(6) CHANGES(7) CHANGES(8) CHANGES(9) CHANGES(10)
CHANGES(11) CHANGES(12) CHANGES(13) CHANGES(14)
#undef CHANGES

static const changes_function changes_bf16[MOST_ROWS] = {
    changes_1_bf16, changes_2_bf16,  changes_3_bf16,  changes_4_bf16,  changes_5_bf16,  changes_6_bf16,  changes_7_bf16,
    changes_8_bf16, changes_9_bf16, changes_10_bf16, changes_11_bf16, changes_12_bf16, changes_13_bf16, changes_14_bf16};

#include "paired_filters.h"

static const kernels kernels_bf16 = {.rows = MOST_ROWS,
                                     .tiles = {tiles_bf16[0], tiles_bf16[1]},
                                     .changes = {0, changes_bf16},
                                     .masks = 1,
                                     .fetches = 1};
