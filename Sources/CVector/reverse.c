#include "reverse.h"

#include <stdatomic.h>

// Bytes of turned weights of one block, and of all weights that are turned while others are multiplied.
#define MOST_BYTES (320L << 10)
#define LARGE (512L << 10)
// Pixels that pay for weights turned for them alone.
#define FEWEST 28

static const float zeros[CV_LONGEST_RUN];

// Sixteen gradients at y.
static inline __attribute__((always_inline)) void finish_some(const cv_reverse_finish *f, const float *sums, long at,
                                                             float *y) {
  v16 g = LOAD(sums), none = 0.0f;
  if (f->residual) g += LOAD(f->residual + at);
  if (f->value && f->rule != 2) {
    v16 value = LOAD(f->value + at);
    g = ((value > none + f->low) & (value < none + f->high)) ? g : none;
  }
  if (f->value && f->rule) g = g > none ? g : none;
  LOAD(y) = g;
}

// The sums may lie where the gradients are stored.
CV_HOT void cv_reverse_finish_rows(const cv_reverse_finish *f, const float *sums, long distance, const long *targets,
                                   long rows, long count, float *dx) {
  for (long r = 0; r < rows; r++) {
    long target = targets[r], i = 0;
    const float *s = sums + r * distance;
    for (; i + 16 <= count; i += 16) finish_some(f, s + i, target + i, dx + target + i);
    for (; i < count; i++) {
      long at = target + i;
      float g = s[i] + (f->residual ? f->residual[at] : 0);
      if (f->value && f->rule != 2 && !(f->value[at] > f->low && f->value[at] < f->high)) g = 0;
      dx[at] = f->value && f->rule && !(g > 0) ? 0 : g;
    }
  }
}

typedef struct {
  const cv_reverse_finish *finish;
  float *dx;
} finish_job;

static void finish_part(long begin, long end, void *context) {
  const finish_job *j = context;
  cv_reverse_finish_rows(j->finish, j->dx + begin, 0, &begin, 1, end - begin, j->dx);
}

void cv_reverse_finish_here(const cv_reverse_finish *finish, float *dx, long count) {
  finish_job j = {finish, dx};
  cv_parallel(count, 16384, finish_part, &j);
}

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
  // Blocks of so many inputs each; weights that are fetched while others are multiplied.
  long width, blocks, spans, panel;
  int is_large;
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

// Some of the pixels of a phase, for one block of inputs.
typedef struct {
  phase p;
  long number, block, span;
  // Where each tap's weights of the block begin in a packed row.
  long first[MOST_TAPS];
} unit;

// Gradients of `count` pixels of a phase from `first` on, which are tile `place` of `tiles`.
static void one_tile(const reverse_job *j, const unit *u, const turned_weights *w, const next_weights *next, long first,
                     long count, long place, long tiles) {
  const cv_reverse *r = j->r;
  const phase *p = &u->p;
  const float *rows[MOST_TAPS * MOST_ROWS];
  long targets[MOST_ROWS], most = j->k->rows, i = u->block * j->width;
  for (long at = 0; at < count; at++) {
    long pixel = first + at;
    if (is_flat(r)) {
      rows[at] = j->dy + pixel * r->output_pitch;
      targets[at] = pixel * r->input_pitch + i;
      continue;
    }
    long image = pixel / (p->rows * p->columns), m = pixel / p->columns % p->rows, n = pixel % p->columns;
    for (long t = 0; t < p->taps; t++) {
      long oy = m + p->down[t], ox = n + p->across[t];
      int inside = oy >= 0 && oy < r->oh && ox >= 0 && ox < r->ow;
      rows[t * most + at] = inside ? j->dy + ((image * r->oh + oy) * r->ow + ox) * r->output_pitch : zeros;
    }
    targets[at] = ((image * r->h + p->y + m * r->sh) * r->w + p->x + n * r->sw) * r->input_pitch + i;
  }
  float sums[MOST_ROWS * BLOCK];
  if (p->taps)
    cv_turned_tile(w, next, rows, count, place, tiles, sums);
  else
    memset(sums, 0, sizeof sums);
  cv_reverse_finish_rows(j->finish, sums, 16 * w->vectors, targets, count, CV_MIN(j->width, r->inputs - i), j->dx);
}

static int same_weights(const unit *one, const unit *other) {
  return one->number == other->number && one->block == other->block;
}

// What a unit multiplies with, to be turned into a panel.
static next_weights weights_of(const reverse_job *j, unit *u, float *panel) {
  const cv_reverse *r = j->r;
  long i = u->block * j->width;
  long each = r->pairs ? 2 : 1;
  next_weights w = {.weights = {j->packed, r->outputs, r->kh * r->kw * r->inputs / each, r->pairs},
                    .panel = panel,
                    .first = u->first,
                    .taps = u->p.taps,
                    .count = CV_MIN(j->width, r->inputs - i)};
  w.vectors = w.count > 16 ? 2 : 1;
  for (long t = 0; t < w.taps; t++) u->first[t] = (u->p.tap[t] * r->inputs + i) / each;
  return w;
}

static void turn_rest(const next_weights *w, long taps) {
  for (long t = taps; t < w->taps; t++)
    cv_turn_weights(&w->weights, w->first[t], w->count, w->vectors, w->panel + t * cv_panel_rows(&w->weights) * 16 * w->vectors);
}

// A unit whose weights are turned; those of `next` are turned meanwhile.
static void one_unit(const reverse_job *j, const unit *u, const next_weights *own, const next_weights *next) {
  long pixels = j->r->batch * u->p.rows * u->p.columns;
  long begin = pixels * u->span / j->spans, end = pixels * (u->span + 1) / j->spans;
  turned_weights w = {j->k, own->weights, own->panel, own->taps, own->vectors, j->is_large};
  long tiles = (end - begin + j->k->rows - 1) / j->k->rows;
  for (long t = 0; t < tiles; t++) {
    long first = begin + (end - begin) * t / tiles, last = begin + (end - begin) * (t + 1) / tiles;
    one_tile(j, u, &w, next, first, last - first, t, tiles);
  }
  if (next) turn_rest(next, tiles ? w.taps : 0);
}

// Takes the next unit; none are left where this is false.
static int take_unit(const reverse_job *j, unit *u) {
  long phases = j->r->sh * j->r->sw, taken = atomic_fetch_add(j->next, 1);
  if (taken >= j->blocks * phases * j->spans) return 0;
  u->number = taken / (j->spans * j->blocks);
  u->block = taken / j->spans % j->blocks;
  u->span = taken % j->spans;
  lay_out(j->r, u->number, &u->p);
  return 1;
}

static void reverse_part(long begin, long end, void *context) {
  const reverse_job *j = context;
  float *panel = j->scratch + atomic_fetch_add(j->places, 1) * 2 * j->panel, *other = panel + j->panel;
  unit units[2];
  (void)begin, (void)end;
  int taken = take_unit(j, &units[0]), isTurned = 0;
  for (long at = 0; taken; at++) {
    unit *u = &units[at % 2], *next = &units[(at + 1) % 2];
    next_weights own = weights_of(j, u, panel), following;
    if (!isTurned) turn_rest(&own, 0);
    taken = take_unit(j, next);
    isTurned = taken && same_weights(u, next);
    int turns = taken && !isTurned && j->is_large;
    if (turns) following = weights_of(j, next, other);
    one_unit(j, u, &own, turns ? &following : 0);
    if (!turns) continue;
    isTurned = 1;
    float *held = panel;
    panel = other;
    other = held;
  }
}

int cv_reverse_takes(const cv_reverse *r) {
  return r->kh * r->kw <= MOST_TAPS && r->outputs <= CV_LONGEST_RUN && r->inputs > 0 && r->outputs > 0 &&
         (!r->pairs || (cv_has_bf16() && r->inputs % 2 == 0 && r->outputs % 2 == 0));
}

// The most taps of a phase.
static long taps_at_once(const cv_reverse *r) {
  long down = r->dh > 1 ? r->kh : (r->kh + r->sh - 1) / r->sh;
  long across = r->dw > 1 ? r->kw : (r->kw + r->sw - 1) / r->sw;
  return down * across;
}

// Inputs of a block: turned weights and those that are turned meanwhile should stay in a core's cache together.
static long width_of(const cv_reverse *r) {
  long bytes = BLOCK * r->outputs * taps_at_once(r) * (r->pairs ? 2 : 4);
  return bytes > MOST_BYTES ? 16 : BLOCK;
}

static long panel_count(const cv_reverse *r) {
  return width_of(r) * r->outputs * taps_at_once(r) / (r->pairs ? 2 : 1);
}

long cv_reverse_scratch(const cv_reverse *r) { return 2 * panel_count(r) * cv_threads(); }

void cv_reverse_run(const cv_reverse *r, const float *dy, const float *packed, const cv_reverse_finish *finish, float *dx,
                    float *scratch) {
  atomic_long next = 0, places = 0;
  reverse_job j = {.r = r,
                   .finish = finish,
                   .k = r->pairs ? cv_kernels_bf16() : cv_kernels(),
                   .dy = dy,
                   .packed = packed,
                   .dx = dx,
                   .scratch = scratch,
                   .width = width_of(r),
                   .panel = panel_count(r),
                   .is_large = r->inputs * r->outputs * r->kh * r->kw * (r->pairs ? 2 : 4) >= LARGE,
                   .next = &next,
                   .places = &places};
  j.blocks = (r->inputs + j.width - 1) / j.width;
  // So many units that no thread waits long for another; each turns its weights anew, so no more than pay for that.
  long threads = cv_threads(), pixels = r->batch * r->h * r->w / (r->sh * r->sw);
  long wanted = threads > 1 ? (4 * threads + j.blocks - 1) / j.blocks : 1;
  j.spans = CV_MAX(1, CV_MIN(wanted, pixels / FEWEST));
  cv_parallel(CV_MIN(threads, j.blocks * r->sh * r->sw * j.spans), 1, reverse_part, &j);
}
