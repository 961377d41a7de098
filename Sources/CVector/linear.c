#include "internal.h"

typedef struct {
  const float *x, *w, *bias;
  float *y;
  long batch, inputs, outputs;
} linear_job;

#define LANES 16

// Products of one row of weights with up to four inputs, in 2 x 16 partial sums each, whatever the processor.
CV_HOT static void products(const float *x, long stride, const float *w, long n, long batch, float *result) {
  float sums[4][2 * LANES] = {{0}};
  long i = 0;
  for (; i + 2 * LANES <= n; i += 2 * LANES)
    for (long b = 0; b < 4; b++) {
      if (b >= batch) break;
      for (long l = 0; l < 2 * LANES; l++) sums[b][l] += x[b * stride + i + l] * w[i + l];
    }
  for (long b = 0; b < batch; b++) {
    float rest = 0;
    for (long k = i; k < n; k++) rest += x[b * stride + k] * w[k];
    for (long width = LANES; width >= 1; width /= 2)
      for (long l = 0; l < width; l++) sums[b][l] += sums[b][l + width];
    result[b] = sums[b][0] + rest;
  }
}

static void linear_part(long begin, long end, void *context) {
  const linear_job *j = context;
  for (long o = begin; o < end; o++)
    for (long b = 0; b < j->batch; b += 4) {
      float result[4];
      long count = CV_MIN(4, j->batch - b);
      products(j->x + b * j->inputs, j->inputs, j->w + o * j->inputs, j->inputs, count, result);
      for (long i = 0; i < count; i++) j->y[(b + i) * j->outputs + o] = result[i] + (j->bias ? j->bias[o] : 0);
    }
}

void cv_linear(const float *x, const float *w, const float *bias, float *y, long batch, long inputs, long outputs) {
  linear_job j = {x, w, bias, y, batch, inputs, outputs};
  cv_parallel(outputs, CV_MAX(1, 8192 / CV_MAX(1, inputs * batch)), linear_part, &j);
}

CV_HOT static void axpy(const float *w, float factor, float *y, long n) {
  for (long i = 0; i < n; i++) y[i] += w[i] * factor;
}

static void transposed_part(long begin, long end, void *context) {
  const linear_job *j = context;
  for (long b = 0; b < j->batch; b++) {
    float *dx = j->y + b * j->inputs;
    memset(dx + begin, 0, sizeof(float) * (size_t)(end - begin));
    for (long o = 0; o < j->outputs; o++) {
      float factor = j->x[b * j->outputs + o];
      if (factor != 0) axpy(j->w + o * j->inputs + begin, factor, dx + begin, end - begin);
    }
  }
}

void cv_linear_transposed(const float *dy, const float *w, float *dx, long batch, long inputs, long outputs) {
  linear_job j = {dy, w, 0, dx, batch, inputs, outputs};
  cv_parallel(inputs, CV_MAX(64, 16384 / CV_MAX(1, outputs)), transposed_part, &j);
}
