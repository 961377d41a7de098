#include "kernels.h"

// Tiles that one thread takes through all steps at once, and bytes of weights from which threads share every step of more
// tiles instead: weights that no cache holds are then read once for many tiles.
#define GROUP 28
#define HEAVY (32L << 20)
// Bytes of transformed tiles and products that threads share at once.
#define SHARED (24L << 20)

long cv_winograd_packed_count(long outputs, long inputs) { return 36 * cv_packed_count(outputs, inputs); }

const double cv_winograd_form[6][3] = {{1.0 / 4, 0, 0},
                                       {-1.0 / 6, -1.0 / 6, -1.0 / 6},
                                       {-1.0 / 6, 1.0 / 6, -1.0 / 6},
                                       {1.0 / 24, 1.0 / 12, 1.0 / 6},
                                       {1.0 / 24, -1.0 / 12, 1.0 / 6},
                                       {0, 0, 1}};
#define G cv_winograd_form

typedef struct {
  const float *weights, *factors;
  float *packed;
  long outputs, inputs;
} pack_job;

typedef double d16 __attribute__((ext_vector_type(16)));

// The forms of 16 outputs' weights for one input, whose outputs' rows start at `rows` (null where there is none).
CV_HOT static void pack_forms(const float *const *rows, long input, const double *factors, float *packed, long each) {
  d16 w[9], half[6][3], factor;
  for (int l = 0; l < 16; l++) {
    factor[l] = factors[l];
    for (int tap = 0; tap < 9; tap++) w[tap][l] = rows[l] ? rows[l][input * 9 + tap] : 0;
  }
  for (int a = 0; a < 6; a++)
    for (int b = 0; b < 3; b++) half[a][b] = G[a][0] * w[b] + G[a][1] * w[3 + b] + G[a][2] * w[6 + b];
  for (int a = 0; a < 6; a++)
    for (int b = 0; b < 6; b++)
      LOAD(packed + (a * 6 + b) * each) = __builtin_convertvector(
          factor * (half[a][0] * G[b][0] + half[a][1] * G[b][1] + half[a][2] * G[b][2]), v16);
}

static void pack_part(long begin, long end, void *context) {
  const pack_job *j = context;
  long each = cv_packed_count(j->outputs, j->inputs);
  for (long block = begin; block < end; block++) {
    long o = block * BLOCK, width = j->outputs - o > 16 ? BLOCK : 16;
    for (long l = 0; l < width; l += 16) {
      const float *rows[16];
      double factors[16];
      for (long r = 0; r < 16; r++) {
        long output = o + l + r;
        rows[r] = output < j->outputs ? j->weights + output * j->inputs * 9 : 0;
        factors[r] = rows[r] && j->factors ? j->factors[output] : 1;
      }
      for (long i = 0; i < j->inputs; i++) pack_forms(rows, i, factors, j->packed + o * j->inputs + i * width + l, each);
    }
  }
}

void cv_winograd_pack(const float *weights, const float *factors, float *packed, long outputs, long inputs) {
  pack_job j = {weights, factors, packed, outputs, inputs};
  cv_parallel((outputs + BLOCK - 1) / BLOCK, 1, pack_part, &j);
}

typedef struct {
  const cv_winograd *w;
  const cv_finish *finish;
  const kernels *k;
  const float *x, *packed;
  float *y, *scratch;
  // Groups of tiles, whether all threads share each, and the first tile and the number of those under way.
  long down, across, tiles, group, groups, isShared, first, count, threads;
} winograd_job;

// Floats from one point of transformed tiles to the next: not a power of two, so that points do not share cache lines' places.
static long distance(long tiles, long channels) { return tiles * channels + 16; }

static void in_tiles(const winograd_job *j, long first, float *v, long step, long begin, long end) {
  const cv_winograd *w = j->w;
  for (long t = begin; t < end; t++) {
    long at = first + t, image = at / (j->down * j->across), place = at % (j->down * j->across);
    long y0 = place / j->across * 4 - w->top, x0 = place % j->across * 4 - w->left;
    const float *pixels[36];
    for (long y = 0; y < 6; y++)
      for (long x = 0; x < 6; x++) {
        long iy = y0 + y, ix = x0 + x;
        pixels[y * 6 + x] =
            iy < 0 || iy >= w->h || ix < 0 || ix >= w->w
                ? 0
                : element(j->x, ((image * w->h + iy) * w->w + ix) * w->c, w->narrow);
      }
    for (long c = 0; c < w->c; c += 16) j->k->winograd_in[w->narrow != 0](pixels, c, v + t * w->c + c, step);
  }
}

static void products(const winograd_job *j, long count, const float *v, float *m, long begin, long end) {
  const cv_winograd *w = j->w;
  long in = distance(count, w->c), out = distance(count, w->outputs);
  long blocks = (w->outputs + BLOCK - 1) / BLOCK, each = cv_packed_count(w->outputs, w->c);
  tile job = {1, w->c, w->outputs, -INFINITY, INFINITY, 0, 0};
  long parts = (count + j->k->rows - 1) / j->k->rows;
  even_parts tiles = in_parts(count, parts);
  for (long item = begin; item < end; item++) {
    long point = item / blocks, o = item % blocks * BLOCK, vectors = w->outputs - o > 16 ? 2 : 1;
    for (long part = 0; part < parts; part++) {
      long t0 = part_begin(tiles, part), t1 = part_begin(tiles, part + 1);
      const float *rows[MOST_ROWS];
      for (long t = t0; t < t1; t++) rows[t - t0] = v + point * in + t * w->c;
      const float *weights = j->packed + point * each + o * w->c;
      // With the next block beside it, a larger one would not stay in the first cache for the second part.
      look_ahead(j->k, &job, weights, part, parts, item + 1 < end && (parts > 2 || w->c <= 128));
      j->k->tiles[vectors - 1][t1 - t0 - 1](&job, rows, weights, m + point * out + t0 * w->outputs + o, 0, 0);
    }
  }
}

static void out_tiles(const winograd_job *j, long first, const float *m, long step, long begin, long end) {
  const cv_winograd *w = j->w;
  for (long t = begin; t < end; t++) {
    long at = first + t, image = at / (j->down * j->across), place = at % (j->down * j->across);
    long oy = place / j->across * 4, ox = place % j->across * 4;
    long base = ((image * w->oh + oy) * w->ow + ox) * w->outputs;
    const cv_finish *f = j->finish;
    for (long c = 0; c < w->outputs; c += 16)
      j->k->winograd_out(m + t * w->outputs + c, step, f, f->bias ? f->bias + c : 0,
                         f->residual ? element(f->residual, base + c, f->narrow_residual) : 0,
                         element(j->y, base + c, f->narrow), w->ow * w->outputs, w->outputs, CV_MIN(4, w->oh - oy),
                         CV_MIN(4, w->ow - ox));
  }
}

// Floats of transformed tiles and of products for a group.
static long scratch_count(const winograd_job *j) {
  return 36 * (distance(j->group, j->w->c) + distance(j->group, j->w->outputs));
}

static float *products_of(const winograd_job *j, float *v, long count) { return v + 36 * distance(count, j->w->c); }

// Whole groups, each by one thread: the transformed values stay in its cache.
static void groups_part(long begin, long end, void *context) {
  const winograd_job *j = context;
  const cv_winograd *w = j->w;
  float *v = j->scratch + cv_member() * scratch_count(j);
  for (long g = begin; g < end; g++) {
    long first = j->tiles * g / j->groups, count = j->tiles * (g + 1) / j->groups - first;
    float *m = products_of(j, v, count);
    in_tiles(j, first, v, distance(count, w->c), 0, count);
    products(j, count, v, m, 0, 36 * ((w->outputs + BLOCK - 1) / BLOCK));
    out_tiles(j, first, m, distance(count, w->outputs), 0, count);
  }
}

static void in_part(long begin, long end, void *context) {
  const winograd_job *j = context;
  in_tiles(j, j->first, j->scratch, distance(j->count, j->w->c), begin, end);
}

static void product_part(long begin, long end, void *context) {
  const winograd_job *j = context;
  products(j, j->count, j->scratch, products_of(j, j->scratch, j->count), begin, end);
}

static void out_part(long begin, long end, void *context) {
  const winograd_job *j = context;
  out_tiles(j, j->first, products_of(j, j->scratch, j->count), distance(j->count, j->w->outputs), begin, end);
}

static void lay_out(winograd_job *j) {
  const cv_winograd *w = j->w;
  j->down = (w->oh + 3) / 4;
  j->across = (w->ow + 3) / 4;
  j->tiles = w->batch * j->down * j->across;
  long threads = j->threads = cv_threads();
  j->isShared = j->tiles <= 16 || j->tiles < threads * 12 || 36 * 4 * w->c * w->outputs >= HEAVY;
  long most = w->c + w->outputs > 256 ? GROUP / 2 : GROUP;
  if (j->isShared) most = CV_MAX(GROUP, SHARED / (36 * 4 * (w->c + w->outputs)));
  j->groups = CV_MAX(1, (j->tiles + most - 1) / most);
  if (!j->isShared) j->groups = (j->groups + threads - 1) / threads * threads;
  j->group = (j->tiles + j->groups - 1) / j->groups;
}

long cv_winograd_scratch(const cv_winograd *w) {
  winograd_job j = {.w = w};
  lay_out(&j);
  return scratch_count(&j) * (j.isShared ? 1 : j.threads);
}

void cv_winograd_run(const cv_winograd *w, const float *x, const float *packed, const cv_finish *finish, float *y,
                     float *scratch) {
  winograd_job j = {.w = w, .finish = finish, .k = cv_kernels(), .x = x, .packed = packed, .y = y, .scratch = scratch};
  lay_out(&j);
  if (!j.isShared) {
    cv_share_out(j.groups, 1, groups_part, &j);
    return;
  }
  for (long g = 0; g < j.groups; g++) {
    j.first = j.tiles * g / j.groups;
    j.count = j.tiles * (g + 1) / j.groups - j.first;
    cv_share_out(j.count, 1, in_part, &j);
    cv_share_out(36 * ((w->outputs + BLOCK - 1) / BLOCK), 1, product_part, &j);
    cv_share_out(j.count, 1, out_part, &j);
  }
}
