// Depthwise rows of separable.c, compiled once for each set of instructions: NAME comes from the includer.

// P pixels of as many channels as a register holds, each from `from` on in K rows whose pixels lie 32 floats apart; each
// element is loaded once.
#define PIXELS(K, S, P)                                                                                        \
  static inline __attribute__((always_inline)) void NAME(filter_##K##_##S##_##P)(                              \
      const float *const *rows, long from, const float *w, const cv_finish *f, long channel, float *y,         \
      long distance) {                                                                                         \
    vector sums[P];                                                                                            \
    _Pragma("unroll") for (int p = 0; p < P; p++) sums[p] = VECTOR(f->bias + channel);                         \
    for (int ky = 0; ky < K; ky++) {                                                                           \
      const float *row = rows[ky] + from;                                                                      \
      vector taps[K];                                                                                          \
      _Pragma("unroll") for (int kx = 0; kx < K; kx++) taps[kx] = VECTOR(w + (ky * K + kx) * BLOCK);           \
      _Pragma("unroll") for (int i = 0; i < (P - 1) * S + K; i++) {                                            \
        vector value = VECTOR(row + i * BLOCK);                                                                \
        _Pragma("unroll") for (int kx = 0; kx < K; kx++)                                                       \
          if (i >= kx && (i - kx) % S == 0 && (i - kx) / S < P) sums[(i - kx) / S] += taps[kx] * value;        \
      }                                                                                                        \
    }                                                                                                          \
    _Pragma("unroll") for (int p = 0; p < P; p++)                                                              \
      VECTOR(y + p * distance) = CUT_AS(vector, sums[p], f->low, f->high);                                     \
  }

// A row of pixels; the last seven may be computed twice.
#define ROW(K, S)                                                                                              \
  PIXELS(K, S, 7)                                                                                              \
  PIXELS(K, S, 1)                                                                                              \
  static void NAME(filter_##K##_##S)(const float *const *rows, long from, const float *w, const cv_finish *f,  \
                                     long channel, float *y, long distance, long count) {                      \
    for (long l = 0; l < 16; l += LANES, from += LANES, w += LANES, channel += LANES, y += LANES) {            \
      if (count < 7) {                                                                                         \
        for (long x = 0; x < count; x++)                                                                       \
          NAME(filter_##K##_##S##_1)(rows, from + x * S * BLOCK, w, f, channel, y + x * distance, distance);   \
        continue;                                                                                              \
      }                                                                                                        \
      for (long x = 0; x < count; x += 7) {                                                                    \
        long at = CV_MIN(x, count - 7);                                                                        \
        NAME(filter_##K##_##S##_7)(rows, from + at * S * BLOCK, w, f, channel, y + at * distance, distance);   \
      }                                                                                                        \
    }                                                                                                          \
  }

#if ROWS > 6
#define LANES 16
typedef v16 NAME(vector);
#else
#define LANES 8
typedef v8 NAME(vector);
#endif
#define vector NAME(vector)
#define VECTOR(p) (*(vector *)(uintptr_t)(p))

ROW(3, 1)
ROW(3, 2)
ROW(5, 1)
ROW(5, 2)

// 32 channels or fewer of pixels that lie `pitch` elements apart, cut to a range; zeros in place of missing ones.
static void NAME(cut)(const float *x, long pitch, long count, int narrow, long channels, const cv_finish *f, float *e) {
  float low = f->low, high = f->high;
  for (long l = 0; l < BLOCK && l < channels; l += 16) {
    long own = channels - l;
    const float *from = element(x, l, narrow);
    float *to = e + l;
    if (own >= 16 && narrow)
      for (long p = 0; p < count; p++) LOAD(to + p * BLOCK) = CUT(LOAD_NARROW(element(from, p * pitch, 1)), low, high);
    else if (own >= 16)
      for (long p = 0; p < count; p++) {
        // The row below lies behind this one's pixels.
        __builtin_prefetch(from + (p + count) * pitch);
        LOAD(to + p * BLOCK) = CUT(LOAD(from + p * pitch), low, high);
      }
    else
      for (long p = 0; p < count; p++) {
        const float *pixel = element(from, p * pitch, narrow);
        float some[16] = {0};
        for (long c = 0; c < own; c++) some[c] = narrow ? widen(((const uint16_t *)pixel)[c]) : pixel[c];
        LOAD(to + p * BLOCK) = CUT(LOAD(some), low, high);
      }
  }
}

// `count` pixels of the results at element `place` on: their outputs are the sums of `parts`, `step` floats apart.
static void NAME(gather)(const float *sums, long pitch, long step, long parts, long count, long outputs,
                         const cv_finish *f, long place, float *y) {
  for (long p = 0; p < count; p++)
    for (long o = 0; o < outputs; o += 16) {
      v16 z = LOAD(sums + p * pitch + o);
      for (long part = 1; part < parts; part++) z += LOAD(sums + part * step + p * pitch + o);
      long at = place + p * outputs + o;
      const float *residual = f->residual ? element(f->residual, at, f->narrow_residual) : 0;
      if (outputs - o < 16) {
        float rest[16];
        LOAD(rest) = z;
        cv_store_rest(f, rest, 16, 1, outputs - o, f->bias ? f->bias + o : 0, residual, element(y, at, f->narrow), 0);
        continue;
      }
      if (f->bias) z += LOAD(f->bias + o);
      if (residual) z += f->narrow_residual ? LOAD_NARROW(residual) : LOAD(residual);
      z = CUT(z, f->low, f->high);
      if (f->narrow) STORE_NARROW(element(y, at, 1), z);
      else LOAD(y + at) = z;
    }
}

static const filter_function NAME(filters)[2][2] = {{NAME(filter_3_1), NAME(filter_3_2)},
                                                    {NAME(filter_5_1), NAME(filter_5_2)}};
#undef ROW
#undef PIXELS
#undef VECTOR
#undef vector
#undef LANES
