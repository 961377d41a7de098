// OpenCV's resize of bytes with INTER_LINEAR, its fixed-point rounding included.
#include "CPixels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Weights have 11 bits after the point; halving both sides is an average of four, as OpenCV does it.
static void halve(const uint8_t *in, int width, int channels, uint8_t *out, int out_width, int out_height) {
  size_t row = (size_t)width * (size_t)channels;
  for (int y = 0; y < out_height; y++)
    for (int x = 0; x < out_width; x++)
      for (int c = 0; c < channels; c++) {
        const uint8_t *p = in + (size_t)(2 * y) * row + (size_t)(2 * x * channels + c);
        *out++ = (uint8_t)((p[0] + p[channels] + p[row] + p[row + (size_t)channels] + 2) >> 2);
      }
}

// Beyond the borders OpenCV repeats the pixel, but only along rows it drops the other's weight: down the columns both
// weights stay, and so does the rounding of their two products.
static void opencv_axis(int in, int out, int drops, int *first, int *second) {
  double scale = (double)in / out;
  for (int i = 0; i < out; i++) {
    float at = (float)((i + 0.5) * scale - 0.5);
    int left = (int)floorf(at);
    float part = at - (float)left;
    if (drops && left < 0) left = 0, part = 0;
    if (drops && left >= in - 1) left = in - 1, part = 0;
    first[i] = left;
    second[i] = (int)rintf(part * 2048);
  }
}

int cpx_opencv_linear(const uint8_t *in, int width, int height, int channels, uint8_t *out, int out_width,
                      int out_height) {
  if (width == out_width && height == out_height) {
    memcpy(out, in, (size_t)width * (size_t)height * (size_t)channels);
    return 0;
  }
  if (width == 2 * out_width && height == 2 * out_height) {
    halve(in, width, channels, out, out_width, out_height);
    return 0;
  }
  int *x0 = malloc(sizeof(int) * (size_t)(out_width + out_height) * 2);
  size_t length = (size_t)out_width * (size_t)channels, row = (size_t)width * (size_t)channels;
  int *lines = malloc(sizeof(int) * length * 2);
  if (!x0 || !lines) {
    free(x0);
    free(lines);
    return 1;
  }
  int *wx = x0 + out_width, *y0 = wx + out_width, *wy = y0 + out_height;
  opencv_axis(width, out_width, 1, x0, wx);
  opencv_axis(height, out_height, 0, y0, wy);
  for (int y = 0; y < out_height; y++) {
    for (int k = 0; k < 2; k++) {
      int source = y0[y] + k < 0 ? 0 : y0[y] + k < height ? y0[y] + k : height - 1;
      const uint8_t *from = in + row * (size_t)source;
      int *line = lines + length * (size_t)k;
      for (int x = 0; x < out_width; x++) {
        const uint8_t *p = from + (size_t)x0[x] * (size_t)channels;
        const uint8_t *q = x0[x] < width - 1 ? p + channels : p;
        for (int c = 0; c < channels; c++) *line++ = p[c] * (2048 - wx[x]) + q[c] * wx[x];
      }
    }
    int b1 = wy[y], b0 = 2048 - b1;
    for (size_t x = 0; x < length; x++) {
      int value = (((b0 * (lines[x] >> 4)) >> 16) + ((b1 * (lines[length + x] >> 4)) >> 16) + 2) >> 2;
      *out++ = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
    }
  }
  free(x0);
  free(lines);
  return 0;
}
