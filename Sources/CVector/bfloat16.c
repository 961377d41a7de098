#include "avx512.h"
#include "kernels.h"

// The nearest 16-bit float, ties to even; what is not a number stays so.
static unsigned short rounded(float x) {
  union { float f; unsigned u; } bits = {x};
  if (x != x) return (unsigned short)(bits.u >> 16 | 64);
  return (unsigned short)((bits.u + 0x7fff + (bits.u >> 16 & 1)) >> 16);
}

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target(AVX512_BF16))), apply_to = function)
#include "tiles_bf16.h"
#pragma clang attribute pop
#endif

int cv_has_bf16(void) {
#if defined(__x86_64__)
  return cv_instructions() == 2 && HAS_AVX512_BF16;
#else
  return 0;
#endif
}

const kernels *cv_kernels_bf16(void) {
#if defined(__x86_64__)
  return &kernels_bf16;
#else
  return 0;
#endif
}

const paired_filters *cv_paired_filters(void) {
#if defined(__x86_64__)
  return &filters_of_pairs;
#else
  return 0;
#endif
}

typedef struct {
  const float *weights, *factors;
  const int *order;
  unsigned short *packed;
  long outputs, inner;
  // Whether the products are those of changes, which join the halves of two rows themselves.
  int joins;
} pack_job;

// Elements of a row that are taken before the next row: a line of the cache.
#define ELEMENTS 16

// Of eight neighbours the first four are of outputs 0...15, the others of 16...31.
static long place_to_join(long output) { return output % 16 / 4 * 8 + output / 16 * 4 + output % 4; }

// Rounds some elements of a block's outputs, each two elements side by side or one behind the other.
CV_HOT static void round_elements(const float (*elements)[BLOCK], long count, long width, int joins,
                                  unsigned short *packed) {
  for (long k = 0; k < count; k += 2) {
    const float *first = elements[k], *second = elements[k + 1];
    if (joins) {
      for (long l = 0; l < BLOCK; l++) packed[k * BLOCK + l] = rounded(first[l]);
      if (k + 1 == count) break;
      for (long l = 0; l < BLOCK; l++) packed[(k + 1) * BLOCK + l] = rounded(second[l]);
    } else {
      unsigned *pairs = (unsigned *)(uintptr_t)(packed + k * width);
      for (long l = 0; l < width; l++) pairs[l] = rounded(first[l]) | (unsigned)rounded(second[l]) << 16;
    }
  }
}

static void pack_part(long begin, long end, void *context) {
  const pack_job *j = context;
  float elements[ELEMENTS][BLOCK] = {0};
  for (long o = begin * BLOCK; o < end * BLOCK && o < j->outputs; o += BLOCK) {
    long width = j->joins || j->outputs - o > 16 ? BLOCK : 16, rows = CV_MIN(width, j->outputs - o);
    for (long i = 0; i < j->inner; i += ELEMENTS) {
      long count = CV_MIN(ELEMENTS, j->inner - i);
      for (long l = 0; l < width; l++) {
        float *to = elements[0] + (j->joins ? place_to_join(l) : l);
        if (l >= rows) {
          for (long k = 0; k < count; k++) to[k * BLOCK] = 0;
          continue;
        }
        const float *row = j->weights + (o + l) * j->inner;
        float factor = j->factors ? j->factors[o + l] : 1;
        if (j->order)
          for (long k = 0; k < count; k++) to[k * BLOCK] = row[j->order[i + k]] * factor;
        else
          for (long k = 0; k < count; k++) to[k * BLOCK] = row[i + k] * factor;
      }
      round_elements(elements, count, width, j->joins, j->packed + o * j->inner + i * width);
    }
  }
}

static void pack(pack_job *j) { cv_parallel((j->outputs + BLOCK - 1) / BLOCK, 1, pack_part, j); }

void cv_pack_bf16(const float *weights, const float *factors, const int *order, float *packed, long outputs,
                  long inner) {
  pack_job j = {weights, factors, order, (unsigned short *)packed, outputs, inner, 0};
  pack(&j);
}

void cv_pack_changes_bf16(const float *weights, const float *factors, const int *order, float *packed, long outputs,
                          long inner) {
  pack_job j = {weights, factors, order, (unsigned short *)packed, outputs, inner, 1};
  pack(&j);
}

long cv_filter_pairs_count(long channels, long window) {
  return (channels + BLOCK - 1) / BLOCK * BLOCK * window * 2 * ((window + 1) / 2);
}

void cv_filter_pack_pairs(const float *weights, float *packed, long channels, long window) {
  unsigned short *target = (unsigned short *)packed;
  for (long o = 0; o < channels; o += BLOCK)
    for (long ky = 0; ky < window; ky++)
      // Windows that start at a pair's first pixel, then those that start at its second.
      for (long late = 0; late < 2; late++)
        for (long from = -late; from < window; from += 2)
          for (long l = o; l < o + BLOCK; l++)
            for (long kx = from; kx < from + 2; kx++) {
              int exists = l < channels && kx >= 0 && kx < window;
              *target++ = exists ? rounded(weights[(ky * window + kx) * channels + l]) : 0;
            }
}

typedef struct {
  const float *x;
  unsigned short *y;
} convert_job;

void cv_round_row(const float *x, float *y, long count) {
  unsigned short *target = (unsigned short *)y;
#if defined(__x86_64__)
  if (cv_has_bf16()) {
    to_bf16(x, target, count);
    return;
  }
#endif
  for (long i = 0; i < count; i++) target[i] = rounded(x[i]);
}

static void convert_part(long begin, long end, void *context) {
  const convert_job *j = context;
  cv_round_row(j->x + begin, (float *)(j->y + begin), end - begin);
}

void cv_to_bf16(const float *x, float *y, long count) {
  convert_job j = {x, (unsigned short *)y};
  cv_parallel(count, 16384, convert_part, &j);
}

CV_HOT static void widen_part(long begin, long end, void *context) {
  const convert_job *j = context;
  const unsigned short *x = j->y;
  unsigned *y = (unsigned *)(uintptr_t)j->x;
  for (long i = begin; i < end; i++) y[i] = (unsigned)x[i] << 16;
}

void cv_from_bf16(const float *x, float *y, long count) {
  convert_job j = {y, (unsigned short *)(uintptr_t)x};
  cv_parallel(count, 16384, widen_part, &j);
}
