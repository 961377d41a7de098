#include "internal.h"

typedef struct {
  const float *w, *x;
  const long *blocks;
  long count, width, inputs, outputs;
  float *y, *sums;
} thin_job;

#define LANES 16

typedef float lanes __attribute__((vector_size(4 * LANES), aligned(4)));

// The product of two rows of n floats.
static inline __attribute__((always_inline)) float product(const float *a, const float *b, long n) {
  lanes sums = {0};
  long i = 0;
  for (; i + LANES <= n; i += LANES) sums += *(const lanes *)(a + i) * *(const lanes *)(b + i);
  float rest = 0;
  for (; i < n; i++) rest += a[i] * b[i];
  typedef float half __attribute__((vector_size(32)));
  typedef float quarter __attribute__((vector_size(16)));
  half h = __builtin_shufflevector(sums, sums, 0, 1, 2, 3, 4, 5, 6, 7) +
           __builtin_shufflevector(sums, sums, 8, 9, 10, 11, 12, 13, 14, 15);
  quarter q = __builtin_shufflevector(h, h, 0, 1, 2, 3) + __builtin_shufflevector(h, h, 4, 5, 6, 7);
  q += __builtin_shufflevector(q, q, 2, 3, 0, 1);
  return q[0] + q[1] + rest;
}

// Sixteen rows of weights at a time, so that results are written a whole line of memory at once.
#define ROWS_AT_ONCE 16

CV_HOT static void thin_part(long begin, long end, void *context) {
  const thin_job *j = context;
  float *held = malloc(sizeof(float) * (size_t)(CV_MAX(1, j->count) * ROWS_AT_ONCE));
  if (!held) abort();
  for (long o = begin; o < end; o += ROWS_AT_ONCE) {
    long rows = CV_MIN(ROWS_AT_ONCE, end - o);
    for (long r = 0; r < rows; r++) {
      const float *row = j->w + (o + r) * j->inputs;
      for (long i = 0; i < j->count; i++) {
        long first = j->blocks[i] * j->width;
        held[i * ROWS_AT_ONCE + r] = product(row + first, j->x + first, j->width);
      }
    }
    for (long i = 0; i < j->count; i++)
      memcpy(j->y + i * j->outputs + o, held + i * ROWS_AT_ONCE, sizeof(float) * (size_t)rows);
    if (!j->sums) continue;
    double left[ROWS_AT_ONCE] = {0};
    for (long i = 0; i < j->count; i++)
      for (long r = 0; r < ROWS_AT_ONCE; r++) left[r] -= r < rows ? held[i * ROWS_AT_ONCE + r] : 0;
    for (long r = 0; r < rows; r++) j->sums[o + r] = (float)(j->sums[o + r] + left[r]);
  }
  free(held);
}

void cv_thin_products(const float *w, const float *x, const long *blocks, long count, long width, long inputs,
                      long outputs, float *y, float *sums) {
  thin_job j = {w, x, blocks, count, width, inputs, outputs, y, sums};
  cv_parallel(outputs, CV_MAX(ROWS_AT_ONCE, 8192 / CV_MAX(1, count * width)), thin_part, &j);
}

// --- thin changes of convolutions ---------------------------------------------------------------------

typedef struct {
  const cv_thin_change *c;
  const long *blocks;
  const float *base;
  float low, high;
  float *y;
} change_job;

CV_HOT static void cut_row(const float *base, float low, float high, float *y, long count) {
  for (long i = 0; i < count; i++) y[i] = cv_cut_change(y[i], base[i], low, high);
}

CV_HOT static void subtract_row(const float *w, float x, float *y, long count) {
  for (long l = 0; l < count; l++) y[l] -= x * w[l];
}

// The weights of one input of a group for each tap, one row of outputs after the other: where they lie packed, they are as
// far apart as to push one another out of the cache.
static void take_columns(const cv_thin_change *c, long channel, long taps, float *columns) {
  long inputs = c->inputs / c->groups, outputs = c->outputs / c->groups, inner = taps * inputs;
  const float *packed = c->packed[channel / inputs];
  for (long tap = 0; tap < taps; tap++)
    for (long o = 0; o < outputs; o += 32) {
      long width = outputs - o > 16 ? 32 : 16;
      memcpy(columns + tap * outputs + o, packed + o * inner + (tap * inputs + channel % inputs) * width,
             sizeof(float) * (size_t)CV_MIN(width, outputs - o));
    }
}

// What some channels add at one place, taken off.
static void change_place(const cv_thin_change *c, long first, long channels, const float *columns, long place,
                         float *y) {
  long taps = c->kh * c->kw, outputs = c->outputs / c->groups;
  for (long channel = first; channel < first + channels; channel++)
    for (long tap = 0; tap < taps; tap++) {
      long row = place / c->ow * c->sh + tap / c->kw * c->dh - c->top;
      long column = place % c->ow * c->sw + tap % c->kw * c->dw - c->left;
      if (row < 0 || row >= c->h || column < 0 || column >= c->w) continue;
      float x = c->change[(channel * c->h + row) * c->w + column];
      long group = channel / (c->inputs / c->groups);
      if (x != 0)
        subtract_row(columns + ((channel - first) * taps + tap) * outputs, x, y + group * outputs, outputs);
    }
}

static void change_part(long begin, long end, void *context) {
  const change_job *j = context;
  const cv_thin_change *c = j->c;
  long places = c->oh * c->ow, taps = c->kh * c->kw, each = taps * (c->outputs / c->groups);
  long channels = c->inputs / c->blocks;
  float *columns = malloc(sizeof(float) * (size_t)(channels * each));
  if (!columns) abort();
  for (long entry = begin; entry < end; entry++) {
    long first = j->blocks[entry] * channels;
    for (long channel = 0; channel < channels; channel++)
      take_columns(c, first + channel, taps, columns + channel * each);
    for (long place = 0; place < places; place++) {
      float *y = j->y + (entry * places + place) * c->outputs;
      memset(y, 0, sizeof(float) * (size_t)c->outputs);
      change_place(c, first, channels, columns, place, y);
      if (j->base) cut_row(j->base + place * c->outputs, j->low, j->high, y, c->outputs);
    }
  }
  free(columns);
}

void cv_thin_changes(const cv_thin_change *change, const long *blocks, long entries, const float *base, float low,
                     float high, float *y) {
  change_job j = {change, blocks, base, low, high, y};
  cv_parallel(entries, 1, change_part, &j);
}
