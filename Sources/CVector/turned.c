#include "avx512.h"
#include "reverse.h"

#define LOW(a, b) \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HIGH(a, b) \
  __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)

// Rows of 16 floats `from` apart become columns, of which the first `left` are stored `to` apart.
CV_HOT static void turn_square(const float *x, long from, long rows, const float *ahead, float *y, long to, long left) {
  v16 a[16], b[16];
#pragma unroll
  for (int r = 0; r < 16; r++) {
    a[r] = r < rows ? LOAD(x + r * from) : (v16)0.0f;
    if (ahead) __builtin_prefetch(ahead + r * from, 0, 2);
  }
  // Shuffling four times halves of all rows together turns them.
#define ROUND(p, q)                  \
  _Pragma("unroll") for (int r = 0; r < 8; r++) { \
    q[2 * r] = LOW(p[r], p[r + 8]);      \
    q[2 * r + 1] = HIGH(p[r], p[r + 8]); \
  }
  ROUND(a, b)
  ROUND(b, a)
  ROUND(a, b)
  ROUND(b, a)
#undef ROUND
#pragma unroll
  for (int r = 0; r < 16; r++)
    if (r < left) LOAD(y + r * to) = a[r];
}

#if defined(__x86_64__)
// The same for whole squares with half the shuffles: quarters of rows are put together as they are loaded.
__attribute__((target(AVX512))) static void turn_square_512(const float *x, long from, const float *ahead, float *y,
                                                            long to) {
  if (ahead)
    for (int r = 0; r < 16; r++) __builtin_prefetch(ahead + r * from, 0, 2);
#pragma unroll
  for (int g = 0; g < 4; g++) {
    __m512 rows[4];
#pragma unroll
    for (int k = 0; k < 4; k++) {
      const float *p = x + k * from + 4 * g;
      __m512 v = _mm512_broadcast_f32x4(_mm_loadu_ps(p));
      v = _mm512_mask_broadcast_f32x4(v, 0x00f0, _mm_loadu_ps(p + 4 * from));
      v = _mm512_mask_broadcast_f32x4(v, 0x0f00, _mm_loadu_ps(p + 8 * from));
      rows[k] = _mm512_mask_broadcast_f32x4(v, 0xf000, _mm_loadu_ps(p + 12 * from));
    }
    __m512d a = _mm512_castps_pd(_mm512_unpacklo_ps(rows[0], rows[1]));
    __m512d b = _mm512_castps_pd(_mm512_unpackhi_ps(rows[0], rows[1]));
    __m512d c = _mm512_castps_pd(_mm512_unpacklo_ps(rows[2], rows[3]));
    __m512d d = _mm512_castps_pd(_mm512_unpackhi_ps(rows[2], rows[3]));
    float *column = y + 4 * g * to;
    _mm512_storeu_ps(column, _mm512_castpd_ps(_mm512_unpacklo_pd(a, c)));
    _mm512_storeu_ps(column + to, _mm512_castpd_ps(_mm512_unpackhi_pd(a, c)));
    _mm512_storeu_ps(column + 2 * to, _mm512_castpd_ps(_mm512_unpacklo_pd(b, d)));
    _mm512_storeu_ps(column + 3 * to, _mm512_castpd_ps(_mm512_unpackhi_pd(b, d)));
  }
}
#endif

#if defined(__x86_64__)
// The same with half as long registers: eight rows at a time.
__attribute__((target("avx2"))) static void turn_square_256(const float *x, long from, const float *ahead, float *y,
                                                            long to) {
  if (ahead)
    for (int r = 0; r < 16; r++) __builtin_prefetch(ahead + r * from, 0, 2);
#pragma unroll
  for (int half = 0; half < 16; half += 8)
#pragma unroll
    for (int g = 0; g < 4; g++) {
      __m256 rows[4];
#pragma unroll
      for (int k = 0; k < 4; k++) {
        const float *p = x + (half + k) * from + 4 * g;
        rows[k] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)), _mm_loadu_ps(p + 4 * from), 1);
      }
      __m256d a = _mm256_castps_pd(_mm256_unpacklo_ps(rows[0], rows[1]));
      __m256d b = _mm256_castps_pd(_mm256_unpackhi_ps(rows[0], rows[1]));
      __m256d c = _mm256_castps_pd(_mm256_unpacklo_ps(rows[2], rows[3]));
      __m256d d = _mm256_castps_pd(_mm256_unpackhi_ps(rows[2], rows[3]));
      float *column = y + 4 * g * to + half;
      _mm256_storeu_ps(column, _mm256_castpd_ps(_mm256_unpacklo_pd(a, c)));
      _mm256_storeu_ps(column + to, _mm256_castpd_ps(_mm256_unpackhi_pd(a, c)));
      _mm256_storeu_ps(column + 2 * to, _mm256_castpd_ps(_mm256_unpacklo_pd(b, d)));
      _mm256_storeu_ps(column + 3 * to, _mm256_castpd_ps(_mm256_unpackhi_pd(b, d)));
    }
}
#endif

#if defined(__x86_64__)
// The same for pairs: what was a pair of two inputs of one output becomes one of two outputs of one input. `rows` pairs of
// inputs and `left` outputs.
__attribute__((target(AVX512))) static void turn_pairs(const float *x, long from, long rows, const float *ahead,
                                                       float *y, long vectors, long left) {
  _Alignas(64) float square[16 * 16];
  if (rows == 16)
    turn_square_512(x, from, ahead, square, 16);
  else
    turn_square(x, from, rows, 0, square, 16, 16);
  __m512i count = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  __m512i low = _mm512_or_si512(count, _mm512_slli_epi32(_mm512_or_si512(count, _mm512_set1_epi32(32)), 16));
  __m512i high = _mm512_add_epi16(low, _mm512_set1_epi16(16));
  for (long l = 0; l < left; l += 2) {
    __m512i a = _mm512_load_si512(square + l * 16), b = _mm512_load_si512(square + l * 16 + 16);
    float *to = y + l / 2 * 16 * vectors;
    _mm512_storeu_si512(to, _mm512_permutex2var_epi16(a, low, b));
    if (vectors > 1) _mm512_storeu_si512(to + 16, _mm512_permutex2var_epi16(a, high, b));
  }
}
#endif

// A square of weights, whole.
static void turn_whole(const float *x, long from, const float *ahead, float *y, long to) {
#if defined(__x86_64__)
  switch (cv_instructions()) {
    case 2: turn_square_512(x, from, ahead, y, to); return;
    case 1: turn_square_256(x, from, ahead, y, to); return;
  }
#endif
  turn_square(x, from, 16, ahead, y, to, 16);
}

// The weights of a block of outputs from `o` on; those of the next one are fetched where they are not yet near.
static void turn_block(const packed_weights *w, long o, long first, long count, long vectors, int isNear,
                              float *panel) {
  long width = w->outputs - o > 16 ? BLOCK : 16;
  const float *block = w->packed + o * w->inner + first * width;
  const float *ahead = !isNear && o + 2 * BLOCK <= w->outputs ? block + BLOCK * w->inner : 0;
#if defined(__x86_64__)
  for (long l = 0; w->pairs && l < width && o + l < w->outputs; l += 16)
    turn_pairs(block + l, width, CV_MIN(16, count / 2), ahead ? ahead + l : 0, panel + (o + l) / 2 * 16 * vectors, vectors,
               CV_MIN(16, w->outputs - o - l));
#endif
  if (w->pairs) return;
  for (long v = 0; v < vectors; v++)
    for (long l = 0; l < width; l += 16) {
      long at = v * 16 * width + l, left = CV_MIN(16, w->outputs - o - l);
      float *to = panel + (o + l) * 16 * vectors + v * 16;
      if (count - v * 16 >= 16 && left == 16)
        turn_whole(block + at, width, ahead ? ahead + at : 0, to, 16 * vectors);
      else if (left > 0)
        turn_square(block + at, width, count - v * 16, 0, to, 16 * vectors, left);
    }
}

void cv_turn_weights(const packed_weights *w, long first, long count, long vectors, float *panel) {
  for (long o = 0; o < w->outputs; o += BLOCK) turn_block(w, o, first, count, vectors, 0, panel);
}

// Blocks of outputs whose products are summed before they are added to what there is: always as many, so that neither the
// number of threads nor what they happen to fetch changes a sum.
#define BLOCKS_AT_ONCE 4

static void turn_next(const next_weights *next, long tap, long block, long count, int isNear) {
  for (long o = block; o < block + count * BLOCK && o < next->weights.outputs; o += BLOCK)
    turn_block(&next->weights, o, next->first[tap], next->count, next->vectors, isNear,
               next->panel + tap * cv_panel_rows(&next->weights) * 16 * next->vectors);
}

void cv_turned_tile(const turned_weights *w, const next_weights *next, const float *const *rows, long count, long place,
                    long tiles, float *sums) {
  tile_function multiply = w->k->tiles[w->vectors - 1][count - 1];
  long width = 16 * w->vectors, most = w->k->rows, outputs = w->weights.outputs, each = w->weights.pairs ? 2 : 1;
  tile job = {.taps = w->taps, .run = outputs / each, .pitch = width, .low = -INFINITY, .high = INFINITY};
  if (!w->in_steps) {
    multiply(&job, rows, w->panel, sums, 0, 0);
    return;
  }
  // Of the blocks that all tiles multiply at once each turns one or some, or some do. They are fetched meanwhile, and turned
  // behind the products that follow, when they have come.
  long mine = place * BLOCKS_AT_ONCE / tiles, end = (place + 1) * BLOCKS_AT_ONCE / tiles, fetched = -1, fetched_tap = 0;
  job.taps = 1;
  for (long tap = 0; tap < w->taps; tap++)
    for (long o = 0; o < outputs; o += BLOCKS_AT_ONCE * BLOCK) {
      const float *from[MOST_ROWS];
      for (long r = 0; r < count; r++) from[r] = rows[tap * most + r] + o / each;
      job.run = CV_MIN(BLOCKS_AT_ONCE * BLOCK, outputs - o) / each;
      long block = o + mine * BLOCK, wide = outputs - block > 16 ? BLOCK : 16;
      int fetches = next && mine < end && tap < next->taps && block < outputs;
      job.ahead = fetches ? next->weights.packed + block * next->weights.inner + next->first[tap] * wide : 0;
      job.step = fetches ? 16 * next->vectors / each * wide * (long)sizeof(float) / job.run : 0;
      multiply(&job, from, w->panel + (tap * outputs + o) / each * width, sums, tap + o > 0 ? sums : 0, 0);
      if (fetched >= 0) turn_next(next, fetched_tap, fetched, end - mine, w->k->fetches);
      fetched = fetches ? block : -1;
      fetched_tap = tap;
    }
  if (fetched >= 0) turn_next(next, fetched_tap, fetched, end - mine, w->k->fetches);
}
