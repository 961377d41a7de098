#include "elements.h"
#include "taps.h"

typedef struct {
  const cv_window *w;
  int kind, maximum, narrow;
  const float *x, *dy;
  float *y;
} pool_job;

CV_HOT static void take_max(const float *x, float *y, long n) {
  for (long i = 0; i < n; i++) y[i] = x[i] > y[i] || x[i] != x[i] ? x[i] : y[i];
}

CV_HOT static void take_narrow_max(const uint16_t *x, uint16_t *y, long n) {
  for (long i = 0; i < n; i++) y[i] = widen(x[i]) > widen(y[i]) || widen(x[i]) != widen(x[i]) ? x[i] : y[i];
}

CV_HOT static void take_sum(const float *x, float *y, long n) {
  for (long i = 0; i < n; i++) y[i] += x[i];
}

CV_HOT static void multiply(float *y, float factor, long n) {
  for (long i = 0; i < n; i++) y[i] *= factor;
}

CV_HOT static void add_scaled(const float *x, float factor, float *y, long n) {
  for (long i = 0; i < n; i++) y[i] += x[i] * factor;
}

static void max_rows(long begin, long end, void *context) {
  const pool_job *j = context;
  const cv_window *w = j->w;
  size_t size = j->narrow ? sizeof(uint16_t) : sizeof(float);
  for (long row = begin; row < end; row++) {
    long n = row / w->oh, oy = row % w->oh;
    for (long ox = 0; ox < w->ow; ox++) {
      void *y = (char *)j->y + (size_t)((row * w->ow + ox) * w->c) * size;
      int first = 1;
      EACH_TAP(w, oy, ox) {
        const void *x = (const char *)j->x + (size_t)(((n * w->h + iy) * w->w + ix) * w->c) * size;
        if (first) memcpy(y, x, size * (size_t)w->c);
        else if (j->narrow) take_narrow_max(x, y, w->c);
        else take_max(x, y, w->c);
        first = 0;
      }
      if (first)
        for (long c = 0; c < w->c; c++) {
          if (j->narrow) ((uint16_t *)y)[c] = narrow(-INFINITY);
          else ((float *)y)[c] = -INFINITY;
        }
    }
  }
}

static long row_grain(const cv_window *w) { return CV_MAX(1, 4096 / CV_MAX(1, w->ow * w->c)); }

void cv_max_pool(const cv_window *w, const float *x, float *y, int narrow) {
  pool_job j = {.w = w, .x = x, .y = y, .narrow = narrow};
  cv_share_out(w->n * w->oh, row_grain(w), max_rows, &j);
}

// Gives the gradient of one window's value to its first greatest tap, as PyTorch does, for `width` channels from `c` on.
static inline __attribute__((always_inline)) void max_gradient_window(const pool_job *j, long n, long oy, long ox, long c,
                                                                      long width) {
  const cv_window *w = j->w;
  const float *dy = j->dy + ((n * w->oh + oy) * w->ow + ox) * w->c + c;
  float best[16] = {0};
  int winner[16] = {0};
  for (int pass = 0, first = 1; pass < 2; pass++)
    EACH_TAP(w, oy, ox) {
      long at = ((n * w->h + iy) * w->w + ix) * w->c + c;
      const float *x = j->x + at;
      float *y = j->y + at;
      int tap = (int)(ky * w->kw + kx);
      if (pass)
        for (long l = 0; l < width; l++) y[l] += winner[l] == tap ? dy[l] : 0.0f;
      else
        for (long l = 0; l < width; l++) {
          // What is not a number wins over all before it.
          int wins = first || x[l] > best[l] || x[l] != x[l];
          best[l] = wins ? x[l] : best[l];
          winner[l] = wins ? tap : winner[l];
        }
      first = 0;
    }
}

// One picture's gradient for a range of channels.
CV_HOT static void max_gradient_part(long begin, long end, void *context) {
  const pool_job *j = context;
  const cv_window *w = j->w;
  long blocks = (w->c + 15) / 16;
  for (long item = begin; item < end; item++) {
    long n = item / blocks, c = item % blocks * 16;
    for (long oy = 0; oy < w->oh; oy++)
      for (long ox = 0; ox < w->ow; ox++) {
        if (w->c - c >= 16)
          max_gradient_window(j, n, oy, ox, c, 16);
        else
          max_gradient_window(j, n, oy, ox, c, w->c - c);
      }
  }
}

void cv_max_pool_gradient(const cv_window *w, const float *x, const float *dy, float *dx) {
  pool_job j = {.w = w, .x = x, .dy = dy, .y = dx};
  memset(dx, 0, sizeof(float) * (size_t)(w->n * w->h * w->w * w->c));
  cv_parallel(w->n * ((w->c + 15) / 16), 1, max_gradient_part, &j);
}

// The number that a window's sum is divided by: its taps inside the input, or inside the padded input.
static long divisor(const cv_window *w, long oy, long ox) {
  long rows = 0, columns = 0;
  for (long k = 0; k < w->kh; k++) {
    long i = oy * w->sh - w->top + k * w->dh;
    rows += w->counts_padding ? i < w->h + w->bottom : i >= 0 && i < w->h;
  }
  for (long k = 0; k < w->kw; k++) {
    long i = ox * w->sw - w->left + k * w->dw;
    columns += w->counts_padding ? i < w->w + w->right : i >= 0 && i < w->w;
  }
  return CV_MAX(1, rows * columns);
}

static void average_rows(long begin, long end, void *context) {
  const pool_job *j = context;
  const cv_window *w = j->w;
  for (long row = begin; row < end; row++) {
    long n = row / w->oh, oy = row % w->oh;
    for (long ox = 0; ox < w->ow; ox++) {
      float *y = j->y + (row * w->ow + ox) * w->c;
      memset(y, 0, sizeof(float) * (size_t)w->c);
      EACH_TAP(w, oy, ox) take_sum(j->x + ((n * w->h + iy) * w->w + ix) * w->c, y, w->c);
      multiply(y, 1.0f / (float)divisor(w, oy, ox), w->c);
    }
  }
}

void cv_average_pool(const cv_window *w, const float *x, float *y) {
  pool_job j = {.w = w, .x = x, .y = y};
  cv_share_out(w->n * w->oh, row_grain(w), average_rows, &j);
}

static void average_gradient_part(long begin, long end, void *context) {
  const pool_job *j = context;
  const cv_window *w = j->w;
  long blocks = (w->c + 63) / 64;
  for (long item = begin; item < end; item++) {
    long n = item / blocks, low = item % blocks * 64, count = CV_MIN(64, w->c - low);
    for (long oy = 0; oy < w->oh; oy++)
      for (long ox = 0; ox < w->ow; ox++) {
        const float *dy = j->dy + ((n * w->oh + oy) * w->ow + ox) * w->c + low;
        float share = 1.0f / (float)divisor(w, oy, ox);
        EACH_TAP(w, oy, ox) add_scaled(dy, share, j->y + ((n * w->h + iy) * w->w + ix) * w->c + low, count);
      }
  }
}

void cv_average_pool_gradient(const cv_window *w, const float *dy, float *dx) {
  pool_job j = {.w = w, .dy = dy, .y = dx};
  memset(dx, 0, sizeof(float) * (size_t)(w->n * w->h * w->w * w->c));
  cv_parallel(w->n * ((w->c + 63) / 64), 1, average_gradient_part, &j);
}

static long bin_begin(long i, long length, long bins) { return i * length / bins; }
static long bin_end(long i, long length, long bins) { return ((i + 1) * length + bins - 1) / bins; }

static void adaptive_part(long begin, long end, void *context) {
  const pool_job *j = context;
  const cv_window *w = j->w;
  long blocks = (w->c + 255) / 256;
  for (long item = begin; item < end; item++) {
    long bin = item / blocks, low = item % blocks * 256, count = CV_MIN(256, w->c - low);
    long n = bin / (w->oh * w->ow), oy = bin / w->ow % w->oh, ox = bin % w->ow;
    long y0 = bin_begin(oy, w->h, w->oh), y1 = bin_end(oy, w->h, w->oh);
    long x0 = bin_begin(ox, w->w, w->ow), x1 = bin_end(ox, w->w, w->ow);
    float *y = j->y + bin * w->c + low;
    for (long c = 0; c < count; c++) y[c] = j->maximum ? -INFINITY : 0;
    // A long sum loses digits to its own size: large bins are summed row by row first.
    int by_rows = !j->maximum && x1 - x0 >= 32;
    float row[256];
    float *sum = by_rows ? row : y;
    for (long iy = y0; iy < y1; iy++) {
      if (by_rows) memset(row, 0, sizeof row);
      for (long ix = x0; ix < x1; ix++) {
        const float *x = j->x + ((n * w->h + iy) * w->w + ix) * w->c + low;
        if (j->maximum) take_max(x, y, count);
        else take_sum(x, sum, count);
      }
      if (by_rows) take_sum(row, y, count);
    }
    if (!j->maximum) multiply(y, 1.0f / (float)((y1 - y0) * (x1 - x0)), count);
  }
}

void cv_adaptive_pool(const cv_window *w, int maximum, const float *x, float *y) {
  pool_job j = {.w = w, .maximum = maximum, .x = x, .y = y};
  cv_parallel(w->n * w->oh * w->ow * ((w->c + 255) / 256), 1, adaptive_part, &j);
}

static void adaptive_gradient_part(long begin, long end, void *context) {
  const pool_job *j = context;
  const cv_window *w = j->w;
  long blocks = (w->c + 63) / 64;
  for (long item = begin; item < end; item++) {
    long n = item / blocks, low = item % blocks * 64, count = CV_MIN(64, w->c - low);
    for (long oy = 0; oy < w->oh; oy++)
      for (long ox = 0; ox < w->ow; ox++) {
        long y0 = bin_begin(oy, w->h, w->oh), y1 = bin_end(oy, w->h, w->oh);
        long x0 = bin_begin(ox, w->w, w->ow), x1 = bin_end(ox, w->w, w->ow);
        const float *dy = j->dy + ((n * w->oh + oy) * w->ow + ox) * w->c + low;
        float share = 1.0f / (float)((y1 - y0) * (x1 - x0));
        for (long c = 0; j->maximum && c < count; c++) {
          long place = -1;
          for (long iy = y0; iy < y1; iy++)
            for (long ix = x0; ix < x1; ix++) {
              long at = ((n * w->h + iy) * w->w + ix) * w->c + low + c;
              if (place < 0 || j->x[at] > j->x[place] || j->x[at] != j->x[at]) place = at;
            }
          j->y[place] += dy[c];
        }
        for (long iy = y0; !j->maximum && iy < y1; iy++)
          for (long ix = x0; ix < x1; ix++)
            add_scaled(dy, share, j->y + ((n * w->h + iy) * w->w + ix) * w->c + low, count);
      }
  }
}

void cv_adaptive_pool_gradient(const cv_window *w, int maximum, const float *x, const float *dy, float *dx) {
  pool_job j = {.w = w, .maximum = maximum, .x = x, .dy = dy, .y = dx};
  memset(dx, 0, sizeof(float) * (size_t)(w->n * w->h * w->w * w->c));
  cv_parallel(w->n * ((w->c + 63) / 64), 1, adaptive_gradient_part, &j);
}
