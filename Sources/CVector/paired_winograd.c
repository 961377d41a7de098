#include "paired.h"

// Memory that a group of tiles takes at once, so that it stays in the second cache.
#define GROUP_BYTES 460000
// Keeps the sixteen points' streams from sharing lines of the first cache.
#define APART 96

const uint16_t cv_no_pixel[CV_MOST_PAIRED_CHANNELS];

int cv_paired_winograd_fits(const cv_paired_winograd *w) {
  return cv_has_bf16() && w->c % 32 == 0 && w->outputs % 32 == 0 && w->c <= CV_MOST_PAIRED_CHANNELS &&
         w->outputs <= CV_MOST_PAIRED_CHANNELS;
}

long cv_paired_winograd_packed_count(long outputs, long inputs) { return 16 * outputs * inputs; }

typedef struct {
  const float *weights;
  uint16_t *packed;
  // Floats from one output's weights to the next one's, and from one input's; whether taps are turned.
  long outputs, inputs, output_step, input_step;
  int turned;
} pack_job;

#if defined(__x86_64__)

// G g G^T for 16 outputs of one input.
PAIRED_INLINE void transform_weights(const pack_job *j, const float *w, __m512i lanes, __m512 u[16]) {
  __m512 g[9], half[4][3];
  for (int t = 0; t < 9; t++) g[t] = _mm512_i32gather_ps(lanes, w + (j->turned ? 8 - t : t), 4);
  __m512 a_half = _mm512_set1_ps(0.5f);
  for (int b = 0; b < 3; b++) {
    __m512 ends = _mm512_mul_ps(a_half, _mm512_add_ps(g[b], g[6 + b])), middle = _mm512_mul_ps(a_half, g[3 + b]);
    half[0][b] = g[b];
    half[1][b] = _mm512_add_ps(ends, middle);
    half[2][b] = _mm512_sub_ps(ends, middle);
    half[3][b] = g[6 + b];
  }
  for (int a = 0; a < 4; a++) {
    __m512 ends = _mm512_mul_ps(a_half, _mm512_add_ps(half[a][0], half[a][2]));
    __m512 middle = _mm512_mul_ps(a_half, half[a][1]);
    u[4 * a] = half[a][0];
    u[4 * a + 1] = _mm512_add_ps(ends, middle);
    u[4 * a + 2] = _mm512_sub_ps(ends, middle);
    u[4 * a + 3] = half[a][2];
  }
}

// Point by point, block by block of 32 outputs: for each pair of inputs, the block's weights. Of 32 inputs the even
// ones come first, as the transformed values have them.
PAIRED static void pack_part(long begin, long end, void *context) {
  const pack_job *j = context;
  long each = j->outputs * j->inputs;
  __m512i count = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  __m512i lanes = _mm512_mullo_epi32(count, _mm512_set1_epi32((int)j->output_step));
  __m512i beside = beside_lanes();
  for (long o = begin * 16; o < end * 16; o += 16) {
    uint16_t *block = j->packed + o / 32 * 32 * j->inputs + o % 32 * 2;
    for (long i = 0; i < j->inputs; i += 2) {
      long inside = i % 32, input = i - inside + (inside < 16 ? 2 * inside : 2 * inside - 31);
      const float *w = j->weights + o * j->output_step + input * j->input_step;
      __m512 first[16], second[16];
      transform_weights(j, w, lanes, first);
      transform_weights(j, w + 2 * j->input_step, lanes, second);
      for (int p = 0; p < 16; p++) store_pairs(block + p * each + i / 2 * 64, first[p], second[p], beside);
    }
  }
}

typedef struct {
  const cv_paired_winograd *w;
  const kernels *k;
  const cv_finish *finish;
  const uint16_t *x, *packed;
  float *y;
  char *scratch;
  // Tiles down and across a picture, rows of tiles of the batch, and how they are shared.
  long down, across, rows, groups, slots;
  // For one group: the most rows of tiles, and the distance of two points' values and of their products.
  long most, value_step, product_step, bytes;
} paired_job;

static void lay_out(paired_job *j, const cv_paired_winograd *w) {
  j->w = w;
  j->down = (w->oh + 1) / 2;
  j->across = (w->ow + 1) / 2;
  j->rows = w->batch * j->down;
  long row = j->across * 16 * (2 * w->c + 4 * w->outputs);
  j->slots = cv_threads();
  j->groups = (j->rows + CV_MAX(1, GROUP_BYTES / row) - 1) / CV_MAX(1, GROUP_BYTES / row);
  j->groups = (j->groups + j->slots - 1) / j->slots * j->slots;
  j->most = (j->rows + j->groups - 1) / j->groups;
  j->value_step = (j->most * j->across * w->c + 31) / 32 * 32 + APART;
  j->product_step = (j->most * j->across * w->outputs + 15) / 16 * 16 + APART / 2;
  j->bytes = 16 * (2 * j->value_step + 4 * j->product_step);
}

long cv_paired_winograd_scratch(const cv_paired_winograd *w) {
  paired_job j;
  lay_out(&j, w);
  return j.slots * j.bytes;
}

// B^T d B of a row of tiles, rounded; of 32 channels the even ones come first.
PAIRED static void values_in(const paired_job *j, long row, uint16_t *v) {
  const cv_paired_winograd *w = j->w;
  const uint16_t *image = j->x + row / j->down * w->h * w->w * w->c;
  long y = row % j->down * 2 - w->top;
  for (long c = 0; c < w->c; c += 32)
    for (int i = 0; i < 4; i++) {
      line a = line_of(image, y + taken[i].first, w->h, w->w, w->c);
      line b = line_of(image, y + taken[i].second, w->h, w->w, w->c);
      __m512 sign = _mm512_set1_ps(taken[i].sign);
      uint16_t *to = v + 4 * i * j->value_step + c;
#define COLUMN(x) with(parted_at(pixel(a, x, w->w, c)), parted_at(pixel(b, x, w->w, c)), sign)
      parted t0 = COLUMN(-w->left), t1 = COLUMN(1 - w->left);
      for (long tile = 0; tile < j->across; tile++, to += w->c) {
        long x = 2 * tile - w->left;
        parted t2 = COLUMN(x + 2), t3 = COLUMN(x + 3);
        parted points[4] = {minus(t0, t2), plus(t1, t2), minus(t2, t1), minus(t3, t1)};
        for (int p = 0; p < 4; p++)
          _mm512_storeu_si512(to + p * j->value_step, (__m512i)_mm512_cvtne2ps_pbh(points[p].odd, points[p].even));
        t0 = t2;
        t1 = t3;
      }
#undef COLUMN
    }
}

static void products(const paired_job *j, long tiles, const uint16_t *v, float *m) {
  const cv_paired_winograd *w = j->w;
  long parts = (tiles + MOST_ROWS - 1) / MOST_ROWS;
  tile job = {1, w->c / 2, w->outputs, -INFINITY, INFINITY, 0, 0};
  for (long p = 0; p < 16; p++)
    for (long o = 0; o < w->outputs; o += 32) {
      const float *weights = (const float *)(j->packed + (p * w->outputs + o) * w->c);
      for (long part = 0; part < parts; part++) {
        long first = tiles * part / parts, count = tiles * (part + 1) / parts - first;
        const float *rows[MOST_ROWS];
        for (long r = 0; r < count; r++) rows[r] = (const float *)(v + p * j->value_step + (first + r) * w->c);
        j->k->tiles[1][count - 1](&job, rows, weights, m + p * j->product_step + first * w->outputs + o, 0, 0);
      }
    }
}

// A^T m A for 16 outputs of a tile.
PAIRED_INLINE void tile_out(const float *m, long step, __m512 bias, __m512 out[4]) {
  __m512 s[2][4];
  for (int p = 0; p < 4; p++) {
    __m512 m0 = _mm512_loadu_ps(m + p * step), m1 = _mm512_loadu_ps(m + (4 + p) * step);
    __m512 m2 = _mm512_loadu_ps(m + (8 + p) * step), m3 = _mm512_loadu_ps(m + (12 + p) * step);
    s[0][p] = _mm512_add_ps(m0, _mm512_add_ps(m1, m2));
    s[1][p] = _mm512_add_ps(_mm512_sub_ps(m1, m2), m3);
  }
  for (int r = 0; r < 2; r++) {
    __m512 ends = _mm512_add_ps(s[r][1], bias);
    out[2 * r] = _mm512_add_ps(s[r][0], _mm512_add_ps(ends, s[r][2]));
    out[2 * r + 1] = _mm512_add_ps(_mm512_sub_ps(ends, s[r][2]), s[r][3]);
  }
}

PAIRED_INLINE __m512 residual_at(const cv_finish *f, long at) {
  const float *p = element(f->residual, at, f->narrow_residual);
  if (!f->narrow_residual) return _mm512_loadu_ps(p);
  __m512i halves = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p));
  return _mm512_castsi512_ps(_mm512_slli_epi32(halves, 16));
}

// Finishes 32 outputs of a pixel and stores them; what is not a number stays so.
PAIRED_INLINE void finish_at(const paired_job *j, long at, __m512 low, __m512 high) {
  const cv_finish *f = j->finish;
  if (f->residual) {
    low = _mm512_add_ps(low, residual_at(f, at));
    high = _mm512_add_ps(high, residual_at(f, at + 16));
  }
  __m512 least = _mm512_set1_ps(f->low), most = _mm512_set1_ps(f->high);
  low = _mm512_min_ps(most, _mm512_max_ps(least, low));
  high = _mm512_min_ps(most, _mm512_max_ps(least, high));
  float *to = element(j->y, at, f->narrow);
  if (f->narrow) {
    _mm512_storeu_si512(to, (__m512i)_mm512_cvtne2ps_pbh(high, low));
  } else {
    _mm512_storeu_ps(to, low);
    _mm512_storeu_ps(to + 16, high);
  }
}

PAIRED static void results_out(const paired_job *j, long row, const float *m) {
  const cv_paired_winograd *w = j->w;
  const float *bias = j->finish->bias;
  long y = row % j->down * 2, pitch = w->ow * w->outputs, first = (row / j->down * w->oh + y) * pitch;
  for (long tile = 0; tile < j->across; tile++)
    for (long o = 0; o < w->outputs; o += 32) {
      const float *from = m + tile * w->outputs + o;
      __m512 low[4], high[4];
      tile_out(from, j->product_step, bias ? _mm512_loadu_ps(bias + o) : _mm512_setzero_ps(), low);
      tile_out(from + 16, j->product_step, bias ? _mm512_loadu_ps(bias + o + 16) : _mm512_setzero_ps(), high);
      for (int r = 0; r < 2; r++)
        for (int c = 0; c < 2; c++)
          if (y + r < w->oh && 2 * tile + c < w->ow)
            finish_at(j, first + r * pitch + (2 * tile + c) * w->outputs + o, low[2 * r + c], high[2 * r + c]);
    }
}

static void slots_part(long begin, long end, void *context) {
  const paired_job *j = context;
  const cv_paired_winograd *w = j->w;
  for (long slot = begin; slot < end; slot++) {
    uint16_t *v = (uint16_t *)(j->scratch + slot * j->bytes);
    float *m = (float *)(v + 16 * j->value_step);
    for (long g = j->groups * slot / j->slots; g < j->groups * (slot + 1) / j->slots; g++) {
      long first = j->rows * g / j->groups, rows = j->rows * (g + 1) / j->groups - first;
      if (!rows) continue;
      for (long r = 0; r < rows; r++) values_in(j, first + r, v + r * j->across * w->c);
      products(j, rows * j->across, v, m);
      for (long r = 0; r < rows; r++) results_out(j, first + r, m + r * j->across * w->outputs);
    }
  }
}

void cv_paired_winograd_run(const cv_paired_winograd *w, const uint16_t *x, const uint16_t *packed,
                            const cv_finish *finish, void *y, void *scratch) {
  paired_job j = {.k = cv_kernels_bf16(), .finish = finish, .x = x, .packed = packed, .y = y, .scratch = scratch};
  lay_out(&j, w);
  cv_parallel(j.slots, 1, slots_part, &j);
}

static void pack(pack_job *j) { cv_parallel(j->outputs / 16, 1, pack_part, j); }

#else

static void pack(pack_job *j) { (void)j; }
long cv_paired_winograd_scratch(const cv_paired_winograd *w) { return 0; }
void cv_paired_winograd_run(const cv_paired_winograd *w, const uint16_t *x, const uint16_t *packed,
                            const cv_finish *finish, void *y, void *scratch) {}

#endif

void cv_paired_winograd_pack(const float *weights, uint16_t *packed, long outputs, long inputs) {
  pack_job j = {weights, packed, outputs, inputs, 9 * inputs, 9, 0};
  pack(&j);
}

void cv_paired_winograd_pack_turned(const float *weights, uint16_t *packed, long outputs, long inputs) {
  pack_job j = {weights, packed, inputs, outputs, 9, 9 * inputs, 1};
  pack(&j);
}
