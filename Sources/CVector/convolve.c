#include <pthread.h>
#include <unistd.h>

#include "kernels.h"

#define SHIFT 16

static const float zeros[CV_LONGEST_RUN];

long cv_packed_count(long outputs, long inner) { return (outputs + 15) / 16 * 16 * inner; }

typedef struct {
  const float *weights, *factors;
  const int *order;
  float *packed;
  long outputs, inner;
} pack_job;

// Elements of a row that are packed before the next row: a line of the cache.
#define ELEMENTS 16

static void pack_part(long begin, long end, void *context) {
  const pack_job *j = context;
  for (long o = begin * BLOCK; o < end * BLOCK && o < j->outputs; o += BLOCK) {
    long width = j->outputs - o > 16 ? BLOCK : 16;
    for (long i = 0; i < j->inner; i += ELEMENTS) {
      long last = CV_MIN(i + ELEMENTS, j->inner);
      for (long l = 0; l < width; l++) {
        float *packed = j->packed + o * j->inner + l;
        if (o + l >= j->outputs) {
          for (long k = i; k < last; k++) packed[k * width] = 0;
          continue;
        }
        const float *row = j->weights + (o + l) * j->inner;
        float factor = j->factors ? j->factors[o + l] : 1;
        if (j->order)
          for (long k = i; k < last; k++) packed[k * width] = row[j->order[k]] * factor;
        else
          for (long k = i; k < last; k++) packed[k * width] = row[k] * factor;
      }
    }
  }
}

// Block by block of 32 outputs (the last may have 16): for each element of the rows, the block's weights.
void cv_pack(const float *weights, const float *factors, const int *order, float *packed, long outputs, long inner) {
  pack_job j = {weights, factors, order, packed, outputs, inner};
  cv_parallel((outputs + BLOCK - 1) / BLOCK, 1, pack_part, &j);
}

void cv_store_rest(const cv_finish *f, const float *sums, long distance, long count, long left, const float *bias,
                   const float *residual, float *y, long pitch) {
  for (long r = 0; r < count; r++)
    for (long l = 0; l < left; l++) {
      long at = r * pitch + l;
      float z = sums[r * distance + l] + (bias ? bias[l] : 0);
      if (residual) z += f->narrow_residual ? widen(((const uint16_t *)residual)[at]) : residual[at];
      z = z < f->low ? f->low : z;
      z = z > f->high ? f->high : z;
      if (f->narrow)
        ((uint16_t *)y)[at] = narrow(z);
      else
        y[at] = z;
    }
}

typedef struct {
  const cv_convolution *c;
  const cv_finish *finish;
  const float *x, *packed;
  float *y;
  const kernels *k;
  long tiles, chunk, blocks;
  // Pixels of the tiles of a picture.
  even_parts pixels;
  // Whether the weights stay in the second cache, so that pixels are fetched ahead.
  int light;
  // Whether the pixels of a chunk are copied for all blocks to read: moved apart, or rounded to 16 bits.
  int copies;
} convolve_job;

// Tile t, which is number `place` of the `width` of its chunk.
static void one_tile(const convolve_job *j, long image, long t, long block, long place, long width, const float *copy) {
  const cv_convolution *c = j->c;
  const float *rows[MOST_TAPS * MOST_ROWS_OF_ALL];
  long first = part_begin(j->pixels, t), count = part_begin(j->pixels, t + 1) - first;
  const float *x = copy ? 0 : j->x + image * c->image;
  long most = j->k->rows;
  for (long tap = 0; tap < c->taps; tap++)
    for (long r = 0; r < count; r++) {
      long offset = c->offsets ? c->offsets[tap * c->pixels + first + r] : (first + r) * c->run;
      rows[tap * most + r] = copy ? copy + r * (c->run + SHIFT) : (offset < 0 ? zeros : x + offset);
    }
  long o = block * BLOCK, left = c->outputs - o, vectors = left > 16 ? 2 : 1;
  const float *w = j->packed + o * c->taps * c->run;
  const cv_finish *f = j->finish;
  long at = (image * c->pixels + first) * c->pitch + o;
  const float *bias = f->bias ? f->bias + o : 0;
  const float *residual = f->residual ? element(f->residual, at, f->narrow_residual) : 0;
  float *y = element(j->y, at, f->narrow);
  tile job = {.taps = c->taps, .run = c->run, .pitch = c->pitch, .low = f->low, .high = f->high, .narrow = f->narrow,
              .narrow_residual = f->narrow_residual};
  if (left < vectors * 16) job.left = left;
  if (j->light) {
    // Those of the tile behind this one, where pixels follow one another.
    if (block == 0 && !c->offsets) look_at_input(j->k, &job, rows[0] + count * c->run, count * c->run, 0, 1);
  } else
    look_ahead(j->k, &job, w, place, width, block + 1 < j->blocks);
  if (!job.left || j->k->masks) {
    j->k->tiles[vectors - 1][count - 1](&job, rows, w, y, residual, bias);
    return;
  }
  // A last block that is not full: computed aside, then as much as there is.
  float sums[MOST_ROWS_OF_ALL * BLOCK];
  tile aside = {.taps = c->taps, .run = c->run, .pitch = vectors * 16, .low = -INFINITY, .high = INFINITY};
  j->k->tiles[vectors - 1][count - 1](&aside, rows, w, sums, 0, 0);
  cv_store_rest(f, sums, vectors * 16, count, left, bias, residual, y, c->pitch);
}

// Pixels whose distance is a large power of two share few lines of the first cache, which holds eight or twelve of a kind,
// and pixels of 32 bits may have to be rounded; a copy of some tiles' pixels, moved apart, serves all blocks.
static void copy_tile(const convolve_job *j, long image, long t, float *copy) {
  const cv_convolution *c = j->c;
  long first = part_begin(j->pixels, t), count = part_begin(j->pixels, t + 1) - first, width = c->pairs == cv_rounds ? 2 : 1;
  for (long r = 0; r < count; r++) {
    long offset = c->offsets ? c->offsets[first + r] : (first + r) * c->run;
    const float *x = j->x + (image * c->image + offset) * width;
    float *to = copy + r * (c->run + SHIFT);
    if (width == 2)
      cv_round_row(x, to, 2 * c->run);
    else
      memcpy(to, x, sizeof(float) * (size_t)c->run);
  }
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int holds_many;

// Of twelve so few are pushed out that copying takes longer.
static void look_at_cache(void) {
#ifdef _SC_LEVEL1_DCACHE_ASSOC
  holds_many = sysconf(_SC_LEVEL1_DCACHE_ASSOC) >= 12;
#endif
}

static void convolve_part(long begin, long end, void *context) {
  const convolve_job *j = context;
  long size = j->k->rows * (j->c->run + SHIFT);
  int isCopied = 0;
  float *copy = j->copies ? malloc(sizeof(float) * (size_t)(j->chunk * size)) : 0;
  if (j->copies && !copy) abort();
  open_tiles(j->k);
  long every = j->tiles * j->blocks, image = begin / every, chunk = begin % every / (j->chunk * j->blocks);
  long width = CV_MIN(j->chunk, j->tiles - chunk * j->chunk), inside = begin % every % (j->chunk * j->blocks);
  long block = inside / width, place = inside % width;
  for (long at = begin; at < end; at++) {
    if (copy && !isCopied)
      for (long i = 0; i < width; i++) copy_tile(j, image, chunk * j->chunk + i, copy + i * size);
    isCopied = 1;
    one_tile(j, image, chunk * j->chunk + place, block, place, width, copy ? copy + place * size : 0);
    if (++place < width) continue;
    place = 0;
    if (++block < j->blocks) continue;
    block = 0;
    isCopied = 0;
    if (++chunk * j->chunk >= j->tiles) {
      chunk = 0;
      image++;
    }
    width = CV_MIN(j->chunk, j->tiles - chunk * j->chunk);
  }
  close_tiles(j->k);
  free(copy);
}

void cv_convolve(const cv_convolution *convolution, const float *x, const float *packed, const cv_finish *finish,
                 float *y) {
  cv_convolution flat = *convolution;
  // Pixels that follow each other through all pictures are those of one.
  if (!flat.offsets && flat.image == flat.pixels * flat.run) {
    flat.pixels *= flat.batch;
    flat.image *= flat.batch;
    flat.batch = 1;
  }
  const cv_convolution *c = &flat;
  convolve_job j = {c, finish, x, packed, y, c->pairs ? cv_kernels_pairs() : cv_kernels(), 0, 0, (c->outputs + BLOCK - 1) / BLOCK, {0}, 0, 0};
  if (c->taps > MOST_TAPS || c->run > CV_LONGEST_RUN) return;
  if (!j.k) return;
  j.tiles = (c->pixels + j.k->rows - 1) / j.k->rows;
  if (!j.tiles) return;
  j.pixels = in_parts(c->pixels, j.tiles);
  // A chunk's input stays in the second cache while all blocks of weights pass over it, and so does its output, of whose
  // lines each block writes a part.
  long input = j.k->rows * c->run * 4 * (c->taps > 1 ? 2 : 1);
  long output = j.k->rows * c->outputs * (finish->narrow ? 2 : 4) * (finish->residual ? 2 : 1);
  // Small weights stay there as well, so that a chunk may be small and results are written nearly in their order.
  long weights = 4 * c->taps * c->run * c->outputs, held = !j.k->fetches && weights <= (256 << 10) ? 64 << 10 : 512 << 10;
  j.light = c->taps == 1 && !c->pairs && weights <= (64 << 10);
  j.chunk = CV_MAX(1, CV_MIN(j.tiles, CV_MIN((256 << 10) / input, held / (input + output))));
  long chunks = (j.tiles + j.chunk - 1) / j.chunk;
  j.chunk = (j.tiles + chunks - 1) / chunks;
  pthread_once(&once, look_at_cache);
  long apart = c->offsets && c->pixels > 1 ? c->offsets[1] - c->offsets[0] : c->run;
  j.copies = c->taps == 1 && apart % 1024 == 0 && !holds_many && c->run <= 4096 && j.blocks > 1 && c->whole;
  if (c->pairs == cv_rounds) j.copies = 1;
  cv_share_out(c->batch * j.tiles * j.blocks, j.copies ? j.chunk * j.blocks / 4 : 1, convolve_part, &j);
}
