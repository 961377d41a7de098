#include "CPixels.h"

#if defined(__x86_64__)
#define HOT __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define HOT
#endif

static inline uint8_t clip(int32_t sum) {
  int32_t v = sum >> 22;
  return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

HOT void cpx_rows(const uint8_t *in, uint8_t *out, long height, long in_width, long out_width, int channels,
                  const int32_t *first, const int32_t *count, const int32_t *weights, long taps) {
  for (long y = 0; y < height; y++) {
    const uint8_t *row = in + y * in_width * channels;
    uint8_t *to = out + y * out_width * channels;
    for (long x = 0; x < out_width; x++) {
      const int32_t *k = weights + x * taps;
      const uint8_t *from = row + (long)first[x] * channels;
      if (channels == 3) {
        int32_t r = 1 << 21, g = 1 << 21, b = 1 << 21;
        for (int32_t t = 0; t < count[x]; t++) {
          r += from[3 * t] * k[t];
          g += from[3 * t + 1] * k[t];
          b += from[3 * t + 2] * k[t];
        }
        to[3 * x] = clip(r);
        to[3 * x + 1] = clip(g);
        to[3 * x + 2] = clip(b);
      } else {
        for (int c = 0; c < channels; c++) {
          int32_t sum = 1 << 21;
          for (int32_t t = 0; t < count[x]; t++) sum += from[t * channels + c] * k[t];
          to[x * channels + c] = clip(sum);
        }
      }
    }
  }
}

HOT void cpx_columns(const uint8_t *in, uint8_t *out, long out_height, long row_bytes, const int32_t *first,
                     const int32_t *count, const int32_t *weights, long taps) {
  enum { block = 256 };
  for (long y = 0; y < out_height; y++) {
    const int32_t *k = weights + y * taps;
    for (long start = 0; start < row_bytes; start += block) {
      long length = row_bytes - start < block ? row_bytes - start : block;
      int32_t sum[block];
      for (long i = 0; i < length; i++) sum[i] = 1 << 21;
      for (int32_t t = 0; t < count[y]; t++) {
        const uint8_t *from = in + (first[y] + t) * row_bytes + start;
        for (long i = 0; i < length; i++) sum[i] += from[i] * k[t];
      }
      uint8_t *to = out + y * row_bytes + start;
      for (long i = 0; i < length; i++) to[i] = clip(sum[i]);
    }
  }
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
