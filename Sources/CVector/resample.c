#include "internal.h"

typedef struct {
  const float *x, *weight, *constant;
  float *y;
  long n_in, n_out, inner;
  const long *first, *index;
} resample_job;

CV_HOT static void add_scaled(const float *x, float factor, float *y, long n) {
  for (long i = 0; i < n; i++) y[i] += x[i] * factor;
}

static void resample_part(long begin, long end, void *context) {
  const resample_job *j = context;
  for (long row = begin; row < end; row++) {
    long outer = row / j->n_out, at = row % j->n_out;
    float *y = j->y + row * j->inner;
    for (long i = 0; i < j->inner; i++) y[i] = j->constant ? j->constant[at] : 0;
    for (long t = j->first[at]; t < j->first[at + 1]; t++)
      add_scaled(j->x + (outer * j->n_in + j->index[t]) * j->inner, j->weight[t], y, j->inner);
  }
}

void cv_resample(const float *x, float *y, long outer, long n_in, long n_out, long inner, const long *first,
                 const long *index, const float *weight, const float *constant) {
  resample_job j = {x, weight, constant, y, n_in, n_out, inner, first, index};
  cv_parallel(outer * n_out, CV_MAX(1, 8192 / CV_MAX(1, inner)), resample_part, &j);
}

static void gradient_part(long begin, long end, void *context) {
  const resample_job *j = context;
  for (long outer = begin; outer < end; outer++) {
    float *dx = j->y + outer * j->n_in * j->inner;
    memset(dx, 0, sizeof(float) * (size_t)(j->n_in * j->inner));
    for (long at = 0; at < j->n_out; at++)
      for (long t = j->first[at]; t < j->first[at + 1]; t++)
        add_scaled(j->x + (outer * j->n_out + at) * j->inner, j->weight[t], dx + j->index[t] * j->inner, j->inner);
  }
}

void cv_resample_gradient(const float *dy, float *dx, long outer, long n_in, long n_out, long inner,
                          const long *first, const long *index, const float *weight) {
  resample_job j = {dy, weight, 0, dx, n_in, n_out, inner, first, index};
  cv_parallel(outer, CV_MAX(1, 8192 / CV_MAX(1, inner * n_in)), gradient_part, &j);
}
