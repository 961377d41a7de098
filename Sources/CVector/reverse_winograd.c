#include "reverse.h"

#include <stdatomic.h>

// What is transposed to F(4x4, 3x3): a forward pass is A^T [U (B^T d B)] A, so a gradient goes through A, the weights' forms
// U with inputs and outputs changed over, and B. Patches of the input overlap: their gradients are added where they lie.

// Bytes of transformed tiles and products that threads share at once, and the fewest tiles that share turned weights.
#define SHARED (4L << 20)
#define FEWEST 64
// Bytes of weights' forms that are fetched before they are needed.
#define LARGE (1L << 20)

typedef struct {
  const cv_winograd *w;
  const cv_reverse_finish *finish;
  const kernels *k;
  const float *dy, *packed;
  float *dx, *scratch;
  long down, across, tiles, group, groups, panel;
  int is_large;
  // The first tile of the group under way and the number of its tiles.
  long first, count;
  // The next panel of turned weights that no thread has taken.
  atomic_long *places;
} reverse_winograd_job;

// Floats from one point of tiles to the next: not a power of two, so that points do not share cache lines' places.
static long distance(long tiles, long channels) { return tiles * channels + 16; }

// A dy A^T for 16 channels of a tile of which `rows` x `columns` pixels exist; points lie `step` floats apart.
static inline __attribute__((always_inline)) void spread(const float *dy, long row, long pixel, long rows, long columns,
                                                        float *m, long step) {
  v16 t[6][4];
#pragma unroll
  for (int x = 0; x < 4; x++) {
    v16 y[4];
#pragma unroll
    for (int i = 0; i < 4; i++) y[i] = i < rows && x < columns ? LOAD(dy + i * row + x * pixel) : (v16)0.0f;
    v16 even = y[0] + y[2], odd = y[1] + y[3], wide = y[0] + 4.0f * y[2], high = 2.0f * y[1] + 8.0f * y[3];
    t[0][x] = y[0];
    t[1][x] = even + odd;
    t[2][x] = even - odd;
    t[3][x] = wide + high;
    t[4][x] = wide - high;
    t[5][x] = y[3];
  }
#pragma unroll
  for (int i = 0; i < 6; i++) {
    v16 *y = t[i];
    v16 even = y[0] + y[2], odd = y[1] + y[3], wide = y[0] + 4.0f * y[2], high = 2.0f * y[1] + 8.0f * y[3];
    LOAD(m + (i * 6 + 0) * step) = y[0];
    LOAD(m + (i * 6 + 1) * step) = even + odd;
    LOAD(m + (i * 6 + 2) * step) = even - odd;
    LOAD(m + (i * 6 + 3) * step) = wide + high;
    LOAD(m + (i * 6 + 4) * step) = wide - high;
    LOAD(m + (i * 6 + 5) * step) = y[3];
  }
}

// Six sums over points become those of six pixels.
#define GATHER(t, d)                                                         \
  do {                                                                       \
    v16 a_ = (t)[1] + (t)[2], b_ = (t)[1] - (t)[2], c_ = (t)[3] + (t)[4], e_ = (t)[3] - (t)[4]; \
    (d)[0] = 4.0f * (t)[0];                                                  \
    (d)[1] = 4.0f * ((t)[5] - b_) - 2.0f * e_;                               \
    (d)[2] = -5.0f * (t)[0] - 4.0f * a_ - c_;                                \
    (d)[3] = b_ + 2.0f * e_ - 5.0f * (t)[5];                                 \
    (d)[4] = (t)[0] + a_ + c_;                                               \
    (d)[5] = (t)[5];                                                         \
  } while (0)

// Adds B v B^T for 16 channels of a patch to the pixels from (y, x) on that exist.
static inline __attribute__((always_inline)) void gather(const float *v, long step, const cv_winograd *w, long y, long x,
                                                        float *picture) {
  v16 t[6][6];
#pragma unroll
  for (int k = 0; k < 6; k++) {
    v16 points[6], d[6];
#pragma unroll
    for (int i = 0; i < 6; i++) points[i] = LOAD(v + (i * 6 + k) * step);
    GATHER(points, d);
#pragma unroll
    for (int i = 0; i < 6; i++) t[i][k] = d[i];
  }
#pragma unroll
  for (int i = 0; i < 6; i++) {
    if (y + i < 0 || y + i >= w->h) continue;
    v16 d[6];
    GATHER(t[i], d);
#pragma unroll
    for (int k = 0; k < 6; k++)
      if (x + k >= 0 && x + k < w->w) LOAD(picture + ((y + i) * w->w + x + k) * w->c) += d[k];
  }
}

CV_HOT static void spread_part(long begin, long end, void *context) {
  const reverse_winograd_job *j = context;
  const cv_winograd *w = j->w;
  long step = distance(j->count, w->outputs);
  for (long t = begin; t < end; t++) {
    long at = j->first + t, image = at / (j->down * j->across), place = at % (j->down * j->across);
    long oy = place / j->across * 4, ox = place % j->across * 4;
    const float *dy = j->dy + ((image * w->oh + oy) * w->ow + ox) * w->outputs;
    for (long c = 0; c < w->outputs; c += 16)
      spread(dy + c, w->ow * w->outputs, w->outputs, CV_MIN(4, w->oh - oy), CV_MIN(4, w->ow - ox),
             j->scratch + t * w->outputs + c, step);
  }
}

// What an item, a block of inputs at a point, is multiplied with.
static next_weights weights_of(const reverse_winograd_job *j, long item, long *first, float *panel) {
  const cv_winograd *w = j->w;
  long blocks = (w->c + BLOCK - 1) / BLOCK;
  *first = item % blocks * BLOCK;
  next_weights next = {.weights = {j->packed + item / blocks * cv_packed_count(w->outputs, w->c), w->outputs, w->c, 0},
                       .panel = panel, .first = first, .taps = 1, .count = CV_MIN(BLOCK, w->c - *first)};
  next.vectors = next.count > 16 ? 2 : 1;
  return next;
}

static void product_part(long begin, long end, void *context) {
  const reverse_winograd_job *j = context;
  const cv_winograd *w = j->w;
  long in = distance(j->count, w->outputs), out = distance(j->count, w->c), blocks = (w->c + BLOCK - 1) / BLOCK;
  long parts = (j->count + j->k->rows - 1) / j->k->rows;
  float *v = j->scratch + 36 * in;
  float *panel = v + 36 * out + atomic_fetch_add(j->places, 1) * 2 * j->panel;
  float *other = panel + j->panel;
  long places[2];
  next_weights own = weights_of(j, begin, &places[begin % 2], panel);
  cv_turn_weights(&own.weights, own.first[0], own.count, own.vectors, panel);
  for (long item = begin; item < end; item++) {
    int turns = item + 1 < end && j->is_large;
    next_weights next = turns ? weights_of(j, item + 1, &places[(item + 1) % 2], other) : own;
    turned_weights turned = {j->k, own.weights, own.panel, 1, own.vectors, j->is_large};
    long point = item / blocks, i = item % blocks * BLOCK;
    for (long part = 0; part < parts; part++) {
      long t0 = j->count * part / parts, t1 = j->count * (part + 1) / parts;
      const float *rows[MOST_ROWS];
      float sums[MOST_ROWS * BLOCK];
      for (long t = t0; t < t1; t++) rows[t - t0] = j->scratch + point * in + t * w->outputs;
      cv_turned_tile(&turned, turns ? &next : 0, rows, t1 - t0, part, parts, sums);
      for (long t = t0; t < t1; t++)
        memcpy(v + point * out + t * w->c + i, sums + (t - t0) * 16 * own.vectors, sizeof(float) * (size_t)own.count);
    }
    if (item + 1 == end) break;
    other = own.panel;
    if (!turns) {
      next = weights_of(j, item + 1, &places[(item + 1) % 2], other);
      cv_turn_weights(&next.weights, next.first[0], next.count, next.vectors, next.panel);
    }
    own = next;
  }
}

// Sixteen channels of all tiles of the group: those of one picture overlap, so that one thread adds them all.
CV_HOT static void gather_part(long begin, long end, void *context) {
  const reverse_winograd_job *j = context;
  const cv_winograd *w = j->w;
  long step = distance(j->count, w->c);
  const float *v = j->scratch + 36 * distance(j->count, w->outputs);
  for (long t = 0; t < j->count; t++) {
    long at = j->first + t, image = at / (j->down * j->across), place = at % (j->down * j->across);
    for (long c = begin * 16; c < end * 16; c += 16)
      gather(v + t * w->c + c, step, w, place / j->across * 4 - w->top, place % j->across * 4 - w->left,
             j->dx + image * w->h * w->w * w->c + c);
  }
}

static void clear_part(long begin, long end, void *context) {
  const reverse_winograd_job *j = context;
  long row = j->w->w * j->w->c;
  memset(j->dx + begin * row, 0, sizeof(float) * (size_t)((end - begin) * row));
}

static void finish_part(long begin, long end, void *context) {
  const reverse_winograd_job *j = context;
  long row = j->w->w * j->w->c, target = begin * row;
  cv_reverse_finish_rows(j->finish, j->dx + target, 0, &target, 1, (end - begin) * row, j->dx);
}

static void lay_out(reverse_winograd_job *j) {
  const cv_winograd *w = j->w;
  j->down = (w->oh + 3) / 4;
  j->across = (w->ow + 3) / 4;
  j->tiles = w->batch * j->down * j->across;
  j->panel = BLOCK * w->outputs;
  j->is_large = 36 * 4 * w->c * w->outputs >= LARGE;
  long most = CV_MAX(FEWEST, SHARED / (36 * 4 * (w->c + w->outputs)));
  j->groups = (j->tiles + most - 1) / most;
  j->group = (j->tiles + j->groups - 1) / j->groups;
}

long cv_reverse_winograd_scratch(const cv_winograd *w) {
  reverse_winograd_job j = {.w = w};
  lay_out(&j);
  return 36 * (distance(j.group, w->c) + distance(j.group, w->outputs)) + 2 * j.panel * cv_threads();
}

void cv_reverse_winograd_run(const cv_winograd *w, const float *dy, const float *packed, const cv_reverse_finish *finish,
                             float *dx, float *scratch) {
  reverse_winograd_job j = {
      .w = w, .finish = finish, .k = cv_kernels(), .dy = dy, .packed = packed, .dx = dx, .scratch = scratch};
  lay_out(&j);
  atomic_long places;
  j.places = &places;
  cv_parallel(w->batch * w->h, 1, clear_part, &j);
  for (long g = 0; g < j.groups; g++) {
    j.first = j.tiles * g / j.groups;
    j.count = j.tiles * (g + 1) / j.groups - j.first;
    cv_parallel(j.count, 1, spread_part, &j);
    atomic_store(&places, 0);
    cv_parallel(36 * ((w->c + BLOCK - 1) / BLOCK), 1, product_part, &j);
    cv_parallel(w->c / 16, 1, gather_part, &j);
  }
  if (finish->residual || finish->value) cv_parallel(w->batch * w->h, 1, finish_part, &j);
}
