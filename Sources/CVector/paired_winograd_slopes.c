#include "paired.h"

// The adjoint of paired_winograd.c in its weights: dw = G^T [sum over tiles of (A dy A^T) (B^T x B)] G, point by point.
// A pair is two tiles, one under the other, so that a product adds two tiles at once.

#if defined(__x86_64__)

// Pairs of tiles that are transformed at once.
#define PAIRS 64

typedef struct {
  const cv_paired_winograd *w;
  const uint16_t *x, *dy;
  float *dweights, *dbias;
  char *scratch;
  // Tiles down and across a picture, pairs of rows of tiles in the batch, the most of them in a group.
  long down, across, rows, pairs, most;
  // The batch is cut into parts; the sums of each part's sixteen points, and each task's memory for values.
  long parts, values_bytes;
  float *sums;
  double *totals;
} slopes_job;

static void lay_out(slopes_job *j, const cv_paired_winograd *w) {
  long threads = cv_threads();
  j->w = w;
  j->down = (w->oh + 1) / 2;
  j->across = (w->ow + 1) / 2;
  j->rows = w->batch * j->down;
  j->pairs = (j->rows + 1) / 2;
  j->most = CV_MAX(1, PAIRS / j->across);
  // Two tasks a part, and as many tasks for each thread.
  j->parts = threads % 2 ? threads : threads / 2;
  j->values_bytes = 4 * j->most * j->across * (w->c + w->outputs) * 4;
}

static long sums_bytes(const slopes_job *j) { return 16 * j->parts * j->w->c * j->w->outputs * 4; }

long cv_paired_winograd_slopes_scratch(const cv_paired_winograd *w) {
  slopes_job j;
  lay_out(&j, w);
  return 2 * j.parts * j.values_bytes + sums_bytes(&j) + j.parts * w->outputs * 8;
}

// A line of row `i` of a tile row's B^T d, for the tile row that begins at a line of the batch's pictures.
typedef struct {
  line first, second;
} lines;

static lines lines_of_input(const slopes_job *j, long row, int i) {
  const cv_paired_winograd *w = j->w;
  if (row >= j->rows) return (lines){{cv_no_pixel, 0}, {cv_no_pixel, 0}};
  const uint16_t *image = j->x + row / j->down * w->h * w->w * w->c;
  long y = row % j->down * 2 - w->top;
  return (lines){line_of(image, y + taken[i].first, w->h, w->w, w->c),
                 line_of(image, y + taken[i].second, w->h, w->w, w->c)};
}

// Row `i` of B^T x B of two rows of tiles: [4 points][blocks of 16 channels][steps][16 pairs], even channels of 32 first.
PAIRED static void input_values(const slopes_job *j, long pair, int i, uint16_t *v, long steps) {
  const cv_paired_winograd *w = j->w;
  lines upper = lines_of_input(j, 2 * pair, i), lower = lines_of_input(j, 2 * pair + 1, i);
  __m512 sign = _mm512_set1_ps(taken[i].sign);
  __m512i beside = beside_lanes();
#define COLUMN(l, x) with(parted_at(pixel(l.first, x, w->w, c)), parted_at(pixel(l.second, x, w->w, c)), sign)
  for (long c = 0; c < w->c; c += 32) {
    uint16_t *to = v + c * 2 * steps;
    parted a0 = COLUMN(upper, -w->left), a1 = COLUMN(upper, 1 - w->left);
    parted b0 = COLUMN(lower, -w->left), b1 = COLUMN(lower, 1 - w->left);
    for (long tile = 0; tile < j->across; tile++, to += 32) {
      long x = 2 * tile - w->left;
      parted a2 = COLUMN(upper, x + 2), a3 = COLUMN(upper, x + 3);
      parted b2 = COLUMN(lower, x + 2), b3 = COLUMN(lower, x + 3);
      parted a[4] = {minus(a0, a2), plus(a1, a2), minus(a2, a1), minus(a3, a1)};
      parted b[4] = {minus(b0, b2), plus(b1, b2), minus(b2, b1), minus(b3, b1)};
      for (int p = 0; p < 4; p++) {
        uint16_t *place = to + p * w->c * 2 * steps;
        store_pairs(place, a[p].even, b[p].even, beside);
        store_pairs(place + 32 * steps, a[p].odd, b[p].odd, beside);
      }
      a0 = a2, a1 = a3, b0 = b2, b1 = b3;
    }
  }
#undef COLUMN
}

static lines lines_of_slopes(const slopes_job *j, long row, int i) {
  const cv_paired_winograd *w = j->w;
  if (row >= j->rows) return (lines){{cv_no_pixel, 0}, {cv_no_pixel, 0}};
  const uint16_t *image = j->dy + row / j->down * w->oh * w->ow * w->outputs;
  long y = row % j->down * 2;
  line none = {cv_no_pixel, 0};
  return (lines){i == 3 ? none : line_of(image, y, w->oh, w->ow, w->outputs),
                 i == 0 ? none : line_of(image, y + 1, w->oh, w->ow, w->outputs)};
}

// Row `i` of A dy A^T, laid out in the same way; adds to `sums` what the bias takes.
PAIRED static void slope_values(const slopes_job *j, long pair, int i, uint16_t *v, long steps, double *sums) {
  const cv_paired_winograd *w = j->w;
  lines upper = lines_of_slopes(j, 2 * pair, i), lower = lines_of_slopes(j, 2 * pair + 1, i);
  __m512 sign = _mm512_set1_ps(i == 2 ? -1 : 1);
  __m512i beside = beside_lanes();
#define COLUMN(l, x) with(parted_at(pixel(l.first, x, w->ow, o)), parted_at(pixel(l.second, x, w->ow, o)), sign)
  for (long o = 0; o < w->outputs; o += 32) {
    uint16_t *to = v + o * 2 * steps;
    parted sum = {_mm512_setzero_ps(), _mm512_setzero_ps()};
    for (long tile = 0; tile < j->across; tile++, to += 32) {
      parted a0 = COLUMN(upper, 2 * tile), a3 = COLUMN(upper, 2 * tile + 1);
      parted b0 = COLUMN(lower, 2 * tile), b3 = COLUMN(lower, 2 * tile + 1);
      parted a[4] = {a0, plus(a0, a3), minus(a0, a3), a3};
      parted b[4] = {b0, plus(b0, b3), minus(b0, b3), b3};
      sum = plus(sum, plus(a[1], b[1]));
      for (int p = 0; p < 4; p++) {
        uint16_t *place = to + p * w->outputs * 2 * steps;
        store_pairs(place, a[p].even, b[p].even, beside);
        store_pairs(place + 32 * steps, a[p].odd, b[p].odd, beside);
      }
    }
    // The second point of the second row is the sum of a tile's slopes.
    if (i == 1 && sums) add_to_totals(sums + o, sum);
  }
#undef COLUMN
}

// Task t is half t % 2 of the rows of points in part t / 2 of the batch.
static void tasks_part(long begin, long end, void *context) {
  const slopes_job *j = context;
  const cv_paired_winograd *w = j->w;
  uint16_t *x = (uint16_t *)(j->scratch + begin * j->values_bytes);
  for (long task = begin; task < end; task++) {
    long part = task / 2, last = j->pairs * (part + 1) / j->parts, each = 4 * w->c * w->outputs;
    float *sums = j->sums + task * 2 * each;
    double *totals = j->dbias && task % 2 == 0 ? j->totals + part * w->outputs : 0;
    memset(sums, 0, sizeof(float) * (size_t)(2 * each));
    if (totals) memset(totals, 0, sizeof(double) * (size_t)w->outputs);
    for (long first = j->pairs * part / j->parts; first < last; first += j->most) {
      long count = CV_MIN(j->most, last - first), steps = count * j->across;
      uint16_t *dy = x + 4 * w->c * 2 * steps;
      for (int half = 0; half < 2; half++) {
        int i = (int)(task % 2) * 2 + half;
        for (long r = 0; r < count; r++) {
          input_values(j, first + r, i, x + r * j->across * 32, steps);
          slope_values(j, first + r, i, dy + r * j->across * 32, steps, totals);
        }
        for (long p = 0; p < 4; p++)
          cv_add_paired_products(x + p * w->c * 2 * steps, w->c, dy + p * w->outputs * 2 * steps, w->outputs, steps,
                                 sums + half * each + p * w->c * w->outputs);
      }
    }
  }
}

// G^T m G for 16 outputs of one input, at a time those of even or of odd number.
PAIRED static void finish_part(long begin, long end, void *context) {
  const slopes_job *j = context;
  const cv_paired_winograd *w = j->w;
  __m512 a_half = _mm512_set1_ps(0.5f);
  __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  lanes = _mm512_mullo_epi32(lanes, _mm512_set1_epi32((int)(2 * 9 * w->c)));
  long each = w->c * w->outputs;
  for (long half = begin; half < end; half++)
    for (long c = 0; c < w->c; c++) {
      long o = half / 2 * 32, inside = c % 32;
      const float *from = j->sums + o * w->c + c * 32 + half % 2 * 16;
      __m512 g[3][4];
      for (int b = 0; b < 4; b++) {
        __m512 m[4];
        for (int a = 0; a < 4; a++) {
          m[a] = _mm512_setzero_ps();
          for (long part = 0; part < j->parts; part++)
            m[a] = _mm512_add_ps(m[a], _mm512_loadu_ps(from + ((part * 4 + a) * 4 + b) * each));
        }
        __m512 sum = _mm512_mul_ps(a_half, _mm512_add_ps(m[1], m[2]));
        g[0][b] = _mm512_add_ps(m[0], sum);
        g[1][b] = _mm512_mul_ps(a_half, _mm512_sub_ps(m[1], m[2]));
        g[2][b] = _mm512_add_ps(sum, m[3]);
      }
      long input = c - inside + (inside < 16 ? 2 * inside : 2 * inside - 31);
      float *to = j->dweights + ((o + half % 2) * w->c + input) * 9;
      for (int a = 0; a < 3; a++) {
        __m512 sum = _mm512_mul_ps(a_half, _mm512_add_ps(g[a][1], g[a][2]));
        _mm512_i32scatter_ps(to + 3 * a, lanes, _mm512_add_ps(g[a][0], sum), 4);
        _mm512_i32scatter_ps(to + 3 * a + 1, lanes, _mm512_mul_ps(a_half, _mm512_sub_ps(g[a][1], g[a][2])), 4);
        _mm512_i32scatter_ps(to + 3 * a + 2, lanes, _mm512_add_ps(sum, g[a][3]), 4);
      }
    }
}

void cv_paired_winograd_slopes(const cv_paired_winograd *w, const uint16_t *x, const uint16_t *dy, float *dweights,
                               float *dbias, void *scratch) {
  slopes_job j = {.x = x, .dy = dy, .dweights = dweights, .dbias = dbias, .scratch = scratch};
  lay_out(&j, w);
  j.sums = (float *)(j.scratch + 2 * j.parts * j.values_bytes);
  j.totals = (double *)((char *)j.sums + sums_bytes(&j));
  cv_parallel(2 * j.parts, 1, tasks_part, &j);
  cv_parallel(w->outputs / 16, 1, finish_part, &j);
  for (long o = 0; dbias && o < w->outputs; o++) {
    double sum = 0;
    for (long part = 0; part < j.parts; part++) sum += j.totals[part * w->outputs + o];
    dbias[o] = (float)sum;
  }
}

#else

long cv_paired_winograd_slopes_scratch(const cv_paired_winograd *w) { return 0; }
void cv_paired_winograd_slopes(const cv_paired_winograd *w, const uint16_t *x, const uint16_t *dy, float *dweights,
                               float *dbias, void *scratch) {}

#endif
