#include <stdatomic.h>

#include "kernels.h"

// F(m x m, 3x3) on the points 0, 1, -1, 2, -2 and infinity, m being four, and what is left at the right and the bottom edge:
// that takes fewer of the points. Weights' forms are made of packed weights where they are multiplied, a row of points and a
// block of outputs at a time: they stay in a core's cache and take no memory.

// Tiles that share the forms that are made, and bytes of transformed tiles that are held at once.
#define MOST_TILES 448
#define HELD (6L << 20)

// Whether m outputs take a point.
static const unsigned char takes[5][6] = {
    {1, 1, 1, 1, 1, 1}, {1, 1, 0, 0, 0, 1}, {1, 1, 1, 0, 0, 1}, {1, 1, 1, 1, 0, 1}, {1, 1, 1, 1, 1, 1}};

typedef struct {
  const cv_changes *c;
  const kernels *k;
  const float *x, *packed, *residual, *base;
  float low, high;
  float *y, *scratch;
  // Whole tiles of an entry, outputs of those at the edges, tiles of an entry by kind: whole rows of the right edge, whole
  // ones, those of the bottom edge, the corner. Tiles of a kind follow one another, so that those that take a point do too.
  long down, across, bottom, right, kinds[4], tiles;
  // Entries are cut into units, which share forms, and units into rounds, which share scratch memory.
  long units, unit, rounds, round, first, here;
  // The next of a round's blocks that no thread has taken.
  atomic_long next;
} dense_job;

static long blocks_of(const cv_changes *c) { return (c->outputs + BLOCK - 1) / BLOCK; }

// Floats from one point of transformed tiles, of products and of weights to the next: no powers of two, which would share
// places in the caches.
static long in_step(const dense_job *j) { return j->unit * j->tiles * j->c->inputs + 16; }
static long out_step(const dense_job *j) { return j->unit * j->tiles * BLOCK + 16; }
static long form_step(const dense_job *j) { return j->c->inputs * BLOCK + 16; }

static long part_scratch(const dense_job *j) { return 6 * form_step(j) + 36 * out_step(j); }

static void lay_out(dense_job *j) {
  const cv_changes *c = j->c;
  j->down = c->oh / 4;
  j->across = c->ow / 4;
  j->bottom = c->oh % 4;
  j->right = c->ow % 4;
  j->kinds[0] = j->right ? j->down : 0;
  j->kinds[1] = j->down * j->across;
  j->kinds[2] = j->bottom ? j->across : 0;
  j->kinds[3] = j->bottom && j->right;
  j->tiles = j->kinds[0] + j->kinds[1] + j->kinds[2] + j->kinds[3];
  long threads = cv_threads(), blocks = blocks_of(c);
  long least = CV_MIN(c->entries, (threads + blocks - 1) / blocks);
  long held = CV_MAX(1, HELD / (36 * 4 * j->tiles * c->inputs));
  long most = CV_MAX(1, CV_MIN(MOST_TILES / j->tiles, held));
  j->units = CV_MAX(least, (c->entries + most - 1) / most);
  j->unit = (c->entries + j->units - 1) / j->units;
  j->round = CV_MAX(least, held / j->unit);
  j->rounds = (j->units + j->round - 1) / j->round;
}

static long unit_begin(const dense_job *j, long unit) { return j->c->entries * unit / j->units; }

// What a tile covers: its entry, its first output and how many it has down and across.
typedef struct {
  long entry, y, x, height, width;
} place;

// Tile t of a unit of some entries.
static place place_of(const dense_job *j, long entries, long t) {
  long kind = 0;
  while (t >= entries * j->kinds[kind]) t -= entries * j->kinds[kind++];
  long at = t % j->kinds[kind];
  int isRight = kind == 0 || kind == 3, isBottom = kind > 1;
  long row = isBottom ? j->down : isRight ? at : at / j->across;
  long column = isRight ? j->across : isBottom ? at : at % j->across;
  place p = {t / j->kinds[kind], 4 * row, 4 * column, isBottom ? j->bottom : 4, isRight ? j->right : 4};
  return p;
}

// B^T d for m outputs, `from` and `to` floats apart, scaled for weights whose forms are those of four outputs.
static inline __attribute__((always_inline)) void in_points(long m, const v16 *d, long from, v16 *t, long to) {
#define D(i) d[(i) * from]
#define T(i) t[(i) * to]
  if (m == 4) {
    v16 a = D(4) - 4.0f * D(2), b = D(3) - 4.0f * D(1), c = D(4) - D(2), e = 2.0f * (D(3) - D(1));
    T(0) = 4.0f * D(0) - 5.0f * D(2) + D(4);
    T(1) = a + b;
    T(2) = a - b;
    T(3) = c + e;
    T(4) = c - e;
    T(5) = 4.0f * D(1) - 5.0f * D(3) + D(5);
  } else if (m == 3) {
    T(0) = 4.0f * (D(0) - D(2)) + 2.0f * (D(3) - D(1));
    T(1) = 3.0f * (D(3) - D(2)) - 6.0f * D(1);
    T(2) = 2.0f * D(1) - 3.0f * D(2) + D(3);
    T(3) = 4.0f * (D(3) - D(1));
    T(5) = 2.0f * (D(1) - D(3)) - D(2) + D(4);
  } else if (m == 2) {
    T(0) = 4.0f * (D(0) - D(2));
    T(1) = -3.0f * (D(1) + D(2));
    T(2) = 3.0f * (D(1) - D(2));
    T(5) = D(3) - D(1);
  } else {
    T(0) = 4.0f * (D(0) - D(1));
    T(1) = -6.0f * D(1);
    T(5) = D(2) - D(1);
  }
#undef D
#undef T
}

// A^T p for m outputs.
static inline __attribute__((always_inline)) void out_values(long m, const v16 *p, long from, v16 *y, long to) {
#define P(i) p[(i) * from]
#define Y(i) y[(i) * to]
  v16 a = P(1), b = P(1);
  if (m > 1) {
    a = a + P(2);
    b = b - P(2);
  }
  if (m == 4) {
    v16 c = P(3) + P(4), e = P(3) - P(4);
    Y(0) = P(0) + a + c;
    Y(1) = b + 2.0f * e;
    Y(2) = a + 4.0f * c;
    Y(3) = b + 8.0f * e + P(5);
  } else if (m == 3) {
    Y(0) = P(0) + a + P(3);
    Y(1) = b + 2.0f * P(3);
    Y(2) = a + 4.0f * P(3) + P(5);
  } else if (m == 2) {
    Y(0) = P(0) + a;
    Y(1) = b + P(5);
  } else {
    Y(0) = P(0) + a + P(5);
  }
#undef P
#undef Y
}

CV_HOT static void in_tile(const dense_job *j, const place *p, float *v, long step) {
  const cv_changes *c = j->c;
  for (long channel = 0; channel < c->inputs; channel += 16) {
    v16 t[6][6] = {{0}};
    for (long x = 0; x < p->width + 2; x++) {
      v16 d[6];
      for (long y = 0; y < p->height + 2; y++) {
        long row = p->y + y - c->top, column = p->x + x - c->left;
        int inside = row >= 0 && row < c->h && column >= 0 && column < c->w;
        d[y] = inside ? LOAD(j->x + ((p->entry * c->h + row) * c->w + column) * c->inputs + channel) : (v16)0.0f;
      }
      in_points(p->height, d, 1, &t[0][x], 6);
    }
    for (long row = 0; row < 6; row++) {
      if (!takes[p->height][row]) continue;
      v16 d[6];
      in_points(p->width, t[row], 1, d, 1);
      for (long column = 0; column < 6; column++)
        if (takes[p->width][column]) LOAD(v + (row * 6 + column) * step + channel) = d[column];
    }
  }
}

// The forms of a block's weights [3, 3, inputs, width] at one row of points.
CV_HOT static void make_forms(const dense_job *j, const float *w, long width, long row, float *forms) {
  long count = j->c->inputs * width, step = form_step(j);
  const double *g = cv_winograd_form[row];
  float first = (float)g[0], second = (float)g[1], third = (float)g[2];
  for (long i = 0; i < count; i += 16) {
    const float *at = w + i;
    v16 h[3];
    for (long b = 0; b < 3; b++)
      h[b] = first * LOAD(at + b * count) + second * LOAD(at + (3 + b) * count) + third * LOAD(at + (6 + b) * count);
    v16 a = (h[0] + h[2]) * (-1.0f / 6), b = h[1] * (1.0f / 6), c = h[0] * (1.0f / 24) + h[2] * (1.0f / 6);
    float *to = forms + i;
    LOAD(to) = 0.25f * h[0];
    LOAD(to + step) = a - b;
    LOAD(to + 2 * step) = a + b;
    LOAD(to + 3 * step) = c + 0.5f * b;
    LOAD(to + 4 * step) = c - 0.5f * b;
    LOAD(to + 5 * step) = h[2];
  }
}

// The tiles of a unit that take a point.
static void range_of(const dense_job *j, long entries, long row, long column, long *begin, long *end) {
  long ends[5] = {0};
  for (long kind = 0; kind < 4; kind++) ends[kind + 1] = ends[kind] + entries * j->kinds[kind];
  int takesRight = takes[j->right][column], takesBottom = takes[j->bottom][row];
  *begin = takesRight ? 0 : ends[1];
  *end = !takesBottom ? ends[2] : takesRight ? ends[4] : ends[3];
}

static void multiply(const dense_job *j, long entries, const float *v, const float *w, long width, float *forms,
                     float *m) {
  const cv_changes *c = j->c;
  tile job = {.taps = 1, .run = c->inputs, .pitch = width, .low = -INFINITY, .high = INFINITY};
  for (long row = 0; row < 6; row++) {
    make_forms(j, w, width, row, forms);
    for (long column = 0; column < 6; column++) {
      long begin, end, point = row * 6 + column;
      range_of(j, entries, row, column, &begin, &end);
      long count = end - begin, parts = (count + j->k->rows - 1) / j->k->rows;
      if (!parts) continue;
      even_parts tiles = in_parts(count, parts);
      for (long part = 0; part < parts; part++) {
        long from = begin + part_begin(tiles, part), to = begin + part_begin(tiles, part + 1);
        const float *rows[MOST_ROWS];
        for (long t = from; t < to; t++) rows[t - from] = v + point * in_step(j) + t * c->inputs;
        j->k->tiles[width / 16 - 1][to - from - 1](&job, rows, forms + column * form_step(j),
                                                   m + point * out_step(j) + from * width, 0, 0);
      }
    }
  }
}

CV_HOT static void out_tile(const dense_job *j, const place *p, const float *m, long output, long width) {
  const cv_changes *c = j->c;
  long step = out_step(j);
  v16 low = (v16)0.0f + j->low, high = (v16)0.0f + j->high;
  for (long l = 0; l < width; l += 16) {
    v16 t[4][6] = {{0}};
    for (long column = 0; column < 6; column++) {
      if (!takes[p->width][column]) continue;
      v16 d[6];
      for (long row = 0; row < 6; row++)
        if (takes[p->height][row]) d[row] = LOAD(m + (row * 6 + column) * step + l);
      out_values(p->height, d, 1, &t[0][column], 6);
    }
    for (long y = 0; y < p->height; y++) {
      v16 out[4];
      out_values(p->width, t[y], 1, out, 1);
      for (long x = 0; x < p->width; x++) {
        long at = ((p->y + y) * c->ow + p->x + x) * c->outputs + output + l;
        float *to = j->y + p->entry * c->oh * c->ow * c->outputs + at;
        v16 z = out[x];
        if (j->residual) z += LOAD(j->residual + (to - j->y));
        if (j->base) {
          v16 before = LOAD(j->base + at), after = before + z;
          before = before < low ? low : before;
          before = before > high ? high : before;
          after = after < low ? low : after;
          after = after > high ? high : after;
          z = after - before;
        }
        LOAD(to) = z;
      }
    }
  }
}

static void in_part(long begin, long end, void *context) {
  const dense_job *j = context;
  for (long item = begin; item < end; item++) {
    long unit = item / (j->unit * j->tiles), t = item % (j->unit * j->tiles);
    long entry = unit_begin(j, j->first + unit), entries = unit_begin(j, j->first + unit + 1) - entry;
    if (t >= entries * j->tiles) continue;
    place p = place_of(j, entries, t);
    p.entry += entry;
    in_tile(j, &p, j->scratch + unit * 36 * in_step(j) + t * j->c->inputs, in_step(j));
  }
}

static void block_part(long begin, long end, void *context) {
  dense_job *j = context;
  (void)end;
  long blocks = blocks_of(j->c);
  // Each thread has its own memory behind the tiles'.
  float *forms = j->scratch + j->round * 36 * in_step(j) + begin * part_scratch(j), *m = forms + 6 * form_step(j);
  for (long item; (item = atomic_fetch_add(&j->next, 1)) < j->here * blocks;) {
    long unit = item / blocks, output = item % blocks * BLOCK, width = j->c->outputs - output > 16 ? BLOCK : 16;
    long entry = unit_begin(j, j->first + unit), entries = unit_begin(j, j->first + unit + 1) - entry;
    multiply(j, entries, j->scratch + unit * 36 * in_step(j), j->packed + output * j->c->inputs * 9, width, forms, m);
    for (long t = 0; t < entries * j->tiles; t++) {
      place p = place_of(j, entries, t);
      p.entry += entry;
      out_tile(j, &p, m + t * width, output, width);
    }
  }
}

int cv_change_winograd_fits(const cv_changes *c) {
  return c->kh == 3 && c->kw == 3 && c->sh == 1 && c->sw == 1 && c->dh == 1 && c->dw == 1 && !c->halves &&
         c->inputs % 16 == 0 && c->outputs % 16 == 0 && c->oh > 0 && c->ow > 0;
}

long cv_change_winograd_scratch(const cv_changes *c) {
  dense_job j = {.c = c};
  lay_out(&j);
  return j.round * 36 * in_step(&j) + cv_threads() * part_scratch(&j);
}

void cv_change_winograd(const cv_changes *c, const float *x, const float *packed, const float *residual,
                        const float *base, float low, float high, float *y, float *scratch) {
  dense_job j = {.c = c,
                 .k = cv_kernels(),
                 .x = x,
                 .packed = packed,
                 .residual = residual,
                 .base = base,
                 .low = low,
                 .high = high,
                 .y = y,
                 .scratch = scratch};
  if (c->entries < 1) return;
  lay_out(&j);
  for (long r = 0; r < j.rounds; r++) {
    j.first = j.units * r / j.rounds;
    j.here = j.units * (r + 1) / j.rounds - j.first;
    cv_parallel(j.here * j.unit * j.tiles, 1, in_part, &j);
    atomic_store(&j.next, 0);
    cv_parallel(CV_MIN(cv_threads(), j.here * blocks_of(c)), 1, block_part, &j);
  }
}
