// Depthwise rows of separable.c, compiled once for each set of instructions: NAME comes from the includer.

// P pixels of 16 channels from K rows of a band whose pixels lie 32 floats apart; each element is loaded once.
#define PIXELS(K, S, P)                                                                                        \
  static inline __attribute__((always_inline)) void NAME(filter_##K##_##S##_##P)(                              \
      const float *e, long pitch, const float *w, const cv_finish *f, long channel, float *y, long distance) { \
    v16 sums[P];                                                                                               \
    _Pragma("unroll") for (int p = 0; p < P; p++) sums[p] = LOAD(f->bias + channel);                           \
    for (int ky = 0; ky < K; ky++) {                                                                           \
      const float *row = e + ky * pitch;                                                                       \
      v16 taps[K];                                                                                             \
      _Pragma("unroll") for (int kx = 0; kx < K; kx++) taps[kx] = LOAD(w + (ky * K + kx) * BLOCK);             \
      _Pragma("unroll") for (int i = 0; i < (P - 1) * S + K; i++) {                                            \
        v16 value = LOAD(row + i * BLOCK);                                                                     \
        _Pragma("unroll") for (int kx = 0; kx < K; kx++)                                                       \
          if (i >= kx && (i - kx) % S == 0 && (i - kx) / S < P) sums[(i - kx) / S] += taps[kx] * value;        \
      }                                                                                                        \
    }                                                                                                          \
    _Pragma("unroll") for (int p = 0; p < P; p++) LOAD(y + p * distance) = CUT(sums[p], f->low, f->high);      \
  }

// A row of pixels; the last seven may be computed twice.
#define ROW(K, S)                                                                                              \
  PIXELS(K, S, 7)                                                                                              \
  PIXELS(K, S, 1)                                                                                              \
  static void NAME(filter_##K##_##S)(const float *e, long pitch, const float *w, const cv_finish *f,           \
                                     long channel, float *y, long distance, long count) {                      \
    if (count < 7) {                                                                                           \
      for (long x = 0; x < count; x++)                                                                         \
        NAME(filter_##K##_##S##_1)(e + x * S * BLOCK, pitch, w, f, channel, y + x * distance, distance);       \
      return;                                                                                                  \
    }                                                                                                          \
    for (long x = 0; x < count; x += 7) {                                                                      \
      long at = CV_MIN(x, count - 7);                                                                          \
      NAME(filter_##K##_##S##_7)(e + at * S * BLOCK, pitch, w, f, channel, y + at * distance, distance);       \
    }                                                                                                          \
  }

ROW(3, 1)
ROW(3, 2)
ROW(5, 1)
ROW(5, 2)

// 32 channels of a pixel, cut to a range.
static void NAME(cut)(const float *x, int narrow, const cv_finish *f, float *e) {
  for (int l = 0; l < BLOCK; l += 16) {
    v16 z = narrow ? LOAD_NARROW(element(x, l, 1)) : LOAD(x + l);
    LOAD(e + l) = CUT(z, f->low, f->high);
  }
}

static const filter_function NAME(filters)[2][2] = {{NAME(filter_3_1), NAME(filter_3_2)},
                                                    {NAME(filter_5_1), NAME(filter_5_2)}};
#undef ROW
#undef PIXELS
