// The loops of CVConvolution, compiled once for each set of instructions: NAME and ROWS come from the includer.

// One element's products: R pixels times NV vectors of outputs.
#define ELEMENT(R, NV, WIDTH, K)                                                                               \
  {                                                                                                            \
    v16 b[NV];                                                                                                 \
    _Pragma("unroll") for (int v = 0; v < NV; v++) b[v] = LOAD(w + 16 * v);                                    \
    w += WIDTH;                                                                                                \
    _Pragma("unroll") for (int r = 0; r < R; r++) {                                                            \
      float a = p[r][K];                                                                                       \
      _Pragma("unroll") for (int v = 0; v < NV; v++) sums[r][v] += b[v] * a;                                   \
    }                                                                                                          \
  }

// R pixels times NV vectors of outputs; sums stay in registers over all taps. What is added at the end comes meanwhile.
// The weights of one element and the next lie WIDTH floats apart. With few registers four elements go together, and of what is
// fetched ahead there are only the lines of the results: where a core is shared, what it decodes a cycle is the limit, so that
// nothing but products may stand between them, and the loop starts a line of the cache of decoded instructions.
#define TILE(R, NV, WIDTH)                                                                                     \
  static void NAME(tile_##R##_##NV##_of_##WIDTH)(const tile *j, const float *const *rows, const float *w,      \
                                                 float *y, const float *residual, const float *bias) {         \
    v16 sums[R][NV];                                                                                           \
    const char *ahead = (const char *)(j->ahead ? j->ahead : w);                                               \
    long step = j->step;                                                                                       \
    _Pragma("unroll") for (int r = 0; r < R; r++)                                                              \
      _Pragma("unroll") for (int v = 0; v < NV; v++) sums[r][v] = bias ? LOAD(bias + 16 * v) : (v16)0.0f;      \
    if (residual)                                                                                              \
      _Pragma("unroll") for (int r = 0; r < R; r++)                                                            \
        _Pragma("unroll") for (int v = 0; v < NV; v++) __builtin_prefetch(residual + r * j->pitch + 16 * v);   \
    if (ROWS == 6)                                                                                             \
      _Pragma("unroll") for (int r = 0; r < R; r++)                                                            \
        _Pragma("unroll") for (int v = 0; v < NV; v++) __builtin_prefetch(y + r * j->pitch + 16 * v, 1);       \
    for (long t = 0; t < j->taps; t++) {                                                                       \
      const float *p[R];                                                                                       \
      _Pragma("unroll") for (int r = 0; r < R; r++) p[r] = rows[t * ROWS + r];                                 \
      long k = 0, fours = ROWS == 6 ? j->run & ~3 : 0;                                                         \
      [[clang::code_align(64)]] for (; k < fours; k += 4)                                                      \
        _Pragma("unroll") for (int next = 0; next < 4; next++) ELEMENT(R, NV, WIDTH, k + next)                 \
      for (; k < j->run; k++) {                                                                                \
        if (ROWS > 6) {                                                                                        \
          if (step) __builtin_prefetch(ahead);                                                                 \
          ahead += step;                                                                                       \
        }                                                                                                      \
        ELEMENT(R, NV, WIDTH, k)                                                                               \
      }                                                                                                        \
    }                                                                                                          \
    float low = j->low, high = j->high;                                                                        \
    long pitch = j->pitch;                                                                                     \
    if (residual)                                                                                              \
      _Pragma("unroll") for (int r = 0; r < R; r++)                                                            \
        _Pragma("unroll") for (int v = 0; v < NV; v++) sums[r][v] += LOAD(residual + r * pitch + 16 * v);      \
    _Pragma("unroll") for (int r = 0; r < R; r++)                                                              \
      _Pragma("unroll") for (int v = 0; v < NV; v++) LOAD(y + r * pitch + 16 * v) = CUT(sums[r][v], low, high); \
  }

#if ROWS > 6
#define ALL(M, NV, WIDTH)                                                                                      \
  M(1, NV, WIDTH) M(2, NV, WIDTH) M(3, NV, WIDTH) M(4, NV, WIDTH) M(5, NV, WIDTH) M(6, NV, WIDTH) M(7, NV, WIDTH) \
  M(8, NV, WIDTH) M(9, NV, WIDTH) M(10, NV, WIDTH) M(11, NV, WIDTH) M(12, NV, WIDTH) M(13, NV, WIDTH)          \
  M(14, NV, WIDTH)
#else
#define ALL(M, NV, WIDTH)                                                                                      \
  M(1, NV, WIDTH) M(2, NV, WIDTH) M(3, NV, WIDTH) M(4, NV, WIDTH) M(5, NV, WIDTH) M(6, NV, WIDTH)
#endif
#define LIST(R, NV, WIDTH) NAME(tile_##R##_##NV##_of_##WIDTH),
ALL(TILE, 1, 16)
#if ROWS > 6
ALL(TILE, 2, 32)
#else
// Few registers: two vectors of outputs go one after the other.
ALL(TILE, 1, 32)
#define PAIR(R, NV, WIDTH)                                                                                     \
  static void NAME(tile_##R##_##NV##_of_##WIDTH)(const tile *j, const float *const *rows, const float *w,      \
                                                 float *y, const float *residual, const float *bias) {         \
    NAME(tile_##R##_1_of_32)(j, rows, w, y, residual, bias);                                                   \
    NAME(tile_##R##_1_of_32)(j, rows, w + 16, y + 16, residual ? residual + 16 : 0, bias ? bias + 16 : 0); \
  }
ALL(PAIR, 2, 32)
#undef PAIR
#endif
static const tile_function NAME(tiles)[2][ROWS] = {{ALL(LIST, 1, 16)}, {ALL(LIST, 2, 32)}};
#undef LIST
#undef ALL
#undef TILE
#undef ELEMENT

// One column of R rows of changes times the row of weights FROM.
#define CHANGE(R, NV, K, FROM, KEEP)                                                                           \
  {                                                                                                            \
    const float *row = FROM;                                                                                   \
    v16 b[NV];                                                                                                 \
    _Pragma("unroll") for (int v = 0; v < NV; v++) b[v] = LOAD(row + 16 * v);                                  \
    if (KEEP) {                                                                                                \
      _Pragma("unroll") for (int v = 0; v < NV; v++) LOAD(kept + 16 * v) = b[v];                               \
      kept += 16 * NV;                                                                                         \
    }                                                                                                          \
    _Pragma("unroll") for (int r = 0; r < R; r++) {                                                            \
      float a = x[r * CHANGES_PITCH + K];                                                                      \
      _Pragma("unroll") for (int v = 0; v < NV; v++) sums[r][v] += b[v] * a;                                   \
    }                                                                                                          \
  }
#define COLUMNS(R, NV, FROM, KEEP)                                                                             \
  {                                                                                                            \
    long k = 0, fours = ROWS == 6 ? count & ~3 : 0;                                                            \
    [[clang::code_align(64)]] for (; k < fours; k += 4)                                                        \
      _Pragma("unroll") for (int next = 0; next < 4; next++) CHANGE(R, NV, k + next, FROM(k + next), KEEP)     \
    for (; k < count; k++) CHANGE(R, NV, k, FROM(k), KEEP)                                                     \
  }
// R rows of changes times NV vectors of outputs, added to y: only the listed rows of weights are read, or all where they lie
// one behind the other.
#define LISTED(K) w + list[K] * step
#define NEXT(K) w + (K) * 16 * VECTORS
#define CHANGES(R, NV)                                                                                         \
  static void NAME(changes_##R##_##NV)(const int *list, long count, const float *x, const float *w, long step, \
                                       float *const *y, float *kept) {                                         \
    enum { VECTORS = NV };                                                                                     \
    v16 sums[R][NV];                                                                                           \
    _Pragma("unroll") for (int r = 0; r < R; r++)                                                              \
      _Pragma("unroll") for (int v = 0; v < NV; v++) sums[r][v] = LOAD(y[r] + 16 * v);                         \
    if (!list)                                                                                                 \
      COLUMNS(R, NV, NEXT, 0)                                                                                  \
    else if (kept)                                                                                             \
      COLUMNS(R, NV, LISTED, 1)                                                                                \
    else                                                                                                       \
      COLUMNS(R, NV, LISTED, 0)                                                                                \
    _Pragma("unroll") for (int r = 0; r < R; r++)                                                              \
      _Pragma("unroll") for (int v = 0; v < NV; v++) LOAD(y[r] + 16 * v) = sums[r][v];                         \
  }

#if ROWS > 6
#define ALL(M, NV)                                                                                             \
  M(1, NV) M(2, NV) M(3, NV) M(4, NV) M(5, NV) M(6, NV) M(7, NV) M(8, NV) M(9, NV) M(10, NV) M(11, NV) M(12, NV) \
  M(13, NV) M(14, NV)
#else
#define ALL(M, NV) M(1, NV) M(2, NV) M(3, NV) M(4, NV) M(5, NV) M(6, NV)
#endif
#define LIST(R, NV) NAME(changes_##R##_##NV),
ALL(CHANGES, 1)
#if ROWS > 6
ALL(CHANGES, 2)
static const changes_function NAME(changes_of)[2][ROWS] = {{ALL(LIST, 1)}, {ALL(LIST, 2)}};
#define WIDE_CHANGES NAME(changes_of)[1]
#else
// One row has registers for two vectors.
CHANGES(1, 2)
static const changes_function NAME(changes_of)[1][ROWS] = {{ALL(LIST, 1)}};
#define WIDE_CHANGES 0
#endif
#undef LIST
#undef ALL
#undef CHANGES
#undef NEXT
#undef LISTED
#undef COLUMNS
#undef CHANGE

// Four pixels in a row for 16 channels of a depthwise convolution; taps outside the picture are null.
#define DEPTHWISE(P)                                                                                           \
  static void NAME(depthwise_##P)(const float *const *taps, long count, const float *w, long channels,         \
                                  const cv_finish *f, long channel, long pitch, const float *residual,         \
                                  float *y) {                                                                  \
    v16 sums[P];                                                                                               \
    float low = f->low, high = f->high;                                                                        \
    _Pragma("unroll") for (int p = 0; p < P; p++) sums[p] = f->bias ? LOAD(f->bias + channel) : (v16)0.0f;     \
    for (long t = 0; t < count; t++) {                                                                         \
      v16 k = LOAD(w + t * channels + channel);                                                                \
      _Pragma("unroll") for (int p = 0; p < P; p++) sums[p] += k * LOAD(taps[t * P + p] + channel);            \
    }                                                                                                          \
    _Pragma("unroll") for (int p = 0; p < P; p++) {                                                            \
      if (residual) sums[p] += LOAD(residual + p * pitch + channel);                                           \
      LOAD(y + p * pitch + channel) = CUT(sums[p], low, high);                                                 \
    }                                                                                                          \
  }
DEPTHWISE(1)
DEPTHWISE(4)
#undef DEPTHWISE

#include "separable.h"
#include "rows.h"

static const kernels NAME(kernels) = {ROWS,
                                      {NAME(tiles)[0], NAME(tiles)[1]},
                                      NAME(depthwise_1),
                                      NAME(depthwise_4),
                                      NAME(filters),
                                      NAME(cut),
                                      NAME(gather),
                                      {NAME(changes_of)[0], WIDE_CHANGES},
                                      NAME(changes_1_2),
                                      NAME(linear),
                                      .fetches = ROWS > 6,
                                      .direct = NAME(direct_row)};
#undef WIDE_CHANGES
#undef NAME
#undef ROWS
