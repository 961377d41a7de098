#include <stdatomic.h>

#include "change_tiles.h"

// Entries of one place that are multiplied at a time where there are many places and where there are few, rows of entries
// and places that share one pass over the weights, and sums of which stay in cache.
#define ENTRIES 56
#define MOST_ENTRIES 504
#define SHARING 224
#define SUMS (64L << 10)
// Tiles of a place from which on the weights that they all list are laid one behind the other for them.
#define MANY 3

// Masks of the inputs of one place.
static long masks_of(const cv_changes *c) { return (c->inputs + 15) / 16; }

typedef struct {
  const cv_changes *c;
  const float *x, *packed, *residual, *base;
  float low, high;
  float *y;
  const kernels *k;
  // Of every sixteen inputs at a place, a bit for those that are shut there; null where none is known to be.
  const unsigned short *shut;
  // Entries are cut into groups, places into spans, with few places outputs into parts too.
  long groups, entries, spans, span, parts;
  // Parts of a sum: taps times segments of the inputs.
  long passes;
  // The next item that no thread has taken: how many zeros they hold differs.
  atomic_long *next;
} changes_job;

// Some entries at some places, for some blocks of the outputs.
typedef struct {
  long entry, entries, place, places, block, blocks;
} change_item;

// Sums of an item [blocks, rows, BLOCK], those of one block where each is through at once; and weights that were laid one behind
// the other.
typedef struct {
  change_tiles tiles;
  float *sums, *weights;
} change_scratch;

CV_HOT static void cut(const float *x, const float *base, float low, float high, long count, float *y) {
  for (long i = 0; i < count; i++) y[i] = cv_cut_change(x[i], base[i], low, high);
}

CV_HOT static void cut_here(const float *base, float low, float high, long count, float *y) {
  for (long i = 0; i < count; i++) y[i] = cv_cut_change(y[i], base[i], low, high);
}

// Sums of some rows become results, and changes of the values that they change where there is a `base`.
CV_HOT static void end_rows(const change_row *rows, long count, const float *sums, const float *residual, const float *base,
                            float low, float high, long width, float *y) {
  for (long r = 0; r < count; r++) {
    const float *sum = sums + rows[r].number * BLOCK, *added = residual ? residual + rows[r].result : 0;
    float *to = y + rows[r].result;
    // The residual may be the result's memory, which the compiler would have to look at element by element.
    for (long i = 0; i < width; i += 16) {
      v16 change = added ? LOAD(added + i) + LOAD(sum + i) : LOAD(sum + i);
      if (base) {
        v16 own = LOAD(base + i);
        change = CUT(own + change, low, high) - CUT(own, low, high);
      }
      LOAD(to + i) = change;
    }
  }
}

static long rows_of(const change_item *i) { return (i->entries - i->entry) * (i->places - i->place); }

// Has the results of a tile's rows brought near.
static void expect_results(const changes_job *j, const change_tile *t, long output, long count) {
  for (long r = 0; r < t->rows; r++)
    for (long l = 0; l < count; l += 16) {
      long at = t->row[r].result + output + l;
      __builtin_prefetch(j->y + at, 1, 2);
      if (j->residual && j->residual != j->y) __builtin_prefetch(j->residual + at, 0, 2);
    }
}

// Has a share of the next block's weights brought near.
static void expect_weights(const float *w, long count, long share, long shares) {
  for (long at = count * share / shares & ~15l; at < count * (share + 1) / shares; at += 16) __builtin_prefetch(w + at, 0, 2);
}

// Adds what the rows of a tile have alone.
static void own_products(const changes_job *j, const change_tile *t, const float *w, long step, long width,
                         float *const *sums) {
  const changes_function *wide = j->k->changes[1];
  changes_function both = width < BLOCK ? 0 : wide ? wide[0] : j->k->change_of_row;
  for (long r = 0; r < t->rows; r++) {
    long begin = t->own[r], count = (t->own[r + 1] - begin) / (j->c->halves ? 2 : 1);
    if (count) (both ? both : j->k->changes[0][0])(t->own_list + begin, count, t->own_held + begin, w, step, sums + r, 0);
  }
}

// A block of weights: `width` outputs from `output` on, whose rows lie `step` floats apart; `next` has those of the next, or is
// null. Sums of its results are through where it is the last part of the inputs.
typedef struct {
  const float *w, *next;
  long output, width, step, count;
  float *sums;
  int isLast;
} change_block;

static void end_block(const changes_job *j, const change_block *b, long place, const change_row *rows, long count) {
  const float *base = j->base ? j->base + place * j->c->outputs + b->output : 0;
  end_rows(rows, count, b->sums, j->residual ? j->residual + b->output : 0, base, j->low, j->high, b->width, j->y + b->output);
}

// Adds the products of a place's tiles with a block of weights to their sums.
static void place_products(const changes_job *j, const change_block *b, long place, const change_place *p,
                           const change_scratch *s) {
  const change_tile *first = s->tiles.tiles + p->first, *end = first + p->tiles;
  int isWide = b->width == BLOCK && j->k->changes[1], isClosed = p->alike && p->tiles >= MANY && !j->c->halves;
  long at_once = isWide ? BLOCK : 16;
  if (b->isLast) end_block(j, b, place, s->tiles.idle + p->first_idle, p->idle);
  for (long at = 0; at < b->width; at += at_once) {
    int isEnd = at + at_once == b->width;
    if (isEnd && b->isLast && p->tiles) expect_results(j, first, b->output, b->width);
    for (const change_tile *t = first; t < end; t++) {
      float *rows[MOST_ROWS];
      for (long r = 0; r < t->rows; r++) rows[r] = b->sums + t->row[r].number * BLOCK + at;
      if (b->next) {
        long share = t - s->tiles.tiles + at / at_once * s->tiles.tile_count;
        expect_weights(b->next, b->count, share, s->tiles.tile_count * (b->width / at_once));
      }
      if (isEnd && b->isLast && t + 1 < end) expect_results(j, t + 1, b->output, b->width);
      changes_function products = j->k->changes[isWide][t->rows - 1];
      if (isClosed && t > first)
        products(0, t->count, t->held, s->weights, at_once, rows, 0);
      else
        products(t->list, t->count, t->held, b->w + at, b->step, rows, isClosed ? s->weights : 0);
      if (!isEnd) continue;
      for (long r = 0; r < t->rows; r++) rows[r] -= at;
      if (t->own[t->rows]) own_products(j, t, b->w, b->step, b->width, rows);
      if (b->isLast) end_block(j, b, place, t->row, t->rows);
    }
  }
}

// Adds the products of all tiles with part `pass` of the inputs, `count` from element `first` of the rows of weights on.
static void add_products(const changes_job *j, const change_item *i, long first, long count, long pass,
                         const change_scratch *s) {
  const cv_changes *c = j->c;
  long inner = c->inputs * c->kh * c->kw, size = rows_of(i) * BLOCK;
  for (long block = i->block; block < i->blocks; block++) {
    long o = block * BLOCK, width = c->outputs - o > 16 ? BLOCK : 16, step = c->halves ? BLOCK / 2 : width;
    const float *w = c->halves ? j->packed + o / 2 * inner + first * step : j->packed + o * inner + first * step;
    float *sums = s->sums + (j->passes > 1 ? (block - i->block) * size : 0);
    change_block b = {w, block + 1 < i->blocks ? w + step * inner : 0, o, width, step, count * step, sums,
                      pass == j->passes - 1};
    if (pass == 0) memset(sums, 0, sizeof(float) * (size_t)size);
    for (long p = 0; p < i->places - i->place; p++) place_products(j, &b, i->place + p, s->tiles.places + p, s);
  }
}

// The place of the inputs that a tap reads for a place of the results; -1 outside.
static long place_of_inputs(const cv_changes *c, long place, long tap) {
  long row = place / c->ow * c->sh + tap / c->kw * c->dh - c->top;
  long column = place % c->ow * c->sw + tap % c->kw * c->dw - c->left;
  return row < 0 || row >= c->h || column < 0 || column >= c->w ? -1 : row * c->w + column;
}

// Takes the rows of one place for a place and a segment of the inputs that are not all zero, and names the others.
static void take_rows(const changes_job *j, const change_item *i, long place, long from, long first, change_tiles *t) {
  const cv_changes *c = j->c;
  long rows = 0, idle = 0, count = CV_MIN(SEGMENT, c->inputs - first), number = (place - i->place) * (i->entries - i->entry);
  for (long e = i->entry; e < i->entries; e++, number++) {
    const float *x = j->x + (e * c->h * c->w + from) * c->inputs + first;
    change_row row = {number, (e * c->oh * c->ow + place) * c->outputs};
    if (from < 0 || cv_is_zero(x, count)) {
      t->idle[t->idle_count + idle++] = row;
    } else {
      t->x[rows] = x;
      t->of[rows++] = row;
    }
  }
  const unsigned short *shut = j->shut && from >= 0 ? j->shut + from * masks_of(c) + first / 16 : 0;
  cv_add_place(t, rows, idle, count, shut);
}

static void one_item(const changes_job *j, const change_item *i, change_scratch *s) {
  const cv_changes *c = j->c;
  long pass = 0;
  for (long tap = 0; tap < c->kh * c->kw; tap++)
    for (long first = 0; first < c->inputs; first += SEGMENT) {
      cv_clear_changes(&s->tiles);
      for (long place = i->place; place < i->places; place++)
        take_rows(j, i, place, place_of_inputs(c, place, tap), first, &s->tiles);
      add_products(j, i, tap * c->inputs + first, CV_MIN(SEGMENT, c->inputs - first), pass++, s);
    }
}

static void changes_part(long begin, long end, void *context) {
  const changes_job *j = context;
  long places = j->c->oh * j->c->ow, entries = j->c->entries, blocks = (j->c->outputs + BLOCK - 1) / BLOCK;
  long rows = j->entries * j->span, kept = j->passes > 1 ? (blocks + j->parts - 1) / j->parts : 1;
  change_scratch s = {
      .tiles = cv_open_changes(j->c->halves, cv_columns_at_once(), j->k->rows, rows, j->span),
      .sums = malloc(sizeof(float) * (size_t)(rows * kept * BLOCK)),
      .weights = malloc(sizeof(float) * SEGMENT * BLOCK),
  };
  if (!s.sums || !s.weights) abort();
  (void)begin, (void)end;
  for (long item; (item = atomic_fetch_add(j->next, 1)) < j->spans * j->groups * j->parts;) {
    long span = item / (j->groups * j->parts), group = item / j->parts % j->groups, part = item % j->parts;
    change_item i = {.entry = entries * group / j->groups,
                     .entries = entries * (group + 1) / j->groups,
                     .place = places * span / j->spans,
                     .places = places * (span + 1) / j->spans,
                     .block = blocks * part / j->parts,
                     .blocks = blocks * (part + 1) / j->parts};
    one_item(j, &i, &s);
  }
  cv_close_changes(&s.tiles);
  free(s.sums);
  free(s.weights);
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
  unsigned short *shut = shut_inputs(c);
  j.shut = shut;
  long places = c->oh * c->ow, threads = cv_threads();
  int isWide = places >= 8;
  j.groups = (c->entries + (isWide ? ENTRIES : MOST_ENTRIES) - 1) / (isWide ? ENTRIES : MOST_ENTRIES);
  j.entries = (c->entries + j.groups - 1) / j.groups;
  j.parts = isWide ? 1 : CV_MIN(threads, (c->outputs + BLOCK - 1) / BLOCK);
  j.passes = c->kh * c->kw * ((c->inputs + SEGMENT - 1) / SEGMENT);
  long sharing = j.passes > 1 ? CV_MIN(SHARING, SUMS / c->outputs) : SHARING, together = CV_MAX(1, sharing / j.entries);
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
