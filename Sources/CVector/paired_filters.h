// Depthwise rows of separable.c on 16-bit floats: two neighbouring pixels lie side by side, channel by channel, so that
// one product takes two taps. Of a window that starts at the second of a pair, the first one's weight is zero.

#define PAIRS(K) (((K) + 1) / 2)
// The pair in which pixel p's window starts, counted from the first pixel's, and whether it starts at its second half.
#define STARTS(S, ODD, p) (((ODD) + (p) * (S)) >> 1)
#define LATE(S, ODD, p) (((ODD) + (p) * (S)) & 1)

// P pixels of 16 channels, the first one's window from a pair's second half on where ODD; each pair is loaded once.
#define PIXELS(K, S, P, ODD)                                                                                   \
  static inline __attribute__((always_inline)) void pairs_##K##_##S##_##P##_##ODD(                             \
      const float *const *rows, long from, const float *w, const cv_finish *f, long channel, float *y,         \
      long distance) {                                                                                         \
    __m512 sums[P];                                                                                            \
    _Pragma("unroll") for (int p = 0; p < P; p++) sums[p] = _mm512_loadu_ps(f->bias + channel);                \
    for (int ky = 0; ky < K; ky++) {                                                                           \
      const float *row = rows[ky] + from;                                                                      \
      __m512bh taps[2][PAIRS(K)];                                                                              \
      _Pragma("unroll") for (int late = 0; late < 2; late++)                                                   \
        if (S == 1 || late == ODD)                                                                             \
          _Pragma("unroll") for (int m = 0; m < PAIRS(K); m++)                                                 \
            taps[late][m] = (__m512bh)_mm512_loadu_ps(w + ((2 * ky + late) * PAIRS(K) + m) * BLOCK);           \
      _Pragma("unroll") for (int i = 0; i < STARTS(S, ODD, P - 1) + PAIRS(K); i++) {                           \
        __m512bh pair = (__m512bh)_mm512_loadu_ps(row + i * BLOCK);                                            \
        _Pragma("unroll") for (int p = 0; p < P; p++) {                                                        \
          int m = i - STARTS(S, ODD, p);                                                                       \
          if (m >= 0 && m < PAIRS(K)) sums[p] = _mm512_dpbf16_ps(sums[p], pair, taps[LATE(S, ODD, p)][m]);     \
        }                                                                                                      \
      }                                                                                                        \
    }                                                                                                          \
    __m512 low = _mm512_set1_ps(f->low), high = _mm512_set1_ps(f->high);                                       \
    _Pragma("unroll") for (int p = 0; p < P; p++) place(y, p * distance, CUT_BF16(sums[p]), 1);                \
  }

#define SOME_PIXELS(K, S, P, at)                                                                               \
  if (LATE(S, odd, at))                                                                                        \
    pairs_##K##_##S##_##P##_1(rows, from + STARTS(S, odd, at) * BLOCK, w, f, channel,                          \
                              element(y, (at) * distance, 1), distance);                                       \
  else                                                                                                         \
    pairs_##K##_##S##_##P##_0(rows, from + STARTS(S, odd, at) * BLOCK, w, f, channel,                          \
                              element(y, (at) * distance, 1), distance);

// A row of pixels; the last seven may be computed twice.
#define ROW(K, S)                                                                                              \
  PIXELS(K, S, 7, 0)                                                                                           \
  PIXELS(K, S, 7, 1)                                                                                           \
  PIXELS(K, S, 1, 0)                                                                                           \
  PIXELS(K, S, 1, 1)                                                                                           \
  static inline __attribute__((always_inline)) void row_##K##_##S(                                             \
      const float *const *rows, long from, const float *w, const cv_finish *f, long channel, float *y,         \
      long distance, long count, int odd) {                                                                    \
    if (count < 7) {                                                                                           \
      for (long x = 0; x < count; x++) SOME_PIXELS(K, S, 1, x)                                                 \
      return;                                                                                                  \
    }                                                                                                          \
    for (long x = 0; x < count; x += 7) {                                                                      \
      long at = CV_MIN(x, count - 7);                                                                          \
      SOME_PIXELS(K, S, 7, at)                                                                                 \
    }                                                                                                          \
  }                                                                                                            \
  static void even_row_##K##_##S(const float *const *rows, long from, const float *w, const cv_finish *f,      \
                                 long channel, float *y, long distance, long count) {                          \
    row_##K##_##S(rows, from, w, f, channel, y, distance, count, 0);                                           \
  }                                                                                                            \
  static void odd_row_##K##_##S(const float *const *rows, long from, const float *w, const cv_finish *f,       \
                                long channel, float *y, long distance, long count) {                           \
    row_##K##_##S(rows, from, w, f, channel, y, distance, count, 1);                                           \
  }

ROW(3, 1)
ROW(3, 2)
ROW(5, 1)
ROW(5, 2)

// Pixels from 32 channels or fewer, cut to a range; zeros in place of missing channels and of a last odd one's neighbour.
static void lay_in_pairs(const float *x, long pitch, long count, int narrow, long channels, const cv_finish *f,
                         float *e) {
  __m512 low = _mm512_set1_ps(f->low), high = _mm512_set1_ps(f->high);
  for (long p = 0; p < count; p += 2)
    for (long l = 0; l < BLOCK && l < channels; l += 16) {
      __mmask16 some = some_of(channels - l, 0);
      __m512 first = some_beside(x, p * pitch + l, narrow, some);
      __m512 second = p + 1 < count ? some_beside(x, (p + 1) * pitch + l, narrow, some) : _mm512_setzero_ps();
      __m512i pair = side_by_side(CUT_BF16(first), p + 1 < count ? CUT_BF16(second) : second);
      _mm512_storeu_si512(e + p / 2 * BLOCK + l, pair);
    }
}

static const paired_filters filters_of_pairs = {
    .rows = {{{even_row_3_1, odd_row_3_1}, {even_row_3_2, odd_row_3_2}},
             {{even_row_5_1, odd_row_5_1}, {even_row_5_2, odd_row_5_2}}},
    .lay = lay_in_pairs};
#undef ROW
#undef SOME_PIXELS
#undef PIXELS
#undef LATE
#undef STARTS
#undef PAIRS
