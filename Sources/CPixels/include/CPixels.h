// Loops over pixels, fast in debug builds too.
#ifndef CPIXELS_H
#define CPIXELS_H

#include <stdint.h>

/// One pass of a resize along rows: out[y, x, c] = sum over taps of in[y, first[x] + t, c] weight[x, t], weights
/// with 22 binary digits behind the point, rounded and clipped to a byte. `taps` weights are kept for each x.
void cpx_rows(const uint8_t *in, uint8_t *out, long height, long in_width, long out_width, int channels,
              const int32_t *first, const int32_t *count, const int32_t *weights, long taps);
/// The same along columns; `row_bytes` is width times channels.
void cpx_columns(const uint8_t *in, uint8_t *out, long out_height, long row_bytes, const int32_t *first,
                 const int32_t *count, const int32_t *weights, long taps);

/// Says that fresh memory will be filled as a whole: the system then hands it out in large pieces.
void cpx_expect_all(void *memory, long count);

/// out = picture (1 - alpha) + table[heat] alpha, rounded; heat is a byte for each pixel, table RGB.
void cpx_blend(const uint8_t *picture, int picture_channels, const uint8_t *heat, const uint8_t *table, float alpha,
               uint8_t *out, long count);
/// heat in 0...1 to bytes 0...255 as matplotlib indexes a table of 256: min(255, floor(v 256)); no number gives 0.
void cpx_quantize(const float *heat, uint8_t *out, long count);
/// Bilinear up-sampling of one plane: rows and columns by index and weight of the second neighbour.
void cpx_bilinear(const float *in, long in_width, float *out, long out_height, long out_width, const int32_t *row0,
                  const int32_t *row1, const float *row_weight, const int32_t *column0, const int32_t *column1,
                  const float *column_weight);
/// CMYK as Adobe stores it (inverted) to RGB.
void cpx_cmyk(const uint8_t *in, uint8_t *out, long count);
/// OpenCV's `resize` of bytes with INTER_LINEAR: half-pixel centres, no anti-aliasing; 0, or 1 where memory was short.
int cpx_opencv_linear(const uint8_t *in, int width, int height, int channels, uint8_t *out, int out_width,
                      int out_height);
#endif
