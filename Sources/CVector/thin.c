#include "internal.h"

typedef struct {
  const float *w, *x;
  const long *blocks;
  long count, width, inputs, outputs;
  float *y;
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
  }
  free(held);
}

void cv_thin_products(const float *w, const float *x, const long *blocks, long count, long width, long inputs,
                      long outputs, float *y) {
  thin_job j = {w, x, blocks, count, width, inputs, outputs, y};
  cv_parallel(outputs, CV_MAX(ROWS_AT_ONCE, 8192 / CV_MAX(1, count * width)), thin_part, &j);
}

// --- thin changes of convolutions ---------------------------------------------------------------------

typedef struct {
  const cv_thin_change *c;
  const long *blocks;
  float *y;
} change_job;

// Subtracts x times the packed weights of one channel and tap from the outputs of one group at one place.
CV_HOT static void subtract_row(const float *packed, long at, long inner, float x, float *y, long outputs) {
  for (long o = 0; o < outputs; o += 32) {
    long width = outputs - o > 16 ? 32 : 16, count = CV_MIN(width, outputs - o);
    const float *w = packed + o * inner + at * width;
    for (long l = 0; l < count; l++) y[o + l] -= x * w[l];
  }
}

static void change_part(long begin, long end, void *context) {
  const change_job *j = context;
  const cv_thin_change *c = j->c;
  long places = c->oh * c->ow, taps = c->kh * c->kw, size = c->outputs * places;
  long inputs = c->inputs / c->groups, outputs = c->outputs / c->groups, channels = c->inputs / c->blocks;
  for (long entry = begin; entry < end; entry++) {
    float *y = j->y + entry * size;
    memset(y, 0, sizeof(float) * (size_t)size);
    for (long channel = j->blocks[entry] * channels; channel < (j->blocks[entry] + 1) * channels; channel++) {
      const float *plane = c->change + channel * c->h * c->w;
      long group = channel / inputs;
      for (long place = 0; place < places; place++)
        for (long tap = 0; tap < taps; tap++) {
          long row = place / c->ow * c->sh + tap / c->kw * c->dh - c->top;
          long column = place % c->ow * c->sw + tap % c->kw * c->dw - c->left;
          if (row < 0 || row >= c->h || column < 0 || column >= c->w) continue;
          float x = plane[row * c->w + column];
          if (x != 0)
            subtract_row(c->packed[group], tap * inputs + channel % inputs, taps * inputs, x,
                         y + place * c->outputs + group * outputs, outputs);
        }
    }
  }
}

void cv_thin_changes(const cv_thin_change *change, const long *blocks, long entries, float *y) {
  change_job j = {change, blocks, y};
  cv_parallel(entries, 1, change_part, &j);
}
