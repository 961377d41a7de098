#include "internal.h"
#include "kernels.h"

typedef struct {
  const float *x, *w, *bias;
  float *y;
  long batch, inputs, outputs;
} linear_job;

// Products of `rows` rows of weights with one input: several rows at a time keep more of them on the way from memory.
#define ROWS 4
CV_HOT static void products(const float *x, const float *w, long n, long rows, float *result) {
  v16 sums[ROWS][2];
  for (int r = 0; r < ROWS; r++) sums[r][0] = sums[r][1] = (v16)0.0f;
  // Rows that do not exist are computed from the last one.
  const float *row[ROWS];
  for (long r = 0; r < ROWS; r++) row[r] = w + CV_MIN(r, rows - 1) * n;
  long i = 0;
  for (; i + 32 <= n; i += 32) {
    v16 low = LOAD(x + i), high = LOAD(x + i + 16);
    _Pragma("unroll") for (int r = 0; r < ROWS; r++) {
      sums[r][0] += LOAD(row[r] + i) * low;
      sums[r][1] += LOAD(row[r] + i + 16) * high;
    }
  }
  for (long r = 0; r < rows; r++) {
    float rest = 0;
    for (long k = i; k < n; k++) rest += x[k] * row[r][k];
    v16 both = sums[r][0] + sums[r][1];
    float sum[16];
    LOAD(sum) = both;
    for (long width = 8; width >= 1; width /= 2)
      for (long l = 0; l < width; l++) sum[l] += sum[l + width];
    result[r] = sum[0] + rest;
  }
}

static void linear_part(long begin, long end, void *context) {
  const linear_job *j = context;
  for (long o = begin; o < end; o += ROWS)
    for (long b = 0; b < j->batch; b++) {
      long rows = CV_MIN(ROWS, end - o);
      float result[ROWS];
      products(j->x + b * j->inputs, j->w + o * j->inputs, j->inputs, rows, result);
      for (long r = 0; r < rows; r++) j->y[b * j->outputs + o + r] = result[r] + (j->bias ? j->bias[o + r] : 0);
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
