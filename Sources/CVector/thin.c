#include "internal.h"

typedef struct {
  const float *w, *x;
  const long *blocks;
  long count, width, inputs, outputs;
  float *y;
} thin_job;

#define LANES 16

CV_HOT static float product(const float *a, const float *b, long n) {
  float sums[LANES] = {0};
  long i = 0;
  for (; i + LANES <= n; i += LANES)
    for (long l = 0; l < LANES; l++) sums[l] += a[i + l] * b[i + l];
  float rest = 0;
  for (; i < n; i++) rest += a[i] * b[i];
  for (long width = LANES / 2; width >= 1; width /= 2)
    for (long l = 0; l < width; l++) sums[l] += sums[l + width];
  return sums[0] + rest;
}

static void thin_part(long begin, long end, void *context) {
  const thin_job *j = context;
  for (long o = begin; o < end; o++) {
    const float *row = j->w + o * j->inputs;
    for (long i = 0; i < j->count; i++) {
      long first = j->blocks[i] * j->width;
      j->y[i * j->outputs + o] = product(row + first, j->x + first, j->width);
    }
  }
}

void cv_thin_products(const float *w, const float *x, const long *blocks, long count, long width, long inputs,
                      long outputs, float *y) {
  thin_job j = {w, x, blocks, count, width, inputs, outputs, y};
  cv_parallel(outputs, CV_MAX(1, 8192 / CV_MAX(1, count * width)), thin_part, &j);
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
