#include "rows.h"

#include <stdlib.h>
#include <string.h>

// ThreadSanitizer cannot start a program in which the choice between clones is instrumented too.
#if defined(__x86_64__) && !__has_feature(thread_sanitizer)
#define HOT __attribute__((target_clones("avx2", "default")))
#else
#define HOT
#endif

static inline int distance(int a, int b) { return a < b ? b - a : a - b; }

static inline int paeth(int left, int above, int corner) {
  int from_left = distance(above, corner), from_above = distance(left, corner);
  int from_corner = distance(left + above, 2 * corner);
  int best = from_above <= from_corner ? above : corner;
  int least = from_above <= from_corner ? from_above : from_corner;
  return from_left <= least ? left : best;
}

// Nothing of a row depends on what was filtered before: the compiler does many bytes at once.
HOT static void paeth_row(uint8_t *restrict out, const uint8_t *row, const uint8_t *above, size_t length, int step) {
  for (size_t i = (size_t)step; i < length; i++) {
    int16_t left = row[i - (size_t)step], up = above[i], corner = above[i - (size_t)step];
    int16_t from_left = (int16_t)(up - corner), from_above = (int16_t)(left - corner);
    int16_t from_corner = (int16_t)(from_left + from_above);
    from_left = (int16_t)(from_left < 0 ? -from_left : from_left);
    from_above = (int16_t)(from_above < 0 ? -from_above : from_above);
    from_corner = (int16_t)(from_corner < 0 ? -from_corner : from_corner);
    int16_t best = from_above <= from_corner ? up : corner;
    int16_t least = from_above <= from_corner ? from_above : from_corner;
    out[i] = (uint8_t)(row[i] - (from_left <= least ? left : best));
  }
}

HOT static void average_row(uint8_t *restrict out, const uint8_t *row, const uint8_t *above, size_t length, int step) {
  for (size_t i = (size_t)step; i < length; i++)
    out[i] = (uint8_t)(row[i] - ((row[i - (size_t)step] + above[i]) >> 1));
}

HOT static void sub_row(uint8_t *restrict out, const uint8_t *row, size_t length, int step) {
  for (size_t i = (size_t)step; i < length; i++) out[i] = (uint8_t)(row[i] - row[i - (size_t)step]);
}

void cpng_filter_row(uint8_t *out, const uint8_t *row, const uint8_t *above, size_t length, int step, int filter) {
  if (!above && filter != cpng_filter_none) filter = cpng_filter_sub;
  *out++ = (uint8_t)filter;
  if (filter == cpng_filter_none) {
    memcpy(out, row, length);
    return;
  }
  for (int i = 0; i < step; i++) {
    int guess = filter == cpng_filter_sub ? 0 : filter == cpng_filter_paeth ? above[i] : above[i] >> 1;
    out[i] = (uint8_t)(row[i] - guess);
  }
  if (filter == cpng_filter_sub) sub_row(out, row, length, step);
  else if (filter == cpng_filter_paeth) paeth_row(out, row, above, length, step);
  else average_row(out, row, above, length, step);
}

void cpng_make_steps(cpng_steps *steps, int tolerance) {
  int step = 2 * tolerance + 1;
  for (int difference = -255; difference <= 255; difference++) {
    int size = difference < 0 ? -difference : difference;
    int nearest = (size + tolerance) / step * step;
    steps->nearest[difference + 255] = (int16_t)(difference < 0 ? -nearest : nearest);
  }
}

void cpng_approximate_row(uint8_t *out, uint8_t *row, const uint8_t *above, size_t length, int step, int filter,
                          const cpng_steps *steps) {
  if (!above) filter = cpng_filter_sub;
  *out++ = (uint8_t)filter;
  for (size_t i = 0; i < length; i++) {
    int inside = i >= (size_t)step;
    int left = inside ? row[i - (size_t)step] : 0;
    int up = above ? above[i] : 0;
    int guess = left;
    if (filter == cpng_filter_average) guess = (left + up) >> 1;
    else if (filter == cpng_filter_paeth) guess = paeth(left, up, inside ? above[i - (size_t)step] : 0);
    int value = guess + steps->nearest[row[i] - guess + 255];
    // The page stays white.
    value = row[i] == 255 || value > 255 ? 255 : value < 0 ? 0 : value;
    row[i] = (uint8_t)value;
    out[i] = (uint8_t)(value - guess);
  }
}
