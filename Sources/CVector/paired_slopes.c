#include "paired.h"

// Gradients of a convolution's weights on 16-bit floats, tap by tap: a pair is two pixels of the result, one under the
// other, so that a product adds two pixels at once.

int cv_paired_slopes_fit(const cv_window *w, long outputs) {
  return cv_has_bf16() && w->c % 32 == 0 && outputs % 32 == 0 && w->c <= CV_MOST_PAIRED_CHANNELS &&
         outputs <= CV_MOST_PAIRED_CHANNELS;
}

#if defined(__x86_64__)

// Pairs of pixels that are laid side by side at once, and inputs of one tile of sums.
#define PAIRS 128
#define ROWS 8

// Adds to 8 inputs times 32 outputs the products of `steps` pairs of tiles.
PAIRED static void add_products(const uint16_t *x, const uint16_t *dy, long steps, float *sums) {
  __m512 s[ROWS][2];
  const float *rows = (const float *)x, *left = (const float *)dy, *right = left + 16 * steps;
#pragma unroll
  for (int r = 0; r < ROWS; r++) s[r][0] = _mm512_loadu_ps(sums + 32 * r), s[r][1] = _mm512_loadu_ps(sums + 32 * r + 16);
  for (long t = 0; t < steps; t++) {
    __m512bh a = (__m512bh)_mm512_loadu_ps(left + 16 * t), b = (__m512bh)_mm512_loadu_ps(right + 16 * t);
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
      __m512bh value = (__m512bh)_mm512_set1_ps(rows[16 * t + r]);
      s[r][0] = _mm512_dpbf16_ps(s[r][0], value, a);
      s[r][1] = _mm512_dpbf16_ps(s[r][1], value, b);
    }
  }
#pragma unroll
  for (int r = 0; r < ROWS; r++) _mm512_storeu_ps(sums + 32 * r, s[r][0]), _mm512_storeu_ps(sums + 32 * r + 16, s[r][1]);
}

void cv_add_paired_products(const uint16_t *x, long inputs, const uint16_t *dy, long outputs, long steps, float *sums) {
  for (long o = 0; o < outputs; o += 32)
    for (long c = 0; c < inputs; c += ROWS)
      add_products(x + c / 16 * 32 * steps + c % 16 * 2, dy + o * 2 * steps, steps, sums + o * inputs + c * 32);
}

typedef struct {
  const cv_window *w;
  long outputs;
  const uint16_t *x, *dy;
  float *dweights, *dbias;
  char *scratch;
  // Pairs of rows of the result in the batch, the most of them in a group, parts of the batch.
  long pairs, most, parts, taps, values_bytes;
  float *sums;
  double *totals;
} slopes_job;

static void lay_out(slopes_job *j, const cv_window *w, long outputs) {
  j->w = w;
  j->outputs = outputs;
  j->taps = w->kh * w->kw;
  j->pairs = (w->n * w->oh + 1) / 2;
  j->most = CV_MAX(1, PAIRS / w->ow);
  j->parts = cv_threads();
  j->values_bytes = j->most * w->ow * (w->c + outputs) * 4;
}

static long sums_bytes(const slopes_job *j) { return j->parts * j->taps * j->w->c * j->outputs * 4; }

long cv_paired_slopes_scratch(const cv_window *w, long outputs) {
  slopes_job j;
  lay_out(&j, w, outputs);
  return j.parts * j.values_bytes + sums_bytes(&j) + j.parts * outputs * 8;
}

// The same channels of two pixels side by side: [blocks of 16 channels][steps][16 pairs].
PAIRED static void lay_pairs(line upper, line lower, long x, long stride, long w, long ow, long channels, long steps,
                             uint16_t *to) {
  __m512i low = beside_lanes();
  // Halves of the second operand are numbered from 32.
  low = _mm512_add_epi16(low, _mm512_set1_epi32(16 << 16));
  __m512i high = _mm512_add_epi16(low, _mm512_set1_epi16(16));
  for (long o = 0; o < ow; o++, x += stride, to += 32) {
    const uint16_t *a = pixel(upper, x, w, 0), *b = pixel(lower, x, w, 0);
    for (long c = 0; c < channels; c += 32) {
      __m512i first = _mm512_loadu_si512(a + c), second = _mm512_loadu_si512(b + c);
      uint16_t *place = to + c * 2 * steps;
      _mm512_storeu_si512(place, _mm512_permutex2var_epi16(first, low, second));
      _mm512_storeu_si512(place + 32 * steps, _mm512_permutex2var_epi16(first, high, second));
    }
  }
}

static line input_line(const slopes_job *j, long row, long ky) {
  const cv_window *w = j->w;
  if (row >= w->n * w->oh) return (line){cv_no_pixel, 0};
  return line_of(j->x + row / w->oh * w->h * w->w * w->c, row % w->oh * w->sh - w->top + ky * w->dh, w->h, w->w, w->c);
}

static line slope_line(const slopes_job *j, long row) {
  const cv_window *w = j->w;
  return line_of(j->dy, row, w->n * w->oh, w->ow, j->outputs);
}

// Adds to totals the channels of `count` pixels.
PAIRED static void add_up(const uint16_t *dy, long count, long channels, double *totals) {
  for (long c = 0; c < channels; c += 32) {
    parted sum = both(_mm512_setzero_ps());
    for (long i = 0; i < count; i++) sum = plus(sum, parted_at(dy + i * channels + c));
    add_to_totals(totals + c, sum);
  }
}

static void add_group(const slopes_job *j, long first, long count, uint16_t *x, float *sums, double *totals) {
  const cv_window *w = j->w;
  long steps = count * w->ow;
  uint16_t *dy = x + w->c * 2 * steps;
  for (long r = 0; r < count; r++) {
    long row = 2 * (first + r);
    lay_pairs(slope_line(j, row), slope_line(j, row + 1), 0, 1, w->ow, w->ow, j->outputs, steps, dy + r * w->ow * 32);
    for (long i = row; j->dbias && i < CV_MIN(row + 2, w->n * w->oh); i++)
      add_up(j->dy + i * w->ow * j->outputs, w->ow, j->outputs, totals);
  }
  for (long tap = 0; tap < j->taps; tap++) {
    long ky = tap / w->kw, kx = tap % w->kw;
    for (long r = 0; r < count; r++) {
      long row = 2 * (first + r);
      lay_pairs(input_line(j, row, ky), input_line(j, row + 1, ky), kx * w->dw - w->left, w->sw, w->w, w->ow, w->c,
                steps, x + r * w->ow * 32);
    }
    cv_add_paired_products(x, w->c, dy, j->outputs, steps, sums + tap * w->c * j->outputs);
  }
}

static void parts_part(long begin, long end, void *context) {
  const slopes_job *j = context;
  for (long part = begin; part < end; part++) {
    float *sums = j->sums + part * j->taps * j->w->c * j->outputs;
    double *totals = j->totals + part * j->outputs;
    memset(sums, 0, sizeof(float) * (size_t)(j->taps * j->w->c * j->outputs));
    memset(totals, 0, sizeof(double) * (size_t)j->outputs);
    long last = j->pairs * (part + 1) / j->parts;
    for (long first = j->pairs * part / j->parts; first < last; first += j->most)
      add_group(j, first, CV_MIN(j->most, last - first), (uint16_t *)(j->scratch + part * j->values_bytes), sums,
                totals);
  }
}

// 16 outputs of all inputs, from each tap's sums to the rows of a state dictionary.
PAIRED static void finish_part(long begin, long end, void *context) {
  const slopes_job *j = context;
  long channels = j->w->c, each = channels * j->outputs;
  __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  lanes = _mm512_mullo_epi32(lanes, _mm512_set1_epi32((int)(j->taps * channels)));
  for (long half = begin; half < end; half++)
    for (long c = 0; c < channels; c++) {
      const float *from = j->sums + half / 2 * 32 * channels + c * 32 + half % 2 * 16;
      float *to = j->dweights + (half * 16 * channels + c) * j->taps;
      for (long tap = 0; tap < j->taps; tap++) {
        __m512 sum = _mm512_loadu_ps(from + tap * each);
        for (long part = 1; part < j->parts; part++)
          sum = _mm512_add_ps(sum, _mm512_loadu_ps(from + (part * j->taps + tap) * each));
        _mm512_i32scatter_ps(to + tap, lanes, sum, 4);
      }
    }
}

void cv_paired_slopes(const cv_window *w, long outputs, const uint16_t *x, const uint16_t *dy, float *dweights,
                      float *dbias, void *scratch) {
  slopes_job j = {.x = x, .dy = dy, .dweights = dweights, .dbias = dbias, .scratch = scratch};
  lay_out(&j, w, outputs);
  j.sums = (float *)(j.scratch + j.parts * j.values_bytes);
  j.totals = (double *)((char *)j.sums + sums_bytes(&j));
  cv_parallel(j.parts, 1, parts_part, &j);
  cv_parallel(outputs / 16, 1, finish_part, &j);
  for (long o = 0; dbias && o < outputs; o++) {
    double sum = 0;
    for (long part = 0; part < j.parts; part++) sum += j.totals[part * outputs + o];
    dbias[o] = (float)sum;
  }
}

#else

long cv_paired_slopes_scratch(const cv_window *w, long outputs) { return 0; }
void cv_paired_slopes(const cv_window *w, long outputs, const uint16_t *x, const uint16_t *dy, float *dweights,
                      float *dbias, void *scratch) {}

#endif
