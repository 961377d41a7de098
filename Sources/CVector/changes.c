#include <stdatomic.h>

#include "kernels.h"
#include "columns.h"

// Entries of one place that are multiplied at a time where there are many places and where there are few, rows of entries
// and places that share one pass over the weights, sums of which stay in cache, and inputs that are multiplied at a time.
#define ENTRIES 56
#define MOST_ENTRIES 504
#define SHARING 224
#define SUMS (64L << 10)
#define SEGMENT CHANGES_SEGMENT
// Columns that are shut in front of the changes are added behind all others: few entries open a rectifier. Where this many
// times what is not zero there is less than all, it is multiplied row by row. Which way is taken changes no sum: each takes
// its products in the same order, whoever shares its tile.
#define FEW 3
#define MOST_OWN (SEGMENT * MOST_ROWS / FEW + MOST_ROWS + SLACK)
#define MOST_LISTED (SEGMENT + 2 * SLACK)

// Masks of the inputs of one place.
static long masks_of(const cv_changes *c) { return (c->inputs + 15) / 16; }

typedef struct {
  const cv_changes *c;
  const float *x, *packed, *residual, *base;
  float low, high;
  float *y;
  const kernels *k;
  // Whether columns are closed up sixteen at a time.
  int together;
  // Of every sixteen inputs at a place, a bit for those that are shut there; null where none is known to be.
  const unsigned short *shut;
  // Entries are cut into groups, places into spans, with few places outputs into parts too.
  long groups, entries, spans, span, parts;
  // The next of them that no thread has taken: how many zeros they hold differs.
  atomic_long *next;
} changes_job;

// The rows of one tile with what is zero in all of them left out, and what they have alone, row after row.
typedef struct {
  long place, rows, count;
  float *y[MOST_ROWS];
  int *list;
  float *held;
  long own[MOST_ROWS + 1];
  int *own_list;
  float *own_held;
} change_tile;

typedef struct {
  // Tiles, the columns that each lists, and the rows of all.
  change_tile *tiles;
  int *lists;
  float *held, *own_held;
  long count, rows;
  // The rows of one place, and what is needed while they are gathered.
  const float **x;
  float **y;
  float *row;
  unsigned *counts;
  // Of every sixteen columns, a bit for those that are not zero in all rows of a tile, and are shut or not.
  unsigned short *open, *shut;
} change_scratch;

// Closes up the columns of a row that `masks` names, with `list` those of them that are not zero, as pairs of 16-bit floats
// where the products take such; returns how many elements there are.
static long hold(const changes_job *j, const float *x, const unsigned short *masks, long count, int *list, float *held,
                 const change_scratch *s) {
  if (!j->c->halves) return cv_take_columns(j->together, x, masks, count, list, held);
  long listed = cv_take_columns(j->together, x, masks, count, list, s->row), whole = listed + listed % 2;
  if (whole > listed) {
    if (list) list[listed] = list[0];
    s->row[listed] = 0;
  }
  cv_round_row(s->row, held, whole);
  return whole / 2;
}

// Adds the columns that `masks` names to those that all rows of a tile take.
static void share_columns(const changes_job *j, change_tile *t, const float *const *x, const unsigned short *masks,
                          long count, const change_scratch *s) {
  int *list = t->list + (j->c->halves ? 2 : 1) * t->count;
  long listed = cv_list_columns(j->together, masks, count, list), held = 0;
  list[listed] = listed ? list[0] : 0;
  for (long r = 0; r < t->rows; r++) held = hold(j, x[r], masks, count, 0, t->held + r * CHANGES_PITCH + t->count, s);
  t->count += held;
}

// Lists the columns that are not zero in all rows of a tile and gathers them; `shut` names those that come last.
static void gather_tile(const changes_job *j, change_tile *t, const float *const *x, long count,
                        const unsigned short *shut, const change_scratch *s) {
  memset(s->counts, 0, sizeof(unsigned) * (size_t)count);
  for (long r = 0; r < t->rows; r++) cv_count_others(x[r], count, s->counts);
  column_kinds kinds = cv_sort_columns(j->together, s->counts, shut, count, s->open, s->shut);
  int isOwn = FEW * kinds.elements < t->rows * kinds.columns;
  t->count = 0;
  share_columns(j, t, x, s->open, count, s);
  if (kinds.columns && !isOwn) share_columns(j, t, x, s->shut, count, s);
  t->own[0] = 0;
  for (long r = 0; r < t->rows; r++) {
    long at = t->own[r], own = isOwn ? hold(j, x[r], s->shut, count, t->own_list + at, t->own_held + at, s) : 0;
    t->own[r + 1] = at + (j->c->halves ? 2 : 1) * own;
  }
}

CV_HOT static void cut(const float *x, const float *base, float low, float high, long count, float *y) {
  for (long i = 0; i < count; i++) y[i] = cv_cut_change(x[i], base[i], low, high);
}

CV_HOT static void cut_here(const float *base, float low, float high, long count, float *y) {
  for (long i = 0; i < count; i++) y[i] = cv_cut_change(y[i], base[i], low, high);
}

// Sums begin with the residual or nothing.
static void begin_sums(const changes_job *j, float *y, long count) {
  if (j->residual == j->y) return;
  if (j->residual)
    memcpy(y, j->residual + (y - j->y), sizeof(float) * (size_t)count);
  else
    memset(y, 0, sizeof(float) * (size_t)count);
}

// Sums at one place, from one output on, become changes of the value cut to a range.
static void end_sums(const changes_job *j, long place, long output, float *y, long count) {
  if (j->base) cut_here(j->base + place * j->c->outputs + output, j->low, j->high, count, y);
}

// Has the next tile's sums brought near.
static void expect_sums(const change_tile *t, long output, long count) {
  for (long r = 0; r < t->rows; r++)
    for (long l = 0; l < count; l += 16) __builtin_prefetch(t->y[r] + output + l, 1, 3);
}

// Has a share of the rows of weights that a tile lists brought near, from where the next block of them lies.
static void expect_weights(const change_tile *t, const float *w, long step, long share, long shares, int halves) {
  long listed = halves ? 2 * t->count : t->count;
  for (long k = listed * share / shares; k < listed * (share + 1) / shares; k++)
    for (long l = 0; l < step; l += 16) __builtin_prefetch(w + t->list[k] * step + l, 0, 2);
}

// Makes tiles of the rows of one place: what is zero in all rows of a tile is another thing at another place.
static void add_tiles(const changes_job *j, long place, long rows, long count, const unsigned short *shut,
                      change_scratch *s) {
  long tiles = (rows + j->k->rows - 1) / j->k->rows;
  for (long t = 0; t < tiles; t++) {
    long begin = rows * t / tiles;
    change_tile *tile = s->tiles + s->count;
    tile->place = place;
    tile->rows = rows * (t + 1) / tiles - begin;
    tile->list = s->lists + s->count * (MOST_LISTED + MOST_OWN);
    tile->own_list = tile->list + MOST_LISTED;
    tile->own_held = s->own_held + s->count * MOST_OWN;
    tile->held = s->held + s->rows * CHANGES_PITCH;
    for (long r = 0; r < tile->rows; r++) tile->y[r] = s->y[begin + r];
    gather_tile(j, tile, s->x + begin, count, shut, s);
    s->count++;
    s->rows += tile->rows;
  }
}

// Adds the products of one tile to its sums from one output on.
static void tile_products(const changes_function *functions, const change_tile *t, long output, const float *w,
                          long step, int halves) {
  float *sums[MOST_ROWS];
  for (long r = 0; r < t->rows; r++) sums[r] = t->y[r] + output;
  functions[t->rows - 1](t->list, t->count, t->held, w, step, sums);
  for (long r = 0; r < t->rows; r++) {
    long begin = t->own[r], count = t->own[r + 1] - begin;
    if (count) functions[0](t->own_list + begin, halves ? count / 2 : count, t->own_held + begin, w, step, sums + r);
  }
}

// Adds the products of the tiles with one tap and segment of the inputs to their sums.
static void add_products(const changes_job *j, long first, long part, const change_scratch *s) {
  const cv_changes *c = j->c;
  long blocks = (c->outputs + BLOCK - 1) / BLOCK, inner = c->inputs * c->kh * c->kw;
  long last = blocks * (part + 1) / j->parts;
  for (long block = blocks * part / j->parts; block < last; block++) {
    long o = block * BLOCK;
    long width = c->outputs - o > 16 ? BLOCK : 16;
    long step = c->halves ? BLOCK / 2 : width;
    const float *w = c->halves ? j->packed + o / 2 * inner + first * step : j->packed + o * inner + first * step;
    const changes_function *wide = width == BLOCK ? j->k->changes[1] : 0;
    for (long t = 0; t < s->count; t++) {
      const change_tile *tile = s->tiles + t;
      if (t + 1 < s->count) expect_sums(tile + 1, o, width);
      if (block + 1 < last) expect_weights(tile, w + step * inner, step, t, s->count, c->halves);
      for (long at = 0; at < width; at += wide ? BLOCK : 16)
        tile_products(wide ? wide : j->k->changes[0], tile, o + at, w + at, step, c->halves);
    }
  }
}

// Some entries at some places, for one part of the outputs.
typedef struct {
  long entry, entries, place, places, part, start, width;
} change_item;

// Where the sums of an entry at a place lie.
static float *sums_of(const changes_job *j, long entry, long place) {
  return j->y + (entry * j->c->oh * j->c->ow + place) * j->c->outputs;
}

// The place of the inputs that a tap reads for a place of the results; -1 outside.
static long place_of_inputs(const cv_changes *c, long place, long tap) {
  long row = place / c->ow * c->sh + tap / c->kw * c->dh - c->top;
  long column = place % c->ow * c->sw + tap % c->kw * c->dw - c->left;
  return row < 0 || row >= c->h || column < 0 || column >= c->w ? -1 : row * c->w + column;
}

// The rows of one place for a place and a segment of the inputs that are not all zero.
static long rows_of_place(const changes_job *j, const change_item *i, long place, long from, long first, long count,
                          const change_scratch *s) {
  const cv_changes *c = j->c;
  long rows = 0;
  for (long e = i->entry; e < i->entries; e++) {
    const float *x = j->x + (e * c->h * c->w + from) * c->inputs + first;
    if (cv_is_zero(x, count)) continue;
    s->x[rows] = x;
    s->y[rows++] = sums_of(j, e, place);
  }
  return rows;
}

// Makes the tiles of an item for a tap and a segment of the inputs.
static void gather_tiles(const changes_job *j, const change_item *i, long tap, long first, change_scratch *s) {
  const cv_changes *c = j->c;
  long count = CV_MIN(SEGMENT, c->inputs - first);
  s->count = s->rows = 0;
  for (long place = i->place; place < i->places; place++) {
    long from = place_of_inputs(c, place, tap);
    if (from < 0) continue;
    const unsigned short *shut = j->shut ? j->shut + from * masks_of(c) + first / 16 : 0;
    add_tiles(j, place, rows_of_place(j, i, place, from, first, count, s), count, shut, s);
  }
}

static void one_item(const changes_job *j, const change_item *i, change_scratch *s) {
  const cv_changes *c = j->c;
  for (long e = i->entry; e < i->entries; e++)
    for (long place = i->place; place < i->places; place++)
      begin_sums(j, sums_of(j, e, place) + i->start, i->width);
  for (long tap = 0; tap < c->kh * c->kw; tap++)
    for (long first = 0; first < c->inputs; first += SEGMENT) {
      gather_tiles(j, i, tap, first, s);
      if (s->count) add_products(j, tap * c->inputs + first, i->part, s);
    }
  for (long e = i->entry; e < i->entries; e++)
    for (long place = i->place; place < i->places; place++)
      end_sums(j, place, i->start, sums_of(j, e, place) + i->start, i->width);
}

static void changes_part(long begin, long end, void *context) {
  const changes_job *j = context;
  size_t rows = (size_t)(j->entries * j->span), one = (size_t)j->entries;
  size_t tiles = (size_t)(j->span * ((j->entries + j->k->rows - 1) / j->k->rows));
  change_scratch s = {
      .tiles = malloc(sizeof(change_tile) * tiles),
      .lists = malloc(sizeof(int) * tiles * (MOST_LISTED + MOST_OWN)),
      .held = malloc(sizeof(float) * rows * CHANGES_PITCH),
      .own_held = malloc(sizeof(float) * tiles * MOST_OWN),
      .x = malloc(sizeof(float *) * one),
      .y = malloc(sizeof(float *) * one),
      .row = malloc(sizeof(float) * (SEGMENT + SLACK)),
      .counts = malloc(sizeof(unsigned) * SEGMENT),
      .open = malloc(sizeof(short) * (SEGMENT / 16)),
      .shut = malloc(sizeof(short) * (SEGMENT / 16)),
  };
  if (!s.tiles || !s.lists || !s.held || !s.own_held || !s.x || !s.y || !s.row || !s.counts || !s.open || !s.shut)
    abort();
  long places = j->c->oh * j->c->ow, entries = j->c->entries, blocks = (j->c->outputs + BLOCK - 1) / BLOCK;
  (void)begin, (void)end;
  for (long item; (item = atomic_fetch_add(j->next, 1)) < j->spans * j->groups * j->parts;) {
    long span = item / (j->groups * j->parts), group = item / j->parts % j->groups;
    change_item i = {.entry = entries * group / j->groups,
                     .entries = entries * (group + 1) / j->groups,
                     .place = places * span / j->spans,
                     .places = places * (span + 1) / j->spans,
                     .part = item % j->parts};
    i.start = blocks * i.part / j->parts * BLOCK;
    i.width = CV_MIN(blocks * (i.part + 1) / j->parts * BLOCK, j->c->outputs) - i.start;
    one_item(j, &i, &s);
  }
  free(s.tiles);
  free(s.lists);
  free(s.held);
  free(s.x);
  free(s.y);
  free(s.own_held);
  free(s.row);
  free(s.counts);
  free(s.open);
  free(s.shut);
}

// Names the inputs that a cut shuts: where the unchanged value lies below its range or on the edge.
static unsigned short *shut_inputs(const cv_changes *c) {
  if (!c->before) return 0;
  long masks = masks_of(c), places = c->h * c->w;
  unsigned short *shut = calloc((size_t)(places * masks), sizeof(short));
  if (!shut) abort();
  for (long place = 0; place < places; place++)
    for (long i = 0; i < c->inputs; i++) {
      int isShut = c->before[place * c->inputs + i] <= c->low;
      unsigned short *mask = shut + place * masks + i / 16;
      *mask = (unsigned short)(*mask | isShut << i % 16);
    }
  return shut;
}

void cv_change_products(const cv_changes *c, const float *x, const float *packed, const float *residual,
                        const float *base, float low, float high, float *y) {
  changes_job j = {.c = c,
                   .x = x,
                   .packed = packed,
                   .residual = residual,
                   .base = base,
                   .low = low,
                   .high = high,
                   .y = y,
                   .k = c->halves ? cv_kernels_bf16() : cv_kernels()};
  if (!j.k || c->entries < 1) return;
  j.together = cv_columns_at_once();
  unsigned short *shut = shut_inputs(c);
  j.shut = shut;
  long places = c->oh * c->ow, threads = cv_threads();
  int isWide = places >= 8;
  j.groups = (c->entries + (isWide ? ENTRIES : MOST_ENTRIES) - 1) / (isWide ? ENTRIES : MOST_ENTRIES);
  j.entries = (c->entries + j.groups - 1) / j.groups;
  j.parts = isWide ? 1 : CV_MIN(threads, (c->outputs + BLOCK - 1) / BLOCK);
  long together = CV_MAX(1, CV_MIN(SHARING, SUMS / c->outputs) / j.entries);
  j.spans = isWide ? (places + together - 1) / together : places;
  if (isWide) j.spans = CV_MIN(places, (j.spans + threads - 1) / threads * threads);
  j.span = (places + j.spans - 1) / j.spans;
  atomic_long next = 0;
  j.next = &next;
  cv_parallel(CV_MIN(threads, j.spans * j.groups * j.parts), 1, changes_part, &j);
  free(shut);
}

typedef struct {
  const float *x, *base;
  float low, high;
  long count;
  float *y;
} cut_job;

static void cut_part(long begin, long end, void *context) {
  const cut_job *j = context;
  for (long e = begin; e < end; e++) {
    float *y = j->y + e * j->count;
    if (j->x == j->y)
      cut_here(j->base, j->low, j->high, j->count, y);
    else
      cut(j->x + e * j->count, j->base, j->low, j->high, j->count, y);
  }
}

void cv_change_cut(const float *x, const float *base, float low, float high, long entries, long count, float *y) {
  cut_job j = {x, base, low, high, count, y};
  cv_parallel(entries, 1, cut_part, &j);
}
