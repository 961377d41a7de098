#include "separable_work.h"

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

// Whether tiles fetch what the filter reads next, rather than weights, which stay in the second cache, and the filter itself,
// which would wait for it.
static int fetches_input(const separable_job *j) {
  return j->directly && j->project->fetches && j->s->w == j->s->ow && cv_has_small_weights(j->s);
}

// Output pixels begin..<end of all channels, to `d`, from the input in place.
static void filter_directly(const separable_job *j, long image, long begin, long end, float *d) {
  const cv_separable *s = j->s;
  const float *x = j->x + image * s->h * s->w * s->c;
  for (long row = begin / s->ow; row * s->ow < end; row++) {
    direct_rows job = {.pitch = s->c, .width = s->w, .left = s->left, .channels = s->c, .w = j->weights->filter,
                       .before = &j->weights->expanded, .finish = &j->weights->filtered, .distance = j->distance,
                       .fetches = !fetches_input(j)};
    for (long k = 0; k < 3; k++) {
      long from = row - s->top + k;
      job.rows[k] = from >= 0 && from < s->h ? x + from * s->w * s->c : 0;
    }
    long first = CV_MAX(begin, row * s->ow), last = CV_MIN(end, (row + 1) * s->ow);
    j->k->direct(&job, first - row * s->ow, last - first, d + (first - begin) * j->distance);
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
  long shares = (s->outputs + BLOCK - 1) / BLOCK * tiles;
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
      if (fetches_input(j))
        look_at_input(j->project, &job, j->x + (last + s->w) * s->c, (last - first) * s->c, o / BLOCK * tiles + t, shares);
      else
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

static void pieces_part(long begin, long end, void *context) {
  const separable_job *j = context;
  const cv_separable *s = j->s;
  void *whole;
  float *e = own_memory(j, &whole), *d = e + ring(j) + aside(j);
  open_tiles(j->expand->open ? j->expand : j->project);
  for (long item = begin; item < end; item++) {
    long image = item / j->parts, from = cv_separable_piece(j, item % j->parts), to = cv_separable_piece(j, item % j->parts + 1);
    if (j->directly)
      filter_directly(j, image, from, to, d);
    else
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
  cv_separable_divide(&j, s, weights);
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
