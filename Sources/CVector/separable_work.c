#include "separable_work.h"

// What a thread holds of a piece: bytes that stay in its second cache. More where something expands, since a row at a
// border is then expanded twice.
#define HELD (512 << 10)
#define HELD_EXPANDING (800 << 10)

// And where it reads the input in place: so that weights that fit the second cache stay there too, or that larger ones are
// read for many pixels.
#define HELD_DIRECTLY (64 << 10)
#define HELD_DIRECTLY_LARGE (192 << 10)
#define SMALL_WEIGHTS (256 << 10)

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

// Whether a filter may read the input where it lies: 21 pixels at a time. Those whose distance is a large power of two would
// share few lines of the first cache.
static int reads_in_place(const separable_job *j) {
  const cv_separable *s = j->s;
  return j->k->direct && !s->expands && !s->narrow && !j->pairs && s->window == 3 && s->stride == 1 && s->wide % 16 == 0 &&
         s->wide % 512 != 0;
}

int cv_has_small_weights(const cv_separable *s) { return 4 * s->wide * s->outputs <= SMALL_WEIGHTS; }

// Divides pictures for threads that read the input in place: into whole tiles of pixels, but for a picture's last.
static void lay_out_directly(separable_job *j) {
  const cv_separable *s = j->s;
  long threads = cv_threads(), rows = j->project->rows, tiles = (s->oh * s->ow + rows - 1) / rows;
  long held = cv_has_small_weights(s) ? HELD_DIRECTLY : HELD_DIRECTLY_LARGE;
  long each = CV_MAX(1, held / 4 / (rows * j->distance));
  j->division = by_pieces;
  j->directly = 1;
  j->parts = (tiles + each - 1) / each;
  if (s->batch % threads != 0) j->parts = CV_MIN(rounded_up(j->parts, threads), tiles);
  j->held = (tiles + j->parts - 1) / j->parts * rows * j->distance;
}

void cv_separable_divide(separable_job *j, const cv_separable *s, const cv_separable_weights *weights) {
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
  if (reads_in_place(j)) {
    lay_out_directly(j);
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

long cv_separable_piece(const separable_job *j, long p) {
  const cv_separable *s = j->s;
  if (j->directly) {
    long rows = j->project->rows, pixels = s->oh * s->ow;
    return CV_MIN((pixels + rows - 1) / rows * p / j->parts * rows, pixels);
  }
  return s->expands ? s->oh * p / j->parts * s->ow : s->oh * s->ow * p / j->parts;
}

long cv_separable_scratch(const cv_separable *s) {
  separable_job j = {0};
  cv_separable_divide(&j, s, 0);
  long pixels = s->oh * s->ow;
  switch (j.division) {
    case by_pieces: return 0;
    case by_shares: return j.parts * pixels * sums_pitch(s);
    // Filtered pixels, and their sums or where each starts.
    case by_channels: return pixels * (j.distance / unit(s) + (j.parts > 1 ? SUMS * sums_pitch(s) : 1));
  }
  return 0;
}
