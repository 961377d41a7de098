// Depthwise rows of separable.c, compiled once for each set of instructions: NAME comes from the includer.

// P pixels of as many channels as a register holds, each from `from` on in K rows whose pixels lie 32 floats apart; each
// element is loaded once.
#define PIXELS(K, S, P)                                                                                        \
  static inline __attribute__((always_inline)) void NAME(filter_##K##_##S##_##P)(                              \
      const float *const *rows, long from, const float *w, const cv_finish *f, long channel, float *y,         \
      long distance) {                                                                                         \
    vector sums[P];                                                                                            \
    float low = f->low, high = f->high;                                                                        \
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
      VECTOR(y + p * distance) = CUT_AS(vector, sums[p], low, high);                                           \
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

// AHEAD pixels of all channels straight from the input, whose row below is fetched meanwhile; CUTS says whether the input is
// cut to a range.
#if ROWS > 6
#define AHEAD 7
#else
#define AHEAD 5
#endif
#define DIRECT(CUTS)                                                                                           \
  static void NAME(direct_##CUTS)(const direct_rows *j, const float *const *rows, float *y) {                  \
    const cv_finish *f = j->finish;                                                                            \
    float low = j->before->low, high = j->before->high, least = f->low, most = f->high;                        \
    if (rows[2] && j->fetches)                                                                                 \
      for (long at = 0; at < AHEAD * j->pitch; at += 16)                                                       \
        __builtin_prefetch(rows[2] + (j->width + 1) * j->pitch + at);                                          \
    for (long c = 0; c < j->channels; c += LANES) {                                                            \
      const float *w = j->w + c / BLOCK * 9 * BLOCK + c % BLOCK;                                               \
      vector sums[AHEAD];                                                                                      \
      _Pragma("unroll") for (int p = 0; p < AHEAD; p++) sums[p] = VECTOR(f->bias + c);                         \
      for (int ky = 0; ky < 3; ky++) {                                                                         \
        if (!rows[ky]) continue;                                                                               \
        vector taps[3];                                                                                        \
        _Pragma("unroll") for (int kx = 0; kx < 3; kx++) taps[kx] = VECTOR(w + (ky * 3 + kx) * BLOCK);         \
        _Pragma("unroll") for (int i = 0; i < AHEAD + 2; i++) {                                                \
          vector value = VECTOR(rows[ky] + i * j->pitch + c);                                                  \
          if (CUTS) value = CUT_AS(vector, value, low, high);                                                  \
          _Pragma("unroll") for (int kx = 0; kx < 3; kx++)                                                     \
            if (i >= kx && i - kx < AHEAD) sums[i - kx] += taps[kx] * value;                                   \
        }                                                                                                      \
      }                                                                                                        \
      _Pragma("unroll") for (int p = 0; p < AHEAD; p++)                                                        \
        VECTOR(y + p * j->distance + c) = CUT_AS(vector, sums[p], least, most);                                \
    }                                                                                                          \
  }
DIRECT(0)
DIRECT(1)
#undef DIRECT

// One pixel, taps first..<last of each row.
static void NAME(direct_edge)(const direct_rows *j, const float *const *rows, long first, long last, float *y) {
  const cv_finish *f = j->finish;
  for (long c = 0; c < j->channels; c += LANES) {
    const float *w = j->w + c / BLOCK * 9 * BLOCK + c % BLOCK;
    vector sum = VECTOR(f->bias + c);
    for (long ky = 0; ky < 3; ky++)
      for (long kx = first; rows[ky] && kx < last; kx++)
        sum += VECTOR(w + (ky * 3 + kx) * BLOCK) *
               CUT_AS(vector, VECTOR(rows[ky] + kx * j->pitch + c), j->before->low, j->before->high);
    VECTOR(y + c) = CUT_AS(vector, sum, f->low, f->high);
  }
}

// Pixels x..<x + count of a row; some may be computed twice.
static void NAME(direct_row)(const direct_rows *j, long x, long count, float *y) {
  long end = x + count, first = CV_MAX(x, j->left), last = CV_MIN(end, j->width - 2 + j->left);
  int cuts = j->before->low > -INFINITY || j->before->high < INFINITY;
  for (long p = x; p < end;) {
    int many = last - first >= AHEAD && p >= first && p < last;
    if (many) p = CV_MIN(p, last - AHEAD);
    const float *rows[3];
    for (int k = 0; k < 3; k++) rows[k] = j->rows[k] ? j->rows[k] + (p - j->left) * j->pitch : 0;
    float *to = y + (p - x) * j->distance;
    if (!many)
      NAME(direct_edge)(j, rows, CV_MAX(0, j->left - p), CV_MIN(3, j->width + j->left - p), to);
    else if (cuts)
      NAME(direct_1)(j, rows, to);
    else
      NAME(direct_0)(j, rows, to);
    p += many ? AHEAD : 1;
  }
}
#undef AHEAD

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
  float low = f->low, high = f->high;
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
      z = CUT(z, low, high);
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
