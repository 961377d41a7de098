#include "winograd_work.h"

// Loops over whole tiles are unrolled; the same over tiles at the edges cannot be.
#pragma clang diagnostic ignored "-Wpass-failed"

// Sixteen channels of a tile's inputs, null outside the picture, in the slots that it takes.
static inline __attribute__((always_inline)) void in_channels(long stride, const float *const *pixels, long height,
                                                             long width, int narrow, long channel, float *v, long step) {
  v16 t[MOST_SLOTS][MOST_SLOTS];
#pragma unroll
  for (long x = 0; x < stride * width + 3 - stride; x++) {
    v16 d[MOST_SLOTS];
#pragma unroll
    for (long y = 0; y < stride * height + 3 - stride; y++) {
      const float *pixel = pixels[y * MOST_SLOTS + x], *at = pixel ? element(pixel, channel, narrow) : 0;
      d[y] = !at ? (v16)0.0f : narrow ? LOAD_NARROW(at) : LOAD(at);
    }
    in_slots(stride, height, d, 1, &t[0][x], MOST_SLOTS);
  }
  long slots = slots_of(stride);
#pragma unroll
  for (long row = 0; row < slots; row++) {
    if (!takes_slot[stride - 1][height][row]) continue;
    v16 d[MOST_SLOTS];
    in_slots(stride, width, t[row], 1, d, 1);
#pragma unroll
    for (long column = 0; column < slots; column++)
      if (takes_slot[stride - 1][width][column]) LOAD(v + (row * slots + column) * step + channel) = d[column];
  }
}

CV_HOT void cv_winograd_in_tile(const winograd_job *j, const place *p, float *v, long step) {
  const cv_winograd *w = j->w;
  const float *pixels[MOST_SLOTS * MOST_SLOTS];
  for (long y = 0; y < w->stride * p->height + 3 - w->stride; y++)
    for (long x = 0; x < w->stride * p->width + 3 - w->stride; x++) {
      long row = p->y * w->stride + y - w->top, column = p->x * w->stride + x - w->left;
      int inside = row >= 0 && row < w->h && column >= 0 && column < w->w;
      long pixel = (p->entry * w->h + row) * w->w + column;
      pixels[y * MOST_SLOTS + x] = inside ? element(j->x, pixel * w->c, w->narrow) : 0;
    }
  int isFull = p->height == 4 && p->width == 4 && !w->narrow;
  for (long c = 0; c < w->c; c += 16) {
    if (isFull && w->stride == 1)
      in_channels(1, pixels, 4, 4, 0, c, v, step);
    else if (isFull)
      in_channels(2, pixels, 4, 4, 0, c, v, step);
    else if (w->stride == 1)
      in_channels(1, pixels, p->height, p->width, w->narrow, c, v, step);
    else
      in_channels(2, pixels, p->height, p->width, w->narrow, c, v, step);
  }
}

static inline __attribute__((always_inline)) void pair_of_forms(long stride, long pair, const float *weights, long tap,
                                                               long count, float *forms, long lower, long step) {
  for (long i = 0; i < count; i += 16) {
    v16 top[3], bottom[3];
    const float *w = weights + i;
#pragma unroll
    for (long b = 0; b < 3; b++)
      column_forms(stride, pair, w + b * tap, 3 * tap, &top[b], &bottom[b]);
    row_forms(stride, top, forms + i, step);
    row_forms(stride, bottom, forms + lower + i, step);
  }
}

CV_HOT void cv_winograd_forms(long stride, long pair, const float *weights, long tap, long count, float *forms, long lower,
                              long step) {
#define FORMS(s, p) \
  if (stride == s && pair == p) pair_of_forms(s, p, weights, tap, count, forms, lower, step);
  FORMS(1, 0) FORMS(1, 1) FORMS(1, 2) FORMS(2, 0) FORMS(2, 1) FORMS(2, 2)
#undef FORMS
}

// Sixteen outputs of a tile from their products, finished; `place` counts from the start of the entry.
static inline __attribute__((always_inline)) void out_channels(long stride, const winograd_job *j, const float *m,
                                                              long height, long width, int isPlain, long output,
                                                              long place, long entry) {
  const cv_finish *f = j->finish;
  long step = out_step(j), outputs = j->w->outputs, row = j->w->ow * outputs;
  v16 low = (v16)0.0f + f->low, high = (v16)0.0f + f->high, bias = f->bias ? LOAD(f->bias + output) : (v16)0.0f, t[4][MOST_SLOTS];
  long slots = slots_of(stride);
#pragma unroll
  for (long column = 0; column < slots; column++) {
    if (!takes_slot[stride - 1][width][column]) continue;
    v16 d[MOST_SLOTS];
#pragma unroll
    for (long slot = 0; slot < slots; slot++)
      if (takes_slot[stride - 1][height][slot]) d[slot] = LOAD(m + (slot * slots + column) * step);
    out_slots(stride, height, d, 1, &t[0][column], MOST_SLOTS);
  }
#pragma unroll
  for (long y = 0; y < height; y++) {
    v16 out[4];
    out_slots(stride, width, t[y], 1, out, 1);
#pragma unroll
    for (long x = 0; x < width; x++) {
      long own = place + y * row + x * outputs, at = entry + own;
      v16 z = out[x] + bias;
      if (!isPlain && f->residual) {
        const float *other = element(f->residual, at, f->narrow_residual);
        z += f->narrow_residual ? LOAD_NARROW(other) : LOAD(other);
      }
      v16 before = !isPlain && j->base ? LOAD(j->base + own) : (v16)0.0f;
      if (!isPlain) z += before;
      z = z < low ? low : z;
      z = z > high ? high : z;
      if (!isPlain && j->base) {
        before = before < low ? low : before;
        z -= before > high ? high : before;
      }
      if (!isPlain && f->narrow)
        STORE_NARROW(element(j->y, at, 1), z);
      else
        LOAD(j->y + at) = z;
    }
  }
}

CV_HOT void cv_winograd_out_tile(const winograd_job *j, const place *p, const float *m, long output, long width) {
  const cv_winograd *w = j->w;
  const cv_finish *f = j->finish;
  int isPlain = p->height == 4 && p->width == 4 && !j->base && !f->residual && !f->narrow;
  long place = (p->y * w->ow + p->x) * w->outputs + output, entry = p->entry * w->oh * w->ow * w->outputs;
  for (long l = 0; l < width; l += 16) {
    if (isPlain && w->stride == 1)
      out_channels(1, j, m + l, 4, 4, 1, output + l, place + l, entry);
    else if (w->stride == 1)
      out_channels(1, j, m + l, p->height, p->width, 0, output + l, place + l, entry);
    else
      out_channels(2, j, m + l, p->height, p->width, 0, output + l, place + l, entry);
  }
}
