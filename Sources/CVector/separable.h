// Depthwise rows of separable.c, compiled once for each set of instructions: NAME comes from the includer.

// P pixels of 16 channels, each from `from` on in K rows whose pixels lie 32 floats apart; each element is loaded once.
#define PIXELS(K, S, P)                                                                                        \
  static inline __attribute__((always_inline)) void NAME(filter_##K##_##S##_##P)(                              \
      const float *const *rows, long from, const float *w, const cv_finish *f, long channel, float *y,         \
      long distance) {                                                                                         \
    v16 sums[P];                                                                                               \
    _Pragma("unroll") for (int p = 0; p < P; p++) sums[p] = LOAD(f->bias + channel);                           \
    for (int ky = 0; ky < K; ky++) {                                                                           \
      const float *row = rows[ky] + from;                                                                      \
      v16 taps[K];                                                                                             \
      _Pragma("unroll") for (int kx = 0; kx < K; kx++) taps[kx] = LOAD(w + (ky * K + kx) * BLOCK);             \
      _Pragma("unroll") for (int i = 0; i < (P - 1) * S + K; i++) {                                            \
        v16 value = LOAD(row + i * BLOCK);                                                                     \
        _Pragma("unroll") for (int kx = 0; kx < K; kx++)                                                       \
          if (i >= kx && (i - kx) % S == 0 && (i - kx) / S < P) sums[(i - kx) / S] += taps[kx] * value;        \
      }                                                                                                        \
    }                                                                                                          \
    _Pragma("unroll") for (int p = 0; p < P; p++)                                                              \
      LOAD(y + p * distance) = CUT(sums[p], f->low, f->high);                                                  \
  }

// A row of pixels; the last seven may be computed twice.
#define ROW(K, S)                                                                                              \
  PIXELS(K, S, 7)                                                                                              \
  PIXELS(K, S, 1)                                                                                              \
  static void NAME(filter_##K##_##S)(const float *const *rows, long from, const float *w, const cv_finish *f,  \
                                     long channel, float *y, long distance, long count) {                      \
    if (count < 7) {                                                                                           \
      for (long x = 0; x < count; x++)                                                                         \
        NAME(filter_##K##_##S##_1)(rows, from + x * S * BLOCK, w, f, channel, y + x * distance, distance);     \
      return;                                                                                                  \
    }                                                                                                          \
    for (long x = 0; x < count; x += 7) {                                                                      \
      long at = CV_MIN(x, count - 7);                                                                          \
      NAME(filter_##K##_##S##_7)(rows, from + at * S * BLOCK, w, f, channel, y + at * distance, distance);     \
    }                                                                                                          \
  }

ROW(3, 1)
ROW(3, 2)
ROW(5, 1)
ROW(5, 2)

// 32 channels of pixels that lie `pitch` elements apart, cut to a range.
static void NAME(cut)(const float *x, long pitch, long count, int narrow, const cv_finish *f, float *e) {
  float low = f->low, high = f->high;
  if (narrow)
    for (long p = 0; p < count; p++)
      _Pragma("unroll") for (int l = 0; l < BLOCK; l += 16)
        LOAD(e + p * BLOCK + l) = CUT(LOAD_NARROW(element(x, p * pitch + l, 1)), low, high);
  else
    for (long p = 0; p < count; p++)
      _Pragma("unroll") for (int l = 0; l < BLOCK; l += 16)
        LOAD(e + p * BLOCK + l) = CUT(LOAD(x + p * pitch + l), low, high);
}

static const filter_function NAME(filters)[2][2] = {{NAME(filter_3_1), NAME(filter_3_2)},
                                                    {NAME(filter_5_1), NAME(filter_5_2)}};
#undef ROW
#undef PIXELS
