#include "reverse.h"

#include <stdatomic.h>

static const float zeros[CV_LONGEST_RUN];

// --- weights turned round ------------------------------------------------------------------------------

#define LOW(a, b) \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HIGH(a, b) \
  __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)

// Rows of 16 floats `from` apart become columns, of which the first `left` are stored `to` apart.
static inline __attribute__((always_inline)) void turn_square(const float *x, long from, long rows, const float *ahead,
                                                             float *y, long to, long left) {
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

CV_HOT void cv_turn_weights(const packed_weights *w, long first, long count, long vectors, float *panel) {
  for (long o = 0; o < w->outputs; o += BLOCK) {
    long width = w->outputs - o > 16 ? BLOCK : 16;
    const float *block = w->packed + o * w->inner + first * width;
    const float *next = o + 2 * BLOCK <= w->outputs ? block + BLOCK * w->inner : 0;
    for (long v = 0; v < vectors; v++)
      for (long l = 0; l < width; l += 16) {
        long at = v * 16 * width + l, left = CV_MIN(16, w->outputs - o - l);
        if (count - v * 16 >= 16 && left == 16)
          turn_square(block + at, width, 16, next ? next + at : 0, panel + (o + l) * 16 * vectors + v * 16, 16 * vectors,
                      16);
        else if (left > 0)
          turn_square(block + at, width, count - v * 16, 0, panel + (o + l) * 16 * vectors + v * 16, 16 * vectors, left);
      }
  }
}

// --- what happens to a gradient ------------------------------------------------------------------------

CV_HOT void cv_reverse_finish_row(const cv_reverse_finish *f, const float *sums, long at, long count, float *dx) {
  const float *residual = f->residual ? f->residual + at : 0, *value = f->value ? f->value + at : 0;
  float low = f->low, high = f->high;
  if (!residual && !value) {
    if (dx != sums) memcpy(dx, sums, sizeof(float) * (size_t)count);
    return;
  }
#define EACH(gradient, passed)                        \
  for (long i = 0; i < count; i++) {                  \
    float g = (gradient);                             \
    dx[i] = (passed) ? g : 0.0f;                      \
  }                                                   \
  break
  switch ((value ? f->rule : 3) + (residual ? 4 : 0)) {
    case 0: EACH(sums[i], value[i] > low && value[i] < high);
    case 1: EACH(sums[i], value[i] > low && value[i] < high && g > 0);
    case 2: EACH(sums[i], g > 0);
    case 4: EACH(sums[i] + residual[i], value[i] > low && value[i] < high);
    case 5: EACH(sums[i] + residual[i], value[i] > low && value[i] < high && g > 0);
    case 6: EACH(sums[i] + residual[i], g > 0);
    case 7: EACH(sums[i] + residual[i], 1);
  }
#undef EACH
}

// --- the convolution -----------------------------------------------------------------------------------

// Input pixels of one remainder by the strides, and the taps that reach them: pixel (m, n) of them is read by tap t at the
// result's pixel (m + down[t], n + across[t]).
typedef struct {
  long y, x, rows, columns, taps;
  long tap[MOST_TAPS], down[MOST_TAPS], across[MOST_TAPS];
} phase;

typedef struct {
  const cv_reverse *r;
  const cv_reverse_finish *finish;
  const kernels *k;
  const float *dy, *packed;
  float *dx, *scratch;
  long blocks, spans, panel;
  // The next unit of work and the next part of the scratch memory that no thread has taken.
  atomic_long *next, *places;
} reverse_job;

static long remainder_of(long value, long by) { return ((value % by) + by) % by; }

static void lay_out(const cv_reverse *r, long number, phase *p) {
  p->y = number / r->sw;
  p->x = number % r->sw;
  p->rows = r->h > p->y ? (r->h - p->y + r->sh - 1) / r->sh : 0;
  p->columns = r->w > p->x ? (r->w - p->x + r->sw - 1) / r->sw : 0;
  p->taps = 0;
  for (long ky = 0; ky < r->kh; ky++)
    for (long kx = 0; kx < r->kw; kx++) {
      long down = p->y + r->top - ky * r->dh, across = p->x + r->left - kx * r->dw;
      if (remainder_of(down, r->sh) || remainder_of(across, r->sw)) continue;
      p->tap[p->taps] = ky * r->kw + kx;
      // Exact: there is no remainder.
      p->down[p->taps] = down / r->sh;
      p->across[p->taps++] = across / r->sw;
    }
}

static int is_flat(const cv_reverse *r) {
  return r->kh == 1 && r->kw == 1 && r->sh == 1 && r->sw == 1 && r->top == 0 && r->left == 0 && r->h == r->oh &&
         r->w == r->ow;
}

// Gradients of `count` pixels of a phase from `first` on.
static void one_tile(const reverse_job *j, const phase *p, long first, long count, long block, const float *panel) {
  const cv_reverse *r = j->r;
  const float *rows[MOST_TAPS * MOST_ROWS];
  long targets[MOST_ROWS], most = j->k->rows, i = block * BLOCK, width = CV_MIN(BLOCK, r->inputs - i);
  long vectors = width > 16 ? 2 : 1;
  for (long at = 0; at < count; at++) {
    long place = first + at;
    if (is_flat(r)) {
      rows[at] = j->dy + place * r->output_pitch;
      targets[at] = place * r->input_pitch + i;
      continue;
    }
    long image = place / (p->rows * p->columns), m = place / p->columns % p->rows, n = place % p->columns;
    for (long t = 0; t < p->taps; t++) {
      long oy = m + p->down[t], ox = n + p->across[t];
      int inside = oy >= 0 && oy < r->oh && ox >= 0 && ox < r->ow;
      rows[t * most + at] = inside ? j->dy + ((image * r->oh + oy) * r->ow + ox) * r->output_pitch : zeros;
    }
    targets[at] = ((image * r->h + p->y + m * r->sh) * r->w + p->x + n * r->sw) * r->input_pitch + i;
  }
  float sums[MOST_ROWS * BLOCK];
  tile job = {.taps = p->taps, .run = r->outputs, .pitch = 16 * vectors, .low = -INFINITY, .high = INFINITY};
  if (p->taps)
    j->k->tiles[vectors - 1][count - 1](&job, rows, panel, sums, 0, 0);
  else
    memset(sums, 0, sizeof sums);
  for (long at = 0; at < count; at++)
    cv_reverse_finish_row(j->finish, sums + at * 16 * vectors, targets[at], width, j->dx + targets[at]);
}

// Some of the pixels of a phase, for one block of inputs: its weights are turned first.
static void one_unit(const reverse_job *j, const phase *p, long block, long span, float *panel) {
  const cv_reverse *r = j->r;
  long i = block * BLOCK, width = CV_MIN(BLOCK, r->inputs - i), vectors = width > 16 ? 2 : 1;
  long pixels = r->batch * p->rows * p->columns;
  long begin = pixels * span / j->spans, end = pixels * (span + 1) / j->spans;
  if (begin == end) return;
  packed_weights weights = {j->packed, r->outputs, r->kh * r->kw * r->inputs};
  for (long t = 0; t < p->taps; t++)
    cv_turn_weights(&weights, p->tap[t] * r->inputs + i, width, vectors, panel + t * r->outputs * 16 * vectors);
  long tiles = (end - begin + j->k->rows - 1) / j->k->rows;
  for (long t = 0; t < tiles; t++) {
    long first = begin + (end - begin) * t / tiles, last = begin + (end - begin) * (t + 1) / tiles;
    one_tile(j, p, first, last - first, block, panel);
  }
}

static void reverse_part(long begin, long end, void *context) {
  const reverse_job *j = context;
  long phases = j->r->sh * j->r->sw, held = -1;
  float *panel = j->scratch + atomic_fetch_add(j->places, 1) * j->panel;
  phase p;
  (void)begin, (void)end;
  for (long unit; (unit = atomic_fetch_add(j->next, 1)) < j->blocks * phases * j->spans;) {
    long number = unit / j->spans % phases;
    if (number != held) lay_out(j->r, number, &p);
    held = number;
    one_unit(j, &p, unit / (j->spans * phases), unit % j->spans, panel);
  }
}

int cv_reverse_takes(const cv_reverse *r) {
  return r->kh * r->kw <= MOST_TAPS && r->outputs <= CV_LONGEST_RUN && r->inputs > 0 && r->outputs > 0;
}

// Floats of the turned weights of a block: of the taps of one phase, which are no more than these.
static long panel_count(const cv_reverse *r) {
  long down = (r->kh + r->sh - 1) / r->sh, across = (r->kw + r->sw - 1) / r->sw;
  if (r->dh > 1) down = r->kh;
  if (r->dw > 1) across = r->kw;
  return BLOCK * r->outputs * down * across;
}

long cv_reverse_scratch(const cv_reverse *r) { return panel_count(r) * cv_threads(); }

void cv_reverse_run(const cv_reverse *r, const float *dy, const float *packed, const cv_reverse_finish *finish, float *dx,
                    float *scratch) {
  atomic_long next = 0, places = 0;
  reverse_job j = {.r = r,
                   .finish = finish,
                   .k = cv_kernels(),
                   .dy = dy,
                   .packed = packed,
                   .dx = dx,
                   .scratch = scratch,
                   .blocks = (r->inputs + BLOCK - 1) / BLOCK,
                   .panel = panel_count(r),
                   .next = &next,
                   .places = &places};
  // Enough units for threads that do not run evenly; each turns its weights anew, so no more than pay for that.
  long threads = cv_threads(), pixels = r->batch * r->h * r->w / (r->sh * r->sw);
  j.spans = CV_MAX(1, CV_MIN((4 * threads + j.blocks - 1) / j.blocks, pixels / 128));
  cv_parallel(CV_MIN(threads, j.blocks * r->sh * r->sw * j.spans), 1, reverse_part, &j);
}
