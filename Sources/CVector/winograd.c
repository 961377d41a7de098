#include <stdatomic.h>

#include "reverse.h"

// F(m x m, 3x3) on the points 0, 1, -1, 2, -2 and infinity, m being four, and what is left at the right and the bottom edge:
// that takes fewer of the points. Weights' forms, four times as many numbers as the weights, are made when they are needed.
// Those of few weights are made for all tiles first, of which each thread then takes some through all steps. Those of many
// are made where they are multiplied, two rows of points, some inputs and a block of outputs at a time: they stay in a
// core's cache, and a quarter as much is read.

// Inputs whose forms are made at once.
#define INPUTS 256
// Forms of fewer weights are made for all tiles, unless these are few.
#define LIGHT (96L << 10)
#define FEW 16
// Tiles that one thread takes through all steps at once.
#define GROUP 28
// Tiles that share the forms that are made where they are multiplied, and bytes of transformed tiles that are then held.
#define MOST_TILES 448
#define HELD (6L << 20)

// Whether m outputs take a point.
static const unsigned char takes[5][6] = {
    {1, 1, 1, 1, 1, 1}, {1, 1, 0, 0, 0, 1}, {1, 1, 1, 0, 0, 1}, {1, 1, 1, 1, 0, 1}, {1, 1, 1, 1, 1, 1}};
// Rows of points that are made together.
static const unsigned char together[3][2] = {{0, 5}, {1, 2}, {3, 4}};

typedef struct {
  const cv_winograd *w;
  const cv_finish *finish;
  const kernels *k;
  const float *x, *packed, *base;
  float *y, *scratch;
  // Whether the weights are those of the convolution whose gradient this one computes.
  int turned;
  // Whether forms are made for all tiles.
  int whole;
  // Whole tiles of an entry, outputs of those at the edges, tiles of an entry by kind: whole rows of the right edge, whole
  // ones, those of the bottom edge, the corner. Tiles of a kind follow one another, so that those that take a point do too.
  long down, across, bottom, right, kinds[4], tiles;
  // Entries are cut into units of so many, which share forms, and units into rounds, which share scratch memory; of all
  // entries' tiles where forms are made for all, into groups.
  long units, unit, rounds, round, groups, first, here;
  // The most tiles that lie in one memory, and floats from one tile's products to the next.
  long most, pitch;
  // The next of a round's blocks that no thread has taken.
  atomic_long next;
} winograd_job;

static long blocks_of(const cv_winograd *w) { return (w->outputs + BLOCK - 1) / BLOCK; }

// Floats from one point of transformed tiles, of products and of weights to the next: no powers of two, which would share
// places in the caches.
static long in_step(const winograd_job *j) { return j->most * j->w->c + 16; }
static long out_step(const winograd_job *j) { return j->most * j->pitch + 16; }
static long weight_step(const winograd_job *j) { return CV_MIN(INPUTS, j->w->c) * BLOCK + 16; }
static long form_step(const winograd_job *j) { return j->whole ? j->w->outputs * j->w->c + 16 : weight_step(j); }

// Floats that all threads share, and those of each: turned weights, forms and products; or tiles, products and, before that,
// turned weights.
static long shared_scratch(const winograd_job *j) {
  return j->whole ? 36 * form_step(j) : j->round * 36 * in_step(j);
}
static long part_scratch(const winograd_job *j) {
  long turned = j->turned ? 9 * weight_step(j) : 0;
  if (j->whole) return CV_MAX(turned, 36 * (in_step(j) + out_step(j)));
  return turned + 12 * form_step(j) + 36 * out_step(j);
}

static void lay_out(winograd_job *j) {
  const cv_winograd *w = j->w;
  j->down = w->oh / 4;
  j->across = w->ow / 4;
  j->bottom = w->oh % 4;
  j->right = w->ow % 4;
  j->kinds[0] = j->right ? j->down : 0;
  j->kinds[1] = j->down * j->across;
  j->kinds[2] = j->bottom ? j->across : 0;
  j->kinds[3] = j->bottom && j->right;
  j->tiles = j->kinds[0] + j->kinds[1] + j->kinds[2] + j->kinds[3];
  long threads = cv_threads(), blocks = blocks_of(w), all = w->batch * j->tiles;
  // Groups' inputs overlap, so that none may be written over by another.
  j->whole = w->c * w->outputs <= LIGHT && all > FEW && !w->in_place;
  if (j->whole) {
    long most = w->c + w->outputs > 256 ? GROUP / 2 : GROUP;
    j->groups = ((all + most - 1) / most + threads - 1) / threads * threads;
    j->most = (all + j->groups - 1) / j->groups;
    j->pitch = w->outputs;
    return;
  }
  long least = CV_MIN(w->batch, (threads + blocks - 1) / blocks);
  long held = CV_MAX(1, HELD / (36 * 4 * j->tiles * w->c));
  long most = CV_MAX(1, CV_MIN(MOST_TILES / j->tiles, held));
  j->units = CV_MAX(least, (w->batch + most - 1) / most);
  j->unit = (w->batch + j->units - 1) / j->units;
  j->round = CV_MAX(least, held / j->unit);
  j->rounds = (j->units + j->round - 1) / j->round;
  j->most = j->unit * j->tiles;
  j->pitch = BLOCK;
}

// Tiles from `first` to `end` of some entries.
typedef struct {
  long entry, entries, first, end;
} span;

static span unit_span(const winograd_job *j, long unit) {
  long begin = j->w->batch * unit / j->units, end = j->w->batch * (unit + 1) / j->units;
  return (span){begin, end - begin, 0, (end - begin) * j->tiles};
}

static span group_span(const winograd_job *j, long group) {
  long all = j->w->batch * j->tiles;
  return (span){0, j->w->batch, all * group / j->groups, all * (group + 1) / j->groups};
}

// What a tile covers: its entry, its first output and how many it has down and across.
typedef struct {
  long entry, y, x, height, width;
} place;

// Tile t of a span's entries.
static place place_of(const winograd_job *j, const span *s, long t) {
  long kind = 0;
  while (t >= s->entries * j->kinds[kind]) t -= s->entries * j->kinds[kind++];
  long at = t % j->kinds[kind];
  int isRight = kind == 0 || kind == 3, isBottom = kind > 1;
  long row = isBottom ? j->down : isRight ? at : at / j->across;
  long column = isRight ? j->across : isBottom ? at : at % j->across;
  place p = {s->entry + t / j->kinds[kind], 4 * row, 4 * column, isBottom ? j->bottom : 4, isRight ? j->right : 4};
  return p;
}

// B^T d for m outputs, `from` and `to` floats apart, scaled, where they are fewer than four, for the forms of `row_forms`.
static inline __attribute__((always_inline)) void in_points(long m, const v16 *d, long from, v16 *t, long to) {
#define D(i) d[(i) * from]
#define T(i) t[(i) * to]
  if (m == 4) {
    v16 a = D(4) - 4.0f * D(2), b = D(3) - 4.0f * D(1), c = D(4) - D(2), e = 2.0f * (D(3) - D(1));
    T(0) = D(0) - 1.25f * D(2) + 0.25f * D(4);
    T(1) = a + b;
    T(2) = a - b;
    T(3) = c + e;
    T(4) = c - e;
    T(5) = 4.0f * D(1) - 5.0f * D(3) + D(5);
  } else if (m == 3) {
    T(0) = D(0) - D(2) + 0.5f * (D(3) - D(1));
    T(1) = D(1) + 0.5f * (D(2) - D(3));
    T(2) = 0.5f * D(2) - (2.0f * D(1) + D(3)) * (1.0f / 6);
    T(3) = (D(3) - D(1)) * (1.0f / 6);
    T(5) = 2.0f * (D(1) - D(3)) - D(2) + D(4);
  } else if (m == 2) {
    T(0) = D(0) - D(2);
    T(1) = 0.5f * (D(1) + D(2));
    T(2) = 0.5f * (D(2) - D(1));
    T(5) = D(3) - D(1);
  } else {
    T(0) = D(0) - D(1);
    T(1) = D(1);
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
    // The factors that four inputs are spared.
    const float near = -1.0f / 6, far = 1.0f / 24;
    v16 c = P(3) + P(4), e = P(3) - P(4);
    Y(0) = P(0) + near * a + far * c;
    Y(1) = near * b + 2 * far * e;
    Y(2) = near * a + 4 * far * c;
    Y(3) = P(5) + near * b + 8 * far * e;
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

// Sixteen channels of a tile's inputs, null outside the picture, at the points that it takes.
static inline __attribute__((always_inline)) void in_channels(const float *const *pixels, long height, long width,
                                                             int narrow, long channel, float *v, long step) {
  v16 t[6][6];
#pragma unroll
  for (long x = 0; x < width + 2; x++) {
    v16 d[6];
#pragma unroll
    for (long y = 0; y < height + 2; y++) {
      const float *pixel = pixels[y * 6 + x], *at = pixel ? element(pixel, channel, narrow) : 0;
      d[y] = !at ? (v16)0.0f : narrow ? LOAD_NARROW(at) : LOAD(at);
    }
    in_points(height, d, 1, &t[0][x], 6);
  }
#pragma unroll
  for (long row = 0; row < 6; row++) {
    if (!takes[height][row]) continue;
    v16 d[6];
    in_points(width, t[row], 1, d, 1);
#pragma unroll
    for (long column = 0; column < 6; column++)
      if (takes[width][column]) LOAD(v + (row * 6 + column) * step + channel) = d[column];
  }
}

CV_HOT static void in_tile(const winograd_job *j, const place *p, float *v, long step) {
  const cv_winograd *w = j->w;
  const float *pixels[36];
  for (long y = 0; y < p->height + 2; y++)
    for (long x = 0; x < p->width + 2; x++) {
      long row = p->y + y - w->top, column = p->x + x - w->left;
      int inside = row >= 0 && row < w->h && column >= 0 && column < w->w;
      pixels[y * 6 + x] = inside ? element(j->x, ((p->entry * w->h + row) * w->w + column) * w->c, w->narrow) : 0;
    }
  int isFull = p->height == 4 && p->width == 4;
  for (long c = 0; c < w->c; c += 16) {
    if (isFull && !w->narrow)
      in_channels(pixels, 4, 4, 0, c, v, step);
    else
      in_channels(pixels, p->height, p->width, w->narrow, c, v, step);
  }
}

// The forms of a row of a window: the sums that the points make of its weights, but for factors that inputs take.
static inline __attribute__((always_inline)) void row_forms(const v16 *h, float *forms, long step) {
  v16 ends = h[0] + h[2], far = h[0] + 4.0f * h[2];
  LOAD(forms) = h[0];
  LOAD(forms + step) = ends + h[1];
  LOAD(forms + 2 * step) = ends - h[1];
  LOAD(forms + 3 * step) = far + 2.0f * h[1];
  LOAD(forms + 4 * step) = far - 2.0f * h[1];
  LOAD(forms + 5 * step) = h[2];
}

// The forms of `count` weights of each of nine taps, `tap` floats apart, at two rows of points, `lower` floats apart.
CV_HOT static void make_forms(const float *weights, long tap, long count, long rows, float *forms, long lower, long step) {
  for (long i = 0; i < count; i += 16) {
    v16 top[3], bottom[3];
    const float *w = weights + i;
#pragma unroll
    for (long b = 0; b < 3; b++) {
      v16 first = LOAD(w + b * tap), third = LOAD(w + (6 + b) * tap);
      if (rows == 0) {
        top[b] = first;
        bottom[b] = third;
      } else if (rows == 1) {
        v16 second = LOAD(w + (3 + b) * tap), ends = first + third;
        top[b] = ends + second;
        bottom[b] = ends - second;
      } else {
        v16 second = LOAD(w + (3 + b) * tap), far = first + 4.0f * third;
        top[b] = far + 2.0f * second;
        bottom[b] = far - 2.0f * second;
      }
    }
    row_forms(top, forms + i, step);
    row_forms(bottom, forms + lower + i, step);
  }
}

// Those of a span's tiles that take a point, counted from its first.
static void range_of(const winograd_job *j, const span *s, long row, long column, long *begin, long *end) {
  long ends[5] = {0};
  for (long kind = 0; kind < 4; kind++) ends[kind + 1] = ends[kind] + s->entries * j->kinds[kind];
  int takesRight = takes[j->right][column], takesBottom = takes[j->bottom][row];
  *begin = CV_MAX(s->first, takesRight ? 0 : ends[1]) - s->first;
  *end = CV_MIN(s->end, !takesBottom ? ends[2] : takesRight ? ends[4] : ends[3]) - s->first;
}

// A block of outputs, and inputs whose products are added to those of the inputs before them.
typedef struct {
  long output, width, input, count;
} part_of_weights;

static part_of_weights part_from(const winograd_job *j, long block, long input) {
  long output = block * BLOCK;
  return (part_of_weights){output, j->w->outputs - output > 16 ? BLOCK : 16, input, CV_MIN(INPUTS, j->w->c - input)};
}

// The products at a point with a part of the weights; other forms may follow.
static void multiply(const winograd_job *j, const span *s, long row, long column, const float *v,
                     const part_of_weights *p, const float *forms, int follows, float *m) {
  tile job = {.taps = 1, .run = p->count, .pitch = j->pitch, .low = -INFINITY, .high = INFINITY};
  long begin, end, point = row * 6 + column;
  range_of(j, s, row, column, &begin, &end);
  long parts = (end - begin + j->k->rows - 1) / j->k->rows;
  if (begin >= end) return;
  even_parts tiles = in_parts(end - begin, parts);
  for (long part = 0; part < parts; part++) {
    long from = begin + part_begin(tiles, part), to = begin + part_begin(tiles, part + 1);
    const float *rows[MOST_ROWS];
    for (long t = from; t < to; t++) rows[t - from] = v + point * in_step(j) + t * j->w->c + p->input;
    float *sums = m + point * out_step(j) + from * j->pitch;
    look_ahead(j->k, &job, forms, part, parts, follows && (parts > 2 || p->count <= 128));
    j->k->tiles[p->width / 16 - 1][to - from - 1](&job, rows, forms, sums, p->input ? sums : 0, 0);
  }
}

// The weights [3, 3, count, width] of a part, whose taps lie `tap` floats apart.
static const float *weights_of(const winograd_job *j, const part_of_weights *p, float *turned, long *tap) {
  const cv_winograd *w = j->w;
  if (!j->turned) {
    *tap = w->c * p->width;
    return j->packed + p->output * w->c * 9 + p->input * p->width;
  }
  *tap = weight_step(j);
  packed_weights from = {j->packed + p->input * w->outputs * 9, p->count, w->outputs * 9, 0};
  for (long t = 0; t < 9; t++)
    cv_turn_weights(&from, (8 - t) * w->outputs + p->output, p->width, p->width / 16, turned + t * *tap);
  return turned;
}

// Sixteen outputs of a tile from their products, finished; `place` counts from the start of the entry.
static inline __attribute__((always_inline)) void out_channels(const winograd_job *j, const float *m, long height,
                                                              long width, int isPlain, long output, long place,
                                                              long entry) {
  const cv_finish *f = j->finish;
  long step = out_step(j), outputs = j->w->outputs, row = j->w->ow * outputs;
  v16 low = (v16)0.0f + f->low, high = (v16)0.0f + f->high, bias = f->bias ? LOAD(f->bias + output) : (v16)0.0f, t[4][6];
#pragma unroll
  for (long column = 0; column < 6; column++) {
    if (!takes[width][column]) continue;
    v16 d[6];
#pragma unroll
    for (long point = 0; point < 6; point++)
      if (takes[height][point]) d[point] = LOAD(m + (point * 6 + column) * step);
    out_values(height, d, 1, &t[0][column], 6);
  }
#pragma unroll
  for (long y = 0; y < height; y++) {
    v16 out[4];
    out_values(width, t[y], 1, out, 1);
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

CV_HOT static void out_tile(const winograd_job *j, const place *p, const float *m, long output, long width) {
  const cv_winograd *w = j->w;
  const cv_finish *f = j->finish;
  int isPlain = p->height == 4 && p->width == 4 && !j->base && !f->residual && !f->narrow;
  long place = (p->y * w->ow + p->x) * w->outputs + output, entry = p->entry * w->oh * w->ow * w->outputs;
  for (long l = 0; l < width; l += 16) {
    if (isPlain)
      out_channels(j, m + l, 4, 4, 1, output + l, place + l, entry);
    else
      out_channels(j, m + l, p->height, p->width, 0, output + l, place + l, entry);
  }
}

// --- forms made where they are multiplied

static void in_part(long begin, long end, void *context) {
  const winograd_job *j = context;
  for (long item = begin; item < end; item++) {
    long unit = item / j->most, t = item % j->most;
    span s = unit_span(j, j->first + unit);
    if (t >= s.end) continue;
    place p = place_of(j, &s, t);
    in_tile(j, &p, j->scratch + unit * 36 * in_step(j) + t * j->w->c, in_step(j));
  }
}

static void block_products(const winograd_job *j, const span *s, long block, const float *v, float *forms, float *m,
                           float *turned) {
  for (long input = 0; input < j->w->c; input += INPUTS) {
    part_of_weights p = part_from(j, block, input);
    long tap;
    const float *weights = weights_of(j, &p, turned, &tap);
    for (long rows = 0; rows < 3; rows++) {
      make_forms(weights, tap, p.count * p.width, rows, forms, 6 * form_step(j), form_step(j));
      for (long at = 0; at < 12; at++)
        multiply(j, s, together[rows][at / 6], at % 6, v, &p, forms + at * form_step(j), 0, m);
    }
  }
}

static void block_part(long begin, long end, void *context) {
  winograd_job *j = context;
  (void)end;
  long blocks = blocks_of(j->w);
  // Each thread has its own memory behind the tiles'.
  float *forms = j->scratch + shared_scratch(j) + begin * part_scratch(j), *m = forms + 12 * form_step(j);
  for (long item; (item = atomic_fetch_add(&j->next, 1)) < j->here * blocks;) {
    long unit = item / blocks;
    span s = unit_span(j, j->first + unit);
    block_products(j, &s, item % blocks, j->scratch + unit * 36 * in_step(j), forms, m, m + 36 * out_step(j));
    part_of_weights own = part_from(j, item % blocks, 0);
    for (long t = 0; t < s.end; t++) {
      place p = place_of(j, &s, t);
      out_tile(j, &p, m + t * j->pitch, own.output, own.width);
    }
  }
}

// --- forms made for all tiles

static void forms_part(long begin, long end, void *context) {
  const winograd_job *j = context;
  float *turned = j->scratch + shared_scratch(j) + cv_member() * part_scratch(j);
  for (long block = begin; block < end; block++)
    for (long input = 0; input < j->w->c; input += INPUTS) {
      part_of_weights p = part_from(j, block, input);
      long tap;
      const float *weights = weights_of(j, &p, turned, &tap);
      for (long rows = 0; rows < 3; rows++) {
        float *forms = j->scratch + p.output * j->w->c + p.input * p.width;
        make_forms(weights, tap, p.count * p.width, rows, forms + together[rows][0] * 6 * form_step(j),
                   (together[rows][1] - together[rows][0]) * 6 * form_step(j), form_step(j));
      }
    }
}

static void groups_part(long begin, long end, void *context) {
  const winograd_job *j = context;
  const cv_winograd *w = j->w;
  float *v = j->scratch + shared_scratch(j) + cv_member() * part_scratch(j), *m = v + 36 * in_step(j);
  for (long g = begin; g < end; g++) {
    span s = group_span(j, g);
    for (long t = s.first; t < s.end; t++) {
      place p = place_of(j, &s, t);
      in_tile(j, &p, v + (t - s.first) * w->c, in_step(j));
    }
    for (long point = 0; point < 36; point++)
      for (long block = 0; block < blocks_of(w); block++)
        for (long input = 0; input < w->c; input += INPUTS) {
          part_of_weights p = part_from(j, block, input);
          const float *forms = j->scratch + point * form_step(j) + p.output * w->c + input * p.width;
          multiply(j, &s, point / 6, point % 6, v, &p, forms, block + 1 < blocks_of(w) && w->c <= INPUTS, m + p.output);
        }
    for (long t = s.first; t < s.end; t++) {
      place p = place_of(j, &s, t);
      out_tile(j, &p, m + (t - s.first) * j->pitch, 0, w->outputs);
    }
  }
}

static long scratch_of(const cv_winograd *w, int turned) {
  winograd_job j = {.w = w, .turned = turned};
  lay_out(&j);
  return shared_scratch(&j) + cv_threads() * part_scratch(&j);
}

static void run(winograd_job *j) {
  if (j->w->batch < 1) return;
  j->k = cv_kernels();
  lay_out(j);
  if (j->whole) {
    cv_parallel(blocks_of(j->w), 1, forms_part, j);
    cv_share_out(j->groups, 1, groups_part, j);
    return;
  }
  for (long r = 0; r < j->rounds; r++) {
    j->first = j->units * r / j->rounds;
    j->here = j->units * (r + 1) / j->rounds - j->first;
    cv_parallel(j->here * j->most, 1, in_part, j);
    atomic_store(&j->next, 0);
    cv_parallel(CV_MIN(cv_threads(), j->here * blocks_of(j->w)), 1, block_part, j);
  }
}

long cv_winograd_scratch(const cv_winograd *w) { return scratch_of(w, 0); }

void cv_winograd_run(const cv_winograd *w, const float *x, const float *packed, const cv_finish *finish,
                     const float *base, float *y, float *scratch) {
  winograd_job j = {.w = w, .finish = finish, .x = x, .packed = packed, .base = base, .y = y, .scratch = scratch};
  run(&j);
}

// The convolution that computes a gradient: windows turned round, inputs and outputs changed over.
static cv_winograd reverse_of(const cv_winograd *w) {
  cv_winograd r = {.batch = w->batch, .h = w->oh, .w = w->ow, .c = w->outputs, .oh = w->h, .ow = w->w, .outputs = w->c,
                   .top = 2 - w->top, .left = 2 - w->left};
  return r;
}

long cv_reverse_winograd_scratch(const cv_winograd *w) {
  cv_winograd r = reverse_of(w);
  return scratch_of(&r, 1);
}

void cv_reverse_winograd_run(const cv_winograd *w, const float *dy, const float *packed, const cv_reverse_finish *finish,
                             float *dx, float *scratch) {
  cv_winograd r = reverse_of(w);
  cv_finish plain = {.low = -INFINITY, .high = INFINITY};
  winograd_job j = {.w = &r, .finish = &plain, .x = dy, .packed = packed, .y = dx, .scratch = scratch, .turned = 1};
  run(&j);
  if (finish->residual || finish->value) cv_reverse_finish_here(finish, dx, w->batch * w->h * w->w * w->c);
}
