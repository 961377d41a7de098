#include "CVSeparable.h"
#include "kernels.h"

// What a thread holds of a piece: bytes that stay in its second cache. More where something expands, since a row at a
// border is then expanded twice.
#define HELD (512 << 10)
#define HELD_EXPANDING (800 << 10)

// How threads divide the work.
typedef enum {
  // Pieces of pictures: rows where something expands, since a row at a border is expanded twice, otherwise pixels.
  by_pieces,
  // Of a small picture, shares of the wide channels, whose products are summed at last: no row is expanded twice, weights
  // are read once, and what is filtered stays with its thread.
  by_shares,
  // Blocks of the wide channels; what is filtered is shared, and its products are divided anew.
  by_channels
} division;

// Sums of a small picture's products where something expands, one for each of two threads: as many for one thread, and for
// more of them, so that all round alike.
#define SUMS 2

typedef struct {
  const cv_separable *s;
  const cv_separable_weights *weights;
  const kernels *k, *expand, *project;
  // Where products of 16 bits follow, pixels are filtered in pairs of such; otherwise null.
  const paired_filters *pairs;
  const float *x;
  float *y, *scratch;
  division division;
  // Pieces of a picture, or sums of each product.
  long parts;
  // Elements from one filtered pixel to the next, of 16 bits where products of such follow.
  long distance;
  // Pixels of a row with the zeros around it, or pairs of them, how many of the input's are read, where the first of those
  // lies, and with which one a window starts.
  long columns, width, first, odd;
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
    j->odd = s->left % 2;
    j->columns = (j->odd + j->columns + 1) / 2;
    j->first = (s->left + j->odd) / 2;
  }
  j->held = ring(j) + aside(j);
  long pixels = s->oh * s->ow, blocks = (s->wide + BLOCK - 1) / BLOCK, small = s->batch == 1 && !s->among_many && pixels <= 400;
  if (small && (s->expands || pixels < 90 * threads)) {
    j->parts = s->expands && blocks >= SUMS ? SUMS : 1;
    j->division = j->parts > 1 && threads <= SUMS ? by_shares : by_channels;
    if (j->division == by_channels) return;
    j->distance = (blocks + SUMS - 1) / SUMS * BLOCK;
    j->held += pixels * j->distance / unit(s);
    return;
  }
  j->division = by_pieces;
  long rows = CV_MAX(1, ((s->expands ? HELD_EXPANDING : HELD) / 4 - ring(j)) / (s->ow * j->distance / unit(s)));
  j->parts = (s->oh + rows - 1) / rows;
  if (s->batch % threads != 0) j->parts = rounded_up(j->parts, threads);
  j->parts = CV_MIN(j->parts, s->oh);
  long most = s->expands ? (s->oh + j->parts - 1) / j->parts * s->ow : (pixels + j->parts - 1) / j->parts;
  j->held += most * j->distance / unit(s);
}

// Floats of a share's sums from one pixel to the next.
static long sums_pitch(const cv_separable *s) { return rounded_up(s->outputs, 16); }

long cv_separable_scratch(const cv_separable *s) {
  separable_job j = {0};
  lay_out(&j, s, 0);
  long pixels = s->oh * s->ow;
  switch (j.division) {
    case by_pieces: return 0;
    case by_shares: return j.parts * pixels * sums_pitch(s);
    // Filtered pixels, and their sums or where each starts.
    case by_channels: return pixels * (j.distance / unit(s) + (j.parts > 1 ? SUMS * sums_pitch(s) : 1));
  }
  return 0;
}

// 32 channels of one row of the input, as they are filtered; `own` is the thread's memory.
static void expand_row(const separable_job *j, const float *x, long block, float *e, float *own) {
  const cv_separable *s = j->s;
  long o = block * BLOCK, left = s->wide - o, width = j->width;
  const cv_finish *f = &j->weights->expanded;
  if (!s->expands) {
    long channels = CV_MIN(left, BLOCK);
    const float *from = element(x, o, s->narrow);
    if (j->pairs)
      j->pairs->lay(from, s->c, width, s->narrow, channels, f, e);
    else
      j->k->cut(from, s->c, width, s->narrow, channels, f, e);
    return;
  }
  long run = s->expand_pairs ? s->c / 2 : s->c, tiles = (width + j->expand->rows - 1) / j->expand->rows;
  // Tiles of pairs lay what they find themselves, two pixels at a time.
  int beside = j->pairs && s->expand_pairs, laid_later = j->pairs && !beside;
  int twos = beside ? 1 : 0;
  // Tiles are of nearly as many pixels, or pairs.
  even_parts steps = in_parts((width + twos) >> twos, tiles);
  tile job = {.taps = 1, .run = run, .pitch = BLOCK, .low = f->low, .high = f->high, .beside = beside};
  const tile_function *products = j->expand->tiles[left > 16];
  const float *w = j->weights->expand + o * run, *rows[MOST_ROWS_OF_ALL];
  float *y = laid_later ? own + ring(j) : e;
  for (long t = 0; t < tiles; t++) {
    long first = part_begin(steps, t) << twos, count = CV_MIN(part_begin(steps, t + 1) << twos, width) - first;
    for (long r = 0; r < count; r++) rows[r] = x + (first + r) * run;
    products[count - 1](&job, rows, w, y + (first >> twos) * BLOCK, 0, f->bias + o);
  }
  if (laid_later) j->pairs->lay(y, BLOCK, width, 0, left > 16 ? BLOCK : 16, f, e);
}

// `count` pixels of a row from x on, 16 channels.
static void filter_row(const separable_job *j, const float *const *rows, long lane, const float *w, long channel, long x,
                       long count, float *d) {
  const cv_separable *s = j->s;
  const cv_finish *f = &j->weights->filtered;
  long start = x * s->stride + j->odd;
  if (j->pairs)
    j->pairs->rows[s->window == 5][s->stride == 2][start & 1](rows, lane + (start >> 1) * BLOCK, w, f, channel, d,
                                                              j->distance, count);
  else
    j->k->filters[s->window == 5][s->stride == 2](rows, lane + start * BLOCK, w, f, channel, d, j->distance, count);
}

// Output pixels begin..<end of 32 channels, to `d`: what they read goes to `e`, of whose rows only the last few are kept.
static void filter_block(const separable_job *j, long image, long begin, long end, long block, float *e, float *d) {
  const cv_separable *s = j->s;
  long run = s->expand_pairs ? s->c / 2 : s->c, pitch = j->columns * BLOCK, row = begin / s->ow;
  long next = CV_MAX(0, row * s->stride - s->top), blocks = (s->wide + BLOCK - 1) / BLOCK;
  const float *w = j->weights->filter + block * (cv_filter_weights(s) / blocks);
  for (; row * s->ow < end; row++) {
    const float *rows[5];
    for (long k = 0; k < s->window; k++) {
      long from = row * s->stride - s->top + k;
      int inside = from >= 0 && from < s->h;
      float *place = e + (inside ? from % s->window : s->window) * pitch;
      if (inside && from >= next) {
        const float *x = element(j->x, (image * s->h + from) * s->w * run, s->narrow);
        expand_row(j, x, block, place + j->first * BLOCK, e);
        next = from + 1;
      }
      rows[k] = place;
    }
    long first = CV_MAX(begin, row * s->ow), last = CV_MIN(end, (row + 1) * s->ow);
    for (long l = 0; l < BLOCK && block * BLOCK + l < s->wide; l += 16)
      filter_row(j, rows, l, w + l, block * BLOCK + l, first - row * s->ow, last - first,
                 element(d, (first - begin) * j->distance + l, s->project_pairs));
  }
}

// Pixels first..<last of all outputs from filtered pixels of `run` elements.
static void project_pixels(const separable_job *j, const float *d, long run, long distance, long first, long last) {
  const cv_separable *s = j->s;
  const cv_finish *f = &j->weights->projected;
  long tiles = (last - first + j->project->rows - 1) / j->project->rows;
  tile job = {.taps = 1, .run = run, .pitch = s->outputs, .low = f->low, .high = f->high, .narrow = f->narrow,
              .narrow_residual = f->narrow_residual};
  even_parts pixels = in_parts(last - first, tiles);
  for (long o = 0; o < s->outputs; o += BLOCK)
    for (long t = 0; t < tiles; t++) {
      long begin = part_begin(pixels, t), count = part_begin(pixels, t + 1) - begin;
      const float *rows[MOST_ROWS_OF_ALL];
      for (long r = 0; r < count; r++) rows[r] = d + (begin + r) * distance;
      long left = s->outputs - o, vectors = left > 16 ? 2 : 1, place = (first + begin) * s->outputs + o;
      const float *residual = f->residual ? element(f->residual, place, f->narrow_residual) : 0;
      float *y = element(j->y, place, f->narrow);
      tile_function product = j->project->tiles[vectors - 1][count - 1];
      const float *w = j->weights->project + o * run;
      look_ahead(j->project, &job, w, t, tiles, o + BLOCK < s->outputs);
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

// Where piece p of a picture starts.
static long piece(const separable_job *j, long p) {
  const cv_separable *s = j->s;
  return s->expands ? s->oh * p / j->parts * s->ow : s->oh * s->ow * p / j->parts;
}

static void pieces_part(long begin, long end, void *context) {
  const separable_job *j = context;
  const cv_separable *s = j->s;
  void *whole;
  float *e = own_memory(j, &whole), *d = e + ring(j) + aside(j);
  open_tiles(j->expand->open ? j->expand : j->project);
  for (long item = begin; item < end; item++) {
    long image = item / j->parts, from = piece(j, item % j->parts), to = piece(j, item % j->parts + 1);
    for (long block = 0; block * BLOCK < s->wide; block++)
      filter_block(j, image, from, to, block, e, element(d, block * BLOCK, s->project_pairs));
    long first = image * s->oh * s->ow + from;
    project_pixels(j, d, s->wide / unit(s), j->distance / unit(s), first, first + to - from);
  }
  close_tiles(j->expand->open ? j->expand : j->project);
  free(whole);
}

static void channels_part(long begin, long end, void *context) {
  const separable_job *j = context;
  const cv_separable *s = j->s;
  void *whole;
  float *e = own_memory(j, &whole);
  open_tiles(j->expand);
  for (long block = begin; block < end; block++)
    filter_block(j, 0, 0, s->oh * s->ow, block, e, element(j->scratch, block * BLOCK, s->project_pairs));
  close_tiles(j->expand);
  free(whole);
}

// Products of the blocks first..<last with outputs output..<outputs in pixels begin..<end; `d` holds what is filtered from
// `base` on.
static void project_blocks(const separable_job *j, const float *d, long base, long first, long last, long output,
                           long outputs, long begin, long end, float *sums) {
  const cv_separable *s = j->s;
  long all = s->wide / unit(s), from = first * BLOCK / unit(s), run = CV_MIN(last * BLOCK / unit(s), all) - from;
  long pitch = sums_pitch(s), distance = j->distance / unit(s), width = end - begin;
  long tiles = (width + j->project->rows - 1) / j->project->rows;
  tile job = {.taps = 1, .run = run, .pitch = pitch, .low = -INFINITY, .high = INFINITY};
  even_parts pixels = in_parts(width, tiles);
  for (long o = output; o < outputs; o += BLOCK) {
    int both = s->outputs - o > 16, follows = s->outputs - o - BLOCK > 16;
    const float *w = j->weights->project + o * all + from * (both ? BLOCK : 16);
    for (long t = 0; t < tiles; t++) {
      long start = begin + part_begin(pixels, t), count = begin + part_begin(pixels, t + 1) - start;
      const float *rows[MOST_ROWS_OF_ALL];
      for (long r = 0; r < count; r++) rows[r] = d + (start + r) * distance + (first - base) * BLOCK / unit(s);
      look_ahead(j->project, &job, w, t, tiles, follows);
      if (job.ahead) job.ahead += BLOCK * (all - run);
      j->project->tiles[both][count - 1](&job, rows, w, sums + start * pitch + o, 0, 0);
    }
  }
}

// Two shares of the blocks; of an odd number of them, each has half of the middle one's rows.
static void shares_part(long begin, long end, void *context) {
  const separable_job *j = context;
  const cv_separable *s = j->s;
  long blocks = (s->wide + BLOCK - 1) / BLOCK, pixels = s->oh * s->ow, upper = s->oh / 2 * s->ow;
  int halves = blocks % 2;
  void *whole;
  float *e = own_memory(j, &whole), *d = e + ring(j) + aside(j);
  open_tiles(j->expand->open ? j->expand : j->project);
  for (long share = begin; share < end; share++) {
    long first = blocks * share / SUMS, last = blocks * (share + 1) / SUMS;
    for (long block = first; block < last + (halves && share == 0); block++) {
      int middle = halves && block == blocks / 2;
      long from = middle && share ? upper : 0, to = middle && !share ? upper : pixels;
      float *place = element(d, from * j->distance + (block - first) * BLOCK, s->project_pairs);
      filter_block(j, 0, from, to, block, e, place);
    }
    float *sums = j->scratch + share * pixels * sums_pitch(s);
    if (halves) project_blocks(j, d, first, first + share, last + 1 - share, 0, s->outputs, 0, upper, sums);
    project_blocks(j, d, first, first, last, 0, s->outputs, halves ? upper : 0, pixels, sums);
  }
  close_tiles(j->expand->open ? j->expand : j->project);
  free(whole);
}

// The same sums of what all threads have filtered: of 32 outputs in the upper or the lower half of the rows.
static void blocks_part(long begin, long end, void *context) {
  const separable_job *j = context;
  const cv_separable *s = j->s;
  long blocks = (s->wide + BLOCK - 1) / BLOCK, pixels = s->oh * s->ow, upper = s->oh / 2 * s->ow;
  float *sums = j->scratch + pixels * j->distance / unit(s);
  open_tiles(j->project);
  for (long item = begin; item < end; item++) {
    long lower = item % 2, first = lower ? upper : 0, last = lower ? pixels : upper, o = item / 2 * BLOCK;
    long middle = lower ? blocks / 2 : (blocks + 1) / 2, outputs = CV_MIN(o + BLOCK, s->outputs);
    project_blocks(j, j->scratch, 0, 0, middle, o, outputs, first, last, sums);
    project_blocks(j, j->scratch, 0, middle, blocks, o, outputs, first, last, sums + pixels * sums_pitch(s));
  }
  close_tiles(j->project);
}

static void sums_part(long begin, long end, void *context) {
  const separable_job *j = context;
  const cv_separable *s = j->s;
  long pitch = sums_pitch(s);
  const float *sums = j->division == by_shares ? j->scratch : j->scratch + s->oh * s->ow * j->distance / unit(s);
  j->k->gather(sums + begin * pitch, pitch, s->oh * s->ow * pitch, j->parts, end - begin, s->outputs,
               &j->weights->projected, begin * s->outputs, j->y);
}

void cv_separable_run(const cv_separable *s, const float *x, const cv_separable_weights *weights, float *y,
                      float *scratch) {
  separable_job j = {.x = x, .y = y, .scratch = scratch};
  lay_out(&j, s, weights);
  if (!cv_separable_takes(s) || !j.expand || !j.project || (s->project_pairs && !j.pairs)) return;
  long pixels = s->oh * s->ow, distance = j.distance / unit(s);
  switch (j.division) {
    case by_pieces: cv_share_out(s->batch * j.parts, 1, pieces_part, &j); return;
    case by_shares:
      cv_parallel(SUMS, 1, shares_part, &j);
      cv_parallel(pixels, 16, sums_part, &j);
      return;
    case by_channels: break;
  }
  cv_share_out((s->wide + BLOCK - 1) / BLOCK, 1, channels_part, &j);
  if (j.parts > 1) {
    cv_share_out((s->outputs + BLOCK - 1) / BLOCK * 2, 1, blocks_part, &j);
    cv_parallel(pixels, 16, sums_part, &j);
    return;
  }
  int *offsets = (int *)(scratch + pixels * distance);
  for (long p = 0; p < pixels; p++) offsets[p] = (int)(p * distance);
  cv_convolution project = {.batch = 1, .image = pixels * distance, .pixels = pixels, .taps = 1,
                            .run = s->wide / unit(s), .outputs = s->outputs, .pitch = s->outputs, .offsets = offsets,
                            .whole = 1, .pairs = s->project_pairs ? cv_pairs : cv_plain};
  cv_convolve(&project, scratch, weights->project, &weights->projected, y);
}
