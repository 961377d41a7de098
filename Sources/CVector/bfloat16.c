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

void cv_pack_bf16(const float *weights, const float *factors, const int *order, float *packed, long outputs,
                  long inner) {
  unsigned short *target = (unsigned short *)packed;
  for (long o = 0; o < outputs; o += BLOCK) {
    long width = outputs - o > 16 ? BLOCK : 16;
    for (long i = 0; i < inner; i += 2)
      for (long l = 0; l < width; l++)
        for (long half = 0; half < 2; half++) {
          long output = o + l;
          float weight = output < outputs ? weights[output * inner + order[i + half]] : 0;
          *target++ = rounded(output < outputs && factors ? weight * factors[output] : weight);
        }
  }
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

void cv_pack_changes_bf16(const float *weights, const float *factors, const int *order, float *packed, long outputs,
                          long inner) {
  unsigned short *target = (unsigned short *)packed;
  for (long o = 0; o < outputs; o += BLOCK)
    for (long i = 0; i < inner; i++)
      for (long l = 0; l < BLOCK; l++) {
        // Of eight neighbours the first four are of outputs 0...15, the others of 16...31.
        long output = o + l / 8 * 4 + l % 4 + (l % 8 < 4 ? 0 : 16);
        float weight = output < outputs ? weights[output * inner + (order ? order[i] : i)] : 0;
        *target++ = rounded(output < outputs && factors ? weight * factors[output] : weight);
      }
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
