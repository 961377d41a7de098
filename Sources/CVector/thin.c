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

// --- thin updates of convolutions ---------------------------------------------------------------------

typedef struct {
  const cv_thin_update *u;
  const long *blocks;
  float *y;
} update_job;

CV_HOT static void subtract(const float *x, float factor, float *y, long n) {
  for (long i = 0; i < n; i++) y[i] -= factor * x[i];
}

// One plane as each tap of the window sees it, zero in the padding.
static void spread(const cv_thin_update *u, const float *plane, float *columns) {
  long places = u->oh * u->ow;
  for (long tap = 0; tap < u->kh * u->kw; tap++) {
    long down = tap / u->kw * u->dh - u->top, across = tap % u->kw * u->dw - u->left;
    float *to = columns + tap * places;
    for (long row = 0; row < u->oh; row++) {
      long y = row * u->sh + down;
      for (long column = 0; column < u->ow; column++) {
        long x = column * u->sw + across;
        int inside = y >= 0 && y < u->h && x >= 0 && x < u->w;
        to[row * u->ow + column] = inside ? plane[y * u->w + x] : 0;
      }
    }
  }
}

static void update_part(long begin, long end, void *context) {
  const update_job *j = context;
  const cv_thin_update *u = j->u;
  long places = u->oh * u->ow, taps = u->kh * u->kw, size = u->outputs * places;
  long per_group = u->inputs / u->groups, outputs_per_group = u->outputs / u->groups;
  long block_channels = u->inputs / u->blocks;
  float *columns = malloc(sizeof(float) * (size_t)(taps * places));
  if (!columns) abort();
  for (long entry = begin; entry < end; entry++) {
    float *y = j->y + entry * size;
    memcpy(y, u->value, sizeof(float) * (size_t)size);
    if (j->blocks[entry] < 0) continue;
    for (long offset = 0; offset < block_channels; offset++) {
      long channel = j->blocks[entry] * block_channels + offset;
      spread(u, u->change + channel * u->h * u->w, columns);
      long group = channel / per_group;
      for (long o = group * outputs_per_group; o < (group + 1) * outputs_per_group; o++) {
        const float *row = u->weight + (o * per_group + channel % per_group) * taps;
        float factor = u->scale ? u->scale[o] : 1;
        for (long tap = 0; tap < taps; tap++)
          subtract(columns + tap * places, factor * row[tap], y + o * places, places);
      }
    }
  }
  free(columns);
}

void cv_thin_updates(const cv_thin_update *update, const long *blocks, long entries, float *y) {
  update_job j = {update, blocks, y};
  cv_parallel(entries, 1, update_part, &j);
}
