#include "internal.h"

typedef struct {
  int kind, rule, logarithm;
  const float *x, *f, *s, *dy;
  float *y, *statistics;
  long channels, inner, n, size;
  float epsilon, alpha, beta, k;
} channel_job;

CV_HOT static void affine_row(const float *x, const float *f, const float *s, float *y, long n) {
  for (long i = 0; i < n; i++) y[i] = x[i] * f[i] + s[i];
}

CV_HOT static void affine_constant(const float *x, float f, float s, float *y, long n) {
  for (long i = 0; i < n; i++) y[i] = x[i] * f + s;
}

static void affine_part(long begin, long end, void *context) {
  const channel_job *j = context;
  for (long row = begin; row < end; row++) {
    if (j->inner == 1) {
      affine_row(j->x + row * j->channels, j->f, j->s, j->y + row * j->channels, j->channels);
    } else {
      long c = row % j->channels;
      affine_constant(j->x + row * j->inner, j->f[c], j->s[c], j->y + row * j->inner, j->inner);
    }
  }
}

void cv_channel_affine(const float *x, const float *factors, const float *summands, float *y, long outer,
                       long channels, long inner) {
  channel_job j = {.x = x, .f = factors, .s = summands, .y = y, .channels = channels, .inner = inner};
  long length = inner == 1 ? channels : inner;
  cv_parallel(inner == 1 ? outer : outer * channels, CV_MAX(1, 16384 / CV_MAX(1, length)), affine_part, &j);
}

static void leaky_part(long begin, long end, void *context) {
  const channel_job *j = context;
  for (long row = begin; row < end; row++) {
    for (long i = 0; i < j->inner; i++) {
      long at = row * j->inner + i;
      float slope = j->f[row % j->channels], v = j->x[at];
      if (!j->dy) {
        j->y[at] = v > 0 ? v : v * slope;
      } else {
        float g = j->rule > 0 && j->dy[at] <= 0 ? 0 : j->dy[at];
        j->y[at] = j->rule == 2 || v > 0 ? g : g * slope;
      }
    }
  }
}

void cv_channel_leaky(const float *x, const float *slopes, float *y, long outer, long channels, long inner) {
  channel_job j = {.x = x, .f = slopes, .y = y, .channels = channels, .inner = inner};
  cv_parallel(outer * channels, CV_MAX(1, 16384 / CV_MAX(1, inner)), leaky_part, &j);
}

void cv_channel_leaky_gradient(int rule, const float *x, const float *slopes, const float *dy, float *dx,
                               long outer, long channels, long inner) {
  channel_job j = {.rule = rule, .x = x, .f = slopes, .dy = dy, .y = dx, .channels = channels, .inner = inner};
  cv_parallel(outer * channels, CV_MAX(1, 16384 / CV_MAX(1, inner)), leaky_part, &j);
}

static void normalize_part(long begin, long end, void *context) {
  const channel_job *j = context;
  for (long row = begin; row < end; row++) {
    const float *x = j->x + row * j->n;
    float *y = j->y + row * j->n;
    double sum = 0, squares = 0;
    for (long i = 0; i < j->n; i++) sum += x[i];
    double mean = sum / j->n;
    for (long i = 0; i < j->n; i++) squares += (x[i] - mean) * (x[i] - mean);
    float inverse = (float)(1 / sqrt(squares / j->n + j->epsilon));
    if (j->statistics) j->statistics[row] = inverse;
    for (long i = 0; i < j->n; i++) y[i] = (float)((x[i] - mean) * inverse);
  }
}

void cv_normalize(const float *x, float *y, float *deviations, float epsilon, long rows, long n) {
  channel_job j = {.x = x, .y = y, .statistics = deviations, .epsilon = epsilon, .n = n};
  cv_parallel(rows, CV_MAX(1, 8192 / CV_MAX(1, n)), normalize_part, &j);
}

static void normalize_gradient_part(long begin, long end, void *context) {
  const channel_job *j = context;
  for (long row = begin; row < end; row++) {
    const float *y = j->x + row * j->n, *dy = j->dy + row * j->n;
    float *dx = j->y + row * j->n;
    double sum = 0, product = 0;
    for (long i = 0; i < j->n; i++) {
      sum += dy[i];
      product += (double)dy[i] * y[i];
    }
    sum /= j->n;
    product /= j->n;
    for (long i = 0; i < j->n; i++) dx[i] = (float)((dy[i] - sum - y[i] * product) * j->f[row]);
  }
}

void cv_normalize_gradient(const float *y, const float *deviations, const float *dy, float *dx, long rows, long n) {
  channel_job j = {.x = y, .f = deviations, .dy = dy, .y = dx, .n = n};
  cv_parallel(rows, CV_MAX(1, 8192 / CV_MAX(1, n)), normalize_gradient_part, &j);
}

// The neighbours of channel c: floor((size - 1) / 2) before it and ceil((size - 1) / 2) behind it.
static float lrn_base(const channel_job *j, const float *x, long c, long i) {
  long low = CV_MAX(0, c - (j->size - 1) / 2), high = CV_MIN(j->channels - 1, c + j->size / 2);
  float sum = 0;
  for (long o = low; o <= high; o++) sum += x[o * j->inner + i] * x[o * j->inner + i];
  return j->k + j->alpha / j->size * sum;
}

static void lrn_part(long begin, long end, void *context) {
  const channel_job *j = context;
  for (long at = begin; at < end; at++) {
    long outer = at / j->inner, i = at % j->inner;
    const float *x = j->x + outer * j->channels * j->inner;
    float *y = j->y + outer * j->channels * j->inner;
    for (long c = 0; c < j->channels; c++) {
      float base = lrn_base(j, x, c, i);
      if (!j->dy) {
        y[c * j->inner + i] = x[c * j->inner + i] * powf(base, -j->beta);
        continue;
      }
      const float *dy = j->dy + outer * j->channels * j->inner;
      float g = dy[c * j->inner + i] * powf(base, -j->beta);
      float back = -2 * j->beta * j->alpha / j->size * g / base * x[c * j->inner + i];
      y[c * j->inner + i] += g;
      long low = CV_MAX(0, c - (j->size - 1) / 2), high = CV_MIN(j->channels - 1, c + j->size / 2);
      for (long o = low; o <= high; o++) y[o * j->inner + i] += back * x[o * j->inner + i];
    }
  }
}

void cv_lrn(const float *x, float *y, long outer, long channels, long inner, long size, float alpha, float beta,
            float k) {
  channel_job j = {.x = x, .y = y, .channels = channels, .inner = inner, .size = size, .alpha = alpha, .beta = beta, .k = k};
  cv_parallel(outer * inner, CV_MAX(1, 1024 / CV_MAX(1, channels)), lrn_part, &j);
}

void cv_lrn_gradient(const float *x, const float *dy, float *dx, long outer, long channels, long inner, long size,
                     float alpha, float beta, float k) {
  channel_job j = {.x = x, .dy = dy, .y = dx, .channels = channels, .inner = inner, .size = size, .alpha = alpha, .beta = beta, .k = k};
  memset(dx, 0, sizeof(float) * (size_t)(outer * channels * inner));
  cv_parallel(outer * inner, CV_MAX(1, 1024 / CV_MAX(1, channels)), lrn_part, &j);
}

static void softmax_part(long begin, long end, void *context) {
  const channel_job *j = context;
  long step = j->inner;
  for (long at = begin; at < end; at++) {
    long base = at / j->inner * j->n * j->inner + at % j->inner;
    const float *x = j->x + base;
    float *y = j->y + base;
    float top = -INFINITY;
    for (long i = 0; i < j->n; i++) top = fmaxf(top, x[i * step]);
    double sum = 0;
    for (long i = 0; i < j->n; i++) {
      float e = expf(x[i * step] - top);
      sum += e;
      y[i * step] = e;
    }
    if (j->logarithm) {
      float shift = (float)log(sum);
      for (long i = 0; i < j->n; i++) y[i * step] = x[i * step] - top - shift;
    } else {
      for (long i = 0; i < j->n; i++) y[i * step] = (float)(y[i * step] / sum);
    }
  }
}

void cv_softmax(const float *x, float *y, long outer, long n, long inner, int logarithm) {
  channel_job j = {.x = x, .y = y, .n = n, .inner = inner, .logarithm = logarithm};
  cv_parallel(outer * inner, CV_MAX(1, 2048 / CV_MAX(1, n)), softmax_part, &j);
}

static void softmax_gradient_part(long begin, long end, void *context) {
  const channel_job *j = context;
  long step = j->inner;
  for (long at = begin; at < end; at++) {
    long base = at / j->inner * j->n * j->inner + at % j->inner;
    const float *y = j->x + base, *dy = j->dy + base;
    float *dx = j->y + base;
    double sum = 0;
    for (long i = 0; i < j->n; i++) sum += j->logarithm ? dy[i * step] : (double)dy[i * step] * y[i * step];
    for (long i = 0; i < j->n; i++)
      dx[i * step] = j->logarithm ? (float)(dy[i * step] - exp(y[i * step]) * sum)
                                  : (float)(y[i * step] * (dy[i * step] - sum));
  }
}

void cv_softmax_gradient(const float *y, const float *dy, float *dx, long outer, long n, long inner, int logarithm) {
  channel_job j = {.x = y, .dy = dy, .y = dx, .n = n, .inner = inner, .logarithm = logarithm};
  cv_parallel(outer * inner, CV_MAX(1, 2048 / CV_MAX(1, n)), softmax_gradient_part, &j);
}
