#include "internal.h"
#include "kernels.h"

static void linear_part(long begin, long end, void *context) { cv_kernels()->linear(context, begin, end); }

void cv_linear(const float *x, const float *w, const float *bias, float *y, long batch, long inputs, long outputs) {
  linear_rows j = {x, w, bias, y, batch, inputs, outputs};
  cv_parallel(outputs, CV_MAX(1, 8192 / CV_MAX(1, inputs * batch)), linear_part, &j);
}

CV_HOT static void axpy(const float *w, float factor, float *y, long n) {
  for (long i = 0; i < n; i++) y[i] += w[i] * factor;
}

static void transposed_part(long begin, long end, void *context) {
  const linear_rows *j = context;
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
  linear_rows j = {dy, w, 0, dx, batch, inputs, outputs};
  cv_parallel(inputs, CV_MAX(64, 16384 / CV_MAX(1, outputs)), transposed_part, &j);
}
