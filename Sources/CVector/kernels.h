#ifndef CVECTOR_KERNELS_H
#define CVECTOR_KERNELS_H

#include "CVConvolution.h"
#include "elements.h"
#include "internal.h"

typedef float v16 __attribute__((ext_vector_type(16), aligned(4)));
#define LOAD(p) (*(v16 *)(uintptr_t)(p))

// Half of it, for instructions with few registers.
typedef float v8 __attribute__((ext_vector_type(8), aligned(4)));

// z cut to low...high; what is not a number stays so.
#define CUT_AS(type, z, low, high)                                     \
  ({                                                                   \
    type l_ = (type)0.0f + (low), h_ = (type)0.0f + (high), z_ = (z);  \
    z_ = z_ < l_ ? l_ : z_;                                            \
    z_ > h_ ? h_ : z_;                                                 \
  })
#define CUT(z, low, high) CUT_AS(v16, z, low, high)

typedef unsigned v16_bits __attribute__((ext_vector_type(16), aligned(4)));
typedef unsigned short v16_halves __attribute__((ext_vector_type(16), aligned(2)));

// 16 floats of 16 bits at p, and z rounded to such; what is not a number stays so.
#define LOAD_NARROW(p) ((v16)(__builtin_convertvector(*(const v16_halves *)(uintptr_t)(p), v16_bits) << 16))
#define STORE_NARROW(p, z)                                                                                    \
  ({                                                                                                          \
    v16 z_ = (z);                                                                                             \
    v16_bits bits_ = (v16_bits)z_, sum_ = bits_ + 0x7fff + (bits_ >> 16 & 1);                                 \
    sum_ = z_ == z_ ? sum_ : (bits_ | 0x400000);                                                              \
    *(v16_halves *)(uintptr_t)(p) = __builtin_convertvector(sum_ >> 16, v16_halves);                          \
  })

// Element i of floats of 32 bits, or of 16 where `narrow`.
static inline float *element(const float *base, long i, int narrow) {
  return narrow ? (float *)((unsigned short *)(uintptr_t)base + i) : (float *)(uintptr_t)(base + i);
}

// Things divided into nearly equal parts: the first `longer` parts have one more.
typedef struct {
  long least, longer;
} even_parts;
static inline even_parts in_parts(long count, long parts) { return (even_parts){count / parts, count % parts}; }
static inline long part_begin(even_parts p, long part) { return part * p.least + CV_MIN(part, p.longer); }

// The most pixels that any set of instructions takes at once, and outputs of one block of packed weights.
#define MOST_ROWS 14
#define MOST_TAPS CV_MOST_TAPS
#define BLOCK 32
// Pixels with AMX's tiles too, which only convolutions take.
#define MOST_ROWS_OF_ALL 32

typedef struct {
  long taps, run, pitch;
  float low, high;
  // Whether results and residuals are 16-bit floats (tiles of pairs only).
  int narrow, narrow_residual;
  // Whether each two neighbouring pixels' results are written side by side as 16-bit floats, channel by channel, 32
  // channels before the next two (tiles of pairs without residual only).
  int beside;
  // Outputs of a block that does not fill the vectors, otherwise 0; only of tiles that mask.
  long left;
  // What tiles of many registers fetch into the caches meanwhile, or null, and bytes of it for each step of a run.
  const float *ahead;
  long step;
} tile;

// A row of a filter of three taps a side, read where the input lies.
typedef struct {
  // The rows of the input, null outside the picture: `width` pixels `pitch` floats apart. The first window starts `left`
  // pixels before them.
  const float *rows[3];
  long pitch, width, left, channels;
  const float *w;
  // What the input is cut to first, and how results end; these lie `distance` floats apart.
  const cv_finish *before, *finish;
  long distance;
  // Whether the row below is fetched meanwhile.
  int fetches;
} direct_rows;

typedef void (*tile_function)(const tile *, const float *const *rows, const float *w, float *y,
                              const float *residual, const float *bias);

// A row of 16 channels of a depthwise convolution, each from `from` on in rows of pixels that lie 32 floats apart;
// `distance` counts elements of the result.
typedef void (*filter_function)(const float *const *rows, long from, const float *w, const cv_finish *f, long channel,
                                float *y, long distance, long count);
// Adds to y[r] the products of x[r * CHANGES_PITCH + k] and the weights at list[k] * step, which it lays one behind the other in
// `kept` unless that is null; without a list they lie so already. Pairs always have a list, and keep nothing.
typedef void (*changes_function)(const int *list, long count, const float *x, const float *w, long step, float *const *y,
                                 float *kept);
// The most listed rows of weights, and floats from one row of changes to the next: a constant, so that a loop holds one
// address for all of them.
#define CHANGES_SEGMENT 512
#define CHANGES_PITCH (CHANGES_SEGMENT + 16)

// Rows of inputs times rows of weights, and what is added to each output.
typedef struct {
  const float *x, *w, *bias;
  float *y;
  long batch, inputs, outputs;
} linear_rows;

typedef struct {
  long rows;
  const tile_function *tiles[2];
  void (*depthwise_1)(const float *const *taps, long count, const float *w, long channels, const cv_finish *f,
                      long channel, long pitch, const float *residual, float *y);
  void (*depthwise_4)(const float *const *taps, long count, const float *w, long channels, const cv_finish *f,
                      long channel, long pitch, const float *residual, float *y);
  // For windows of 3 and 5, strides of 1 and 2.
  const filter_function (*filters)[2];
  // 32 channels or fewer of pixels that lie `pitch` elements apart, 16-bit floats where told so, cut to a range.
  void (*cut)(const float *x, long pitch, long count, int narrow, long channels, const cv_finish *f, float *e);
  // `count` pixels of a result from element `place` on, whose outputs are sums of parts that lie `step` floats apart.
  void (*gather)(const float *sums, long pitch, long step, long parts, long count, long outputs, const cv_finish *f,
                 long place, float *y);
  // For one vector of outputs and for two; null where the instructions have too few registers.
  const changes_function *changes[2];
  // One row times two vectors; null for pairs.
  changes_function change_of_row;
  // Outputs begin..<end of a linear layer.
  void (*linear)(const linear_rows *, long begin, long end);
  // Whether tiles take blocks that are not full.
  int masks;
  // Whether tiles fetch what lies ahead.
  int fetches;
  // `count` pixels from x on of a filter's row, read where the input lies; null where that was not tried.
  void (*direct)(const direct_rows *, long x, long count, float *y);
  // What a thread does before its first tile and after its last; null where there is nothing to do.
  void (*open)(void);
  void (*close)(void);
} kernels;

// Rows for windows of 3 and 5, strides of 1 and 2, windows that start at a pair's first pixel and at its second; their
// pixels are pairs of 16-bit floats, 32 channels before the next pair, and so are their results.
typedef struct {
  filter_function rows[2][2][2];
  // Lays pixels as the rows want them, cut to a range.
  void (*lay)(const float *x, long pitch, long count, int narrow, long channels, const cv_finish *f, float *e);
} paired_filters;

// Lets tile t of `width` on the same weights fetch its share of the next block's, where one follows.
static inline void look_ahead(const kernels *k, tile *j, const float *w, long t, long width, int follows) {
  j->ahead = 0;
  j->step = 0;
  if (!k->fetches || width < 2 || !follows) return;
  long block = BLOCK * j->taps * j->run;
  j->ahead = w + block + t * (block / width);
  j->step = BLOCK * (long)sizeof(float) / width;
}

// The same for a share of `count` floats of the input that are read next, where the weights stay in the second cache.
static inline void look_at_input(const kernels *k, tile *j, const float *x, long count, long share, long shares) {
  j->ahead = 0;
  j->step = 0;
  if (!k->fetches) return;
  j->ahead = x + count * share / shares;
  j->step = ((count + shares - 1) / shares * (long)sizeof(float) + j->taps * j->run - 1) / (j->taps * j->run);
}

static inline void open_tiles(const kernels *k) {
  if (k->open) k->open();
}
static inline void close_tiles(const kernels *k) {
  if (k->close) k->close();
}

/// The loops for the instructions in use.
const kernels *cv_kernels(void);
/// The tiles on pairs of 16-bit floats; null where the processor has none.
const kernels *cv_kernels_bf16(void);
/// Those of AMX where the processor has it, for convolutions.
const kernels *cv_kernels_pairs(void);
/// Weights of filters, [window * window, channels], for rows of pairs, 32 channels at a time.
long cv_filter_pairs_count(long channels, long window);
void cv_filter_pack_pairs(const float *weights, float *packed, long channels, long window);
/// Filters of 16-bit floats, pairs of pixels side by side; null where the processor has no products of such.
const paired_filters *cv_paired_filters(void);
// The last columns of a tile that is not full: `sums` of `left` outputs in `count` pixels, `distance` floats apart.
void cv_store_rest(const cv_finish *f, const float *sums, long distance, long count, long left, const float *bias,
                   const float *residual, float *y, long pitch);
/// Rounds a row to 16-bit floats.
void cv_round_row(const float *x, float *y, long count);

#endif
