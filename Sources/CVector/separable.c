#include "CVSeparable.h"
#include "kernels.h"

// What a thread holds of a band: bytes that stay in its second cache.
#define HELD (512 << 10)

typedef struct {
  const cv_separable *s;
  const cv_separable_weights *weights;
  const kernels *k, *expand, *project;
  // Where products of 16 bits follow, pixels are filtered in pairs of such; otherwise null.
  const paired_filters *pairs;
  const float *x;
  float *y, *scratch;
  filter_function filter;
  // Elements from one filtered pixel to the next, of 16 bits where products of such follow; rows of a band.
  long distance, rows;
  // Pixels of a row with the zeros around it, or pairs of them, how many of the input's are read, and where the first of
  // those lies.
  long columns, width, first;
  // Bands of a picture; none where threads share channels instead.
  long bands;
  // Floats that a thread holds.
  long held;
} separable_job;

static long rounded_up(long n, long unit) { return (n + unit - 1) / unit * unit; }

// [taps, channels] as blocks of 32 channels, [block, taps, 32].
static void pack_filter(const float *weights, float *packed, long channels, long taps) {
  for (long o = 0; o < channels; o += BLOCK)
    for (long tap = 0; tap < taps; tap++)
      for (long l = 0; l < BLOCK; l++) *packed++ = o + l < channels ? weights[tap * channels + o + l] : 0;
}

int cv_separable_takes(const cv_separable *s) {
  return (s->window == 3 || s->window == 5) && (s->stride == 1 || s->stride == 2) && s->top >= 0 && s->left >= 0 &&
         s->c <= CV_LONGEST_RUN && s->wide <= CV_LONGEST_RUN && (s->expands || s->c == s->wide);
}

long cv_filter_weights(const cv_separable *s) {
  return s->project_pairs ? cv_filter_pairs_count(s->wide, s->window)
                          : rounded_up(s->wide, BLOCK) * s->window * s->window;
}

void cv_filter_lay(const cv_separable *s, const float *weights, float *packed) {
  if (s->project_pairs)
    cv_filter_pack_pairs(weights, packed, s->wide, s->window);
  else
    pack_filter(weights, packed, s->wide, s->window * s->window);
}

// Filtered values in the room of a float.
static long unit(const cv_separable *s) { return s->project_pairs ? 2 : 1; }
// Floats of the rows that a filter reads at a time, and of one of zeros; behind them, of one before it is laid in pairs.
static long ring(const separable_job *j) { return (j->s->window + 1) * j->columns * BLOCK; }
static long aside(const separable_job *j) { return j->pairs && j->s->expands && !j->s->expand_pairs ? j->s->w * BLOCK : 0; }

static void lay_out(separable_job *j, const cv_separable *s, const cv_separable_weights *weights) {
  long threads = cv_threads();
  j->s = s;
  j->weights = weights;
  j->k = cv_kernels();
  j->expand = s->expand_pairs ? cv_kernels_pairs() : j->k;
  j->project = s->project_pairs ? cv_kernels_pairs() : j->k;
  j->distance = rounded_up(s->wide, 16 * unit(s));
  j->columns = (s->ow - 1) * s->stride + s->window;
  j->width = CV_MIN(s->w, j->columns - s->left);
  j->first = s->left;
  j->pairs = s->project_pairs ? cv_paired_filters() : 0;
  if (j->pairs) {
    // The first pixel is the first of a pair, so that the first window may start at a pair's second.
    long odd = s->left % 2;
    j->filter = j->pairs->rows[s->window == 5][s->stride == 2][odd];
    j->columns = (odd + j->columns + 1) / 2;
    j->first = (s->left + odd) / 2;
  } else {
    j->filter = s->project_pairs ? 0 : j->k->filters[s->window == 5][s->stride == 2];
  }
  // Of a small picture a thread takes some channels whole: no row is expanded twice, weights are read once, and the
  // threads' shares of pixels are even.
  if (s->batch == 1 && s->oh * s->ow <= 400) {
    j->bands = 0;
    j->rows = s->oh;
    j->held = ring(j) + aside(j);
    return;
  }
  long most = CV_MAX(1, (HELD / 4 - ring(j)) / (s->ow * j->distance / unit(s)));
  long bands = (s->oh + most - 1) / most;
  if (s->batch % threads != 0) bands = rounded_up(bands, threads);
  j->bands = CV_MIN(bands, s->oh);
  j->rows = (s->oh + j->bands - 1) / j->bands;
  j->held = ring(j) + aside(j) + j->rows * s->ow * j->distance / unit(s);
}

long cv_separable_scratch(const cv_separable *s) {
  separable_job j = {0};
  lay_out(&j, s, 0);
  // Filtered pixels, and where each starts.
  return j.bands ? 0 : s->oh * s->ow * (j.distance / unit(s) + 1);
}

// Some channels of a pixel, cut, and zeros for the others.
static void cut_rest(const float *x, int narrow, const cv_finish *f, long channels, float *e) {
  for (long l = 0; l < BLOCK; l++) {
    float z = l >= channels ? 0 : narrow ? widen(((const uint16_t *)x)[l]) : x[l];
    z = z < f->low ? f->low : z;
    e[l] = l >= channels ? 0 : z > f->high ? f->high : z;
  }
}

// 32 channels of one row of the input, as they are filtered; `own` is the thread's memory.
static void expand_row(const separable_job *j, const float *x, long block, float *e, float *own) {
  const cv_separable *s = j->s;
  long o = block * BLOCK, left = s->wide - o, width = j->width;
  const cv_finish *f = &j->weights->expanded;
  if (!s->expands) {
    long channels = CV_MIN(left, BLOCK);
    const float *from = element(x, o, s->narrow);
    if (j->pairs) {
      j->pairs->lay(from, s->c, width, s->narrow, channels, f, e);
      return;
    }
    if (channels == BLOCK) {
      j->k->cut(from, s->c, width, s->narrow, f, e);
      return;
    }
    for (long p = 0; p < width; p++)
      cut_rest(element(from, p * s->c, s->narrow), s->narrow, f, channels, e + p * BLOCK);
    return;
  }
  long run = s->expand_pairs ? s->c / 2 : s->c, tiles = (width + j->expand->rows - 1) / j->expand->rows;
  // Tiles of pairs lay what they find themselves, two pixels at a time.
  int beside = j->pairs && s->expand_pairs, laid_later = j->pairs && !beside;
  long step = beside ? 2 : 1, steps = (width + step - 1) / step;
  tile job = {.taps = 1, .run = run, .pitch = BLOCK, .low = f->low, .high = f->high, .beside = beside};
  float *y = laid_later ? own + ring(j) : e;
  for (long t = 0; t < tiles; t++) {
    long first = step * (steps * t / tiles), count = CV_MIN(width, step * (steps * (t + 1) / tiles)) - first;
    const float *rows[MOST_ROWS_OF_ALL];
    for (long r = 0; r < count; r++) rows[r] = x + (first + r) * run;
    j->expand->tiles[left > 16][count - 1](&job, rows, j->weights->expand + o * run, y + first / step * BLOCK, 0,
                                           f->bias + o);
  }
  if (laid_later) j->pairs->lay(y, BLOCK, width, 0, left > 16 ? BLOCK : 16, f, e);
}

// Output rows begin..<end of 32 channels: what they read goes to `e`, of whose rows only the last few are kept.
static void filter_band(const separable_job *j, long image, long begin, long end, long block, float *e, float *d) {
  const cv_separable *s = j->s;
  long run = s->expand_pairs ? s->c / 2 : s->c, pitch = j->columns * BLOCK;
  long next = CV_MAX(0, begin * s->stride - s->top), blocks = (s->wide + BLOCK - 1) / BLOCK;
  const float *w = j->weights->filter + block * (cv_filter_weights(s) / blocks);
  for (long r = begin; r < end; r++) {
    const float *rows[5];
    for (long k = 0; k < s->window; k++) {
      long row = r * s->stride - s->top + k;
      int inside = row >= 0 && row < s->h;
      float *place = e + (inside ? row % s->window : s->window) * pitch;
      if (inside && row >= next) {
        const float *x = element(j->x, (image * s->h + row) * s->w * run, s->narrow);
        expand_row(j, x, block, place + j->first * BLOCK, e);
        next = row + 1;
      }
      rows[k] = place;
    }
    for (long l = 0; l < BLOCK && block * BLOCK + l < s->wide; l += 16)
      j->filter(rows, l, w + l, &j->weights->filtered, block * BLOCK + l,
                element(d, (r - begin) * s->ow * j->distance + block * BLOCK + l, s->project_pairs), j->distance,
                s->ow);
  }
}

// Pixels first..<last of all outputs from filtered pixels of `run` elements.
static void project_pixels(const separable_job *j, const float *d, long run, long distance, long first, long last) {
  const cv_separable *s = j->s;
  const cv_finish *f = &j->weights->projected;
  long tiles = (last - first + j->project->rows - 1) / j->project->rows;
  tile job = {.taps = 1, .run = run, .pitch = s->outputs, .low = f->low, .high = f->high, .narrow = f->narrow,
              .narrow_residual = f->narrow_residual};
  for (long o = 0; o < s->outputs; o += BLOCK)
    for (long t = 0; t < tiles; t++) {
      long begin = (last - first) * t / tiles, count = (last - first) * (t + 1) / tiles - begin;
      const float *rows[MOST_ROWS_OF_ALL];
      for (long r = 0; r < count; r++) rows[r] = d + (begin + r) * distance;
      long left = s->outputs - o, vectors = left > 16 ? 2 : 1, place = (first + begin) * s->outputs + o;
      const float *residual = f->residual ? element(f->residual, place, f->narrow_residual) : 0;
      float *y = element(j->y, place, f->narrow);
      tile_function product = j->project->tiles[vectors - 1][count - 1];
      const float *w = j->weights->project + o * run;
      look_ahead(&job, w, t, tiles, o + BLOCK < s->outputs);
      job.left = left < vectors * 16 ? left : 0;
      if (!job.left || j->project->masks) {
        product(&job, rows, w, y, residual, f->bias + o);
        continue;
      }
      float sums[MOST_ROWS_OF_ALL * BLOCK];
      tile aside = {.taps = 1, .run = run, .pitch = vectors * 16, .low = -INFINITY, .high = INFINITY};
      product(&aside, rows, w, sums, 0, 0);
      cv_store_rest(f, sums, vectors * 16, count, left, f->bias + o, residual, y, s->outputs);
    }
}

// Memory for what a thread holds, which starts a cache line, with zeros where a filter reads beside the picture;
// `whole` is what to free.
static float *own_memory(const separable_job *j, void **whole) {
  *whole = malloc(sizeof(float) * (size_t)j->held + 64);
  if (!*whole) abort();
  float *start = (float *)(((uintptr_t)*whole + 63) & ~(uintptr_t)63);
  memset(start, 0, sizeof(float) * (size_t)ring(j));
  return start;
}

static void bands_part(long begin, long end, void *context) {
  const separable_job *j = context;
  const cv_separable *s = j->s;
  void *whole;
  float *e = own_memory(j, &whole), *d = e + ring(j) + aside(j);
  open_tiles(j->expand->open ? j->expand : j->project);
  for (long item = begin; item < end; item++) {
    long image = item / j->bands, band = item % j->bands;
    long from = s->oh * band / j->bands, to = s->oh * (band + 1) / j->bands;
    long pixels = (to - from) * s->ow, first = (image * s->oh + from) * s->ow;
    for (long block = 0; block * BLOCK < s->wide; block++) filter_band(j, image, from, to, block, e, d);
    project_pixels(j, d, s->wide / unit(s), j->distance / unit(s), first, first + pixels);
  }
  close_tiles(j->expand->open ? j->expand : j->project);
  free(whole);
}

static void blocks_part(long begin, long end, void *context) {
  const separable_job *j = context;
  void *whole;
  float *e = own_memory(j, &whole);
  open_tiles(j->expand);
  for (long block = begin; block < end; block++) filter_band(j, 0, 0, j->s->oh, block, e, j->scratch);
  close_tiles(j->expand);
  free(whole);
}

void cv_separable_run(const cv_separable *s, const float *x, const cv_separable_weights *weights, float *y,
                      float *scratch) {
  separable_job j = {.x = x, .y = y, .scratch = scratch};
  lay_out(&j, s, weights);
  if (!cv_separable_takes(s) || !j.expand || !j.project || !j.filter) return;
  if (j.bands) {
    cv_parallel(s->batch * j.bands, 1, bands_part, &j);
    return;
  }
  cv_parallel((s->wide + BLOCK - 1) / BLOCK, 1, blocks_part, &j);
  long pixels = s->oh * s->ow, distance = j.distance / unit(s);
  float *d = scratch;
  int *offsets = (int *)(d + pixels * distance);
  for (long p = 0; p < pixels; p++) offsets[p] = (int)(p * distance);
  cv_convolution project = {.batch = 1, .image = pixels * distance, .pixels = pixels, .taps = 1,
                            .run = s->wide / unit(s), .outputs = s->outputs, .pitch = s->outputs, .offsets = offsets,
                            .whole = 1, .pairs = s->project_pairs ? cv_pairs : cv_plain};
  cv_convolve(&project, d, weights->project, &weights->projected, y);
}
