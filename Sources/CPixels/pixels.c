#define _GNU_SOURCE
#include "CPixels.h"

#include <stdint.h>
#include <sys/mman.h>

// ThreadSanitizer cannot start a program in which the choice between clones is instrumented too.
#if defined(__x86_64__) && !__has_feature(thread_sanitizer)
#define HOT __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define HOT
#endif

void cpx_expect_all(void *memory, long count) {
  enum { large = 2 << 20 };
  uintptr_t start = ((uintptr_t)memory + large - 1) / large * large, end = ((uintptr_t)memory + (uintptr_t)count) / large * large;
  if (memory && end > start) madvise((void *)start, end - start, MADV_HUGEPAGE);
}

HOT void cpx_blend(const uint8_t *picture, int picture_channels, const uint8_t *heat, const uint8_t *table,
                   float alpha, uint8_t *out, long count) {
  // Heat comes as one of 256 colours, so its share is made once for each.
  float share[256 * 3];
  for (int i = 0; i < 256 * 3; i++) share[i] = table[i] * alpha + 0.5f;
  float rest = 1 - alpha;
  for (long i = 0; i < count; i++) {
    const uint8_t *from = picture + i * picture_channels;
    const float *warm = share + 3 * heat[i];
    out[3 * i] = (uint8_t)(from[0] * rest + warm[0]);
    out[3 * i + 1] = (uint8_t)(from[1] * rest + warm[1]);
    out[3 * i + 2] = (uint8_t)(from[2] * rest + warm[2]);
  }
}

HOT void cpx_quantize(const float *heat, uint8_t *out, long count) {
  for (long i = 0; i < count; i++) {
    float v = heat[i] * 256;
    out[i] = (uint8_t)(v > 0 ? (v < 255 ? v : 255) : 0);
  }
}

HOT void cpx_bilinear(const float *in, long in_width, float *out, long out_height, long out_width,
                      const int32_t *row0, const int32_t *row1, const float *row_weight, const int32_t *column0,
                      const int32_t *column1, const float *column_weight) {
  for (long y = 0; y < out_height; y++) {
    const float *a = in + row0[y] * in_width, *b = in + row1[y] * in_width;
    float v = row_weight[y];
    float *to = out + y * out_width;
    for (long x = 0; x < out_width; x++) {
      float u = column_weight[x];
      float above = a[column0[x]] * (1 - u) + a[column1[x]] * u;
      float below = b[column0[x]] * (1 - u) + b[column1[x]] * u;
      to[x] = above * (1 - v) + below * v;
    }
  }
}

static inline int32_t product(int32_t a, int32_t b) {
  int32_t v = a * b + 128;
  return (v + (v >> 8)) >> 8;
}

void cpx_cmyk(const uint8_t *in, uint8_t *out, long count) {
  for (long i = 0; i < count; i++) {
    int32_t ink = in[4 * i + 3];
    for (int c = 0; c < 3; c++) {
      int32_t v = ink - product(255 - in[4 * i + c], ink);
      out[3 * i + c] = (uint8_t)(v < 0 ? 0 : v);
    }
  }
}
