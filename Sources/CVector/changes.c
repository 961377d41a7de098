#include "kernels.h"

// Entries that share one pass over the weights where there are many places and where there are few, and inputs that are
// multiplied at a time.
#define ENTRIES 56
#define MOST_ENTRIES 504
#define SEGMENT 512

typedef unsigned int __attribute__((may_alias)) bits;

typedef struct {
  const cv_changes *c;
  const float *x, *packed, *residual, *base;
  float low, high;
  float *y;
  const kernels *k;
  // Entries are cut into groups, with few places outputs into parts too.
  long groups, parts, entries;
} changes_job;

// The rows of one tile with what is zero in all of them left out.
typedef struct {
  long rows, count;
  const float *x[MOST_ROWS];
  float *y[MOST_ROWS];
  int *list;
  float *held;
} change_tile;

typedef struct {
  change_tile *tiles;
  int *lists;
  float *held, *row;
  unsigned *any;
  const float **x;
  float **y;
} change_scratch;

CV_HOT static int is_zero(const float *x, long count) {
  const bits *b = (const bits *)x;
  unsigned any = 0;
  for (long i = 0; i < count; i++) any |= b[i] << 1;
  return !any;
}

CV_HOT static void join(const float *x, long count, unsigned *any) {
  const bits *b = (const bits *)x;
  for (long i = 0; i < count; i++) any[i] |= b[i] << 1;
}

CV_HOT static void gather(const float *x, const int *list, long count, float *y) {
  for (long i = 0; i < count; i++) y[i] = x[list[i]];
}

// Lists the columns that are not zero in all rows of a tile and gathers them.
static void gather_tile(const changes_job *j, change_tile *t, long count, const change_scratch *s) {
  long pitch = SEGMENT + 16;
  memset(s->any, 0, sizeof(unsigned) * (size_t)count);
  for (long r = 0; r < t->rows; r++) join(t->x[r], count, s->any);
  t->count = 0;
  for (long i = 0; i < count; i++) {
    t->list[t->count] = (int)i;
    t->count += s->any[i] != 0;
  }
  if (!j->c->halves) {
    for (long r = 0; r < t->rows; r++) gather(t->x[r], t->list, t->count, t->held + r * pitch);
    return;
  }
  long whole = t->count + t->count % 2;
  if (whole > t->count) t->list[t->count] = t->count ? t->list[0] : 0;
  for (long r = 0; r < t->rows; r++) {
    gather(t->x[r], t->list, t->count, s->row);
    if (whole > t->count) s->row[t->count] = 0;
    cv_round_row(s->row, t->held + r * pitch, whole);
  }
  t->count = whole / 2;
}

// Adds the products of one tap and segment of the inputs to the sums of some entries at one place.
static void add_products(const changes_job *j, long entries, long first, long count, long part,
                         const change_scratch *s) {
  const cv_changes *c = j->c;
  long tiles = (entries + j->k->rows - 1) / j->k->rows, inner = c->inputs * c->kh * c->kw;
  for (long t = 0; t < tiles; t++) {
    change_tile *tile = s->tiles + t;
    long begin = entries * t / tiles;
    tile->rows = entries * (t + 1) / tiles - begin;
    tile->list = s->lists + t * (SEGMENT + 1);
    tile->held = s->held + begin * (SEGMENT + 16);
    for (long r = 0; r < tile->rows; r++) {
      tile->x[r] = s->x[begin + r];
      tile->y[r] = s->y[begin + r];
    }
    gather_tile(j, tile, count, s);
  }
  long blocks = (c->outputs + BLOCK - 1) / BLOCK;
  for (long block = blocks * part / j->parts; block < blocks * (part + 1) / j->parts; block++) {
    long o = block * BLOCK;
    long width = c->outputs - o > 16 ? BLOCK : 16;
    long step = c->halves ? BLOCK / 2 : width;
    const float *w = c->halves ? j->packed + o / 2 * inner + first * step : j->packed + o * inner + first * step;
    const changes_function *wide = width == BLOCK ? j->k->changes[1] : 0;
    for (long t = 0; t < tiles; t++) {
      const change_tile *tile = s->tiles + t;
      for (long at = 0; at < width; at += wide ? BLOCK : 16) {
        float *sums[MOST_ROWS];
        for (long r = 0; r < tile->rows; r++) sums[r] = tile->y[r] + o + at;
        (wide ? wide : j->k->changes[0])[tile->rows - 1](tile->list, tile->count, tile->held, SEGMENT + 16, w + at,
                                                         step, sums);
      }
    }
  }
}

CV_HOT static void cut(const float *x, const float *base, float low, float high, long count, float *y) {
  for (long i = 0; i < count; i++) {
    float before = base[i], after = base[i] + x[i];
    before = before < low ? low : before;
    before = before > high ? high : before;
    after = after < low ? low : after;
    after = after > high ? high : after;
    y[i] = after - before;
  }
}

// Some entries at one place, for one part of the outputs.
static void one_place(const changes_job *j, long place, long begin, long end, long part, const change_scratch *s) {
  const cv_changes *c = j->c;
  long places = c->oh * c->ow, image = c->h * c->w * c->inputs;
  long blocks = (c->outputs + BLOCK - 1) / BLOCK, start = blocks * part / j->parts * BLOCK;
  long width = CV_MIN(blocks * (part + 1) / j->parts * BLOCK, c->outputs) - start;
  for (long e = begin; e < end; e++) {
    long at = (e * places + place) * c->outputs + start;
    if (j->residual)
      memcpy(j->y + at, j->residual + at, sizeof(float) * (size_t)width);
    else
      memset(j->y + at, 0, sizeof(float) * (size_t)width);
  }
  for (long tap = 0; tap < c->kh * c->kw; tap++) {
    long row = place / c->ow * c->sh + tap / c->kw * c->dh - c->top;
    long column = place % c->ow * c->sw + tap % c->kw * c->dw - c->left;
    if (row < 0 || row >= c->h || column < 0 || column >= c->w) continue;
    for (long first = 0; first < c->inputs; first += SEGMENT) {
      long count = CV_MIN(SEGMENT, c->inputs - first), active = 0;
      for (long e = begin; e < end; e++) {
        const float *from = j->x + e * image + (row * c->w + column) * c->inputs + first;
        if (is_zero(from, count)) continue;
        s->x[active] = from;
        s->y[active++] = j->y + (e * places + place) * c->outputs;
      }
      if (active) add_products(j, active, tap * c->inputs + first, count, part, s);
    }
  }
  if (!j->base) return;
  for (long e = begin; e < end; e++) {
    float *y = j->y + (e * places + place) * c->outputs + start;
    cut(y, j->base + place * c->outputs + start, j->low, j->high, width, y);
  }
}

static void changes_part(long begin, long end, void *context) {
  const changes_job *j = context;
  size_t most = (size_t)j->entries;
  change_scratch s = {
      .tiles = malloc(sizeof(change_tile) * most),
      .lists = malloc(sizeof(int) * most * (SEGMENT + 1)),
      .held = malloc(sizeof(float) * most * (SEGMENT + 16)),
      .row = malloc(sizeof(float) * (SEGMENT + 1)),
      .any = malloc(sizeof(unsigned) * SEGMENT),
      .x = malloc(sizeof(float *) * most),
      .y = malloc(sizeof(float *) * most),
  };
  if (!s.tiles || !s.lists || !s.held || !s.row || !s.any || !s.x || !s.y) abort();
  for (long item = begin; item < end; item++) {
    long place = item / (j->groups * j->parts), group = item / j->parts % j->groups, part = item % j->parts;
    long first = j->c->entries * group / j->groups;
    one_place(j, place, first, j->c->entries * (group + 1) / j->groups, part, &s);
  }
  free(s.tiles);
  free(s.lists);
  free(s.held);
  free(s.row);
  free(s.any);
  free(s.x);
  free(s.y);
}

void cv_change_products(const cv_changes *c, const float *x, const float *packed, const float *residual,
                        const float *base, float low, float high, float *y) {
  changes_job j = {c, x, packed, residual, base, low, high, y, c->halves ? cv_kernels_bf16() : cv_kernels(), 1, 1, 0};
  if (!j.k || c->entries < 1) return;
  int isWide = c->oh * c->ow >= 8;
  j.groups = (c->entries + (isWide ? ENTRIES : MOST_ENTRIES) - 1) / (isWide ? ENTRIES : MOST_ENTRIES);
  j.parts = isWide ? 1 : CV_MIN((long)cv_threads(), (c->outputs + BLOCK - 1) / BLOCK);
  j.entries = (c->entries + j.groups - 1) / j.groups;
  cv_parallel(c->oh * c->ow * j.groups * j.parts, 1, changes_part, &j);
}

typedef struct {
  const float *x, *base;
  float low, high;
  long count;
  float *y;
} cut_job;

static void cut_part(long begin, long end, void *context) {
  const cut_job *j = context;
  for (long e = begin; e < end; e++)
    cut(j->x + e * j->count, j->base, j->low, j->high, j->count, j->y + e * j->count);
}

void cv_change_cut(const float *x, const float *base, float low, float high, long entries, long count, float *y) {
  cut_job j = {x, base, low, high, count, y};
  cv_parallel(entries, 1, cut_part, &j);
}
