#include "kernels.h"

static const float zeros[CV_LONGEST_RUN];

typedef struct {
  const cv_depthwise *d;
  const cv_finish *finish;
  const kernels *k;
  const float *x, *weights;
  float *y;
} depthwise_job;

// Channels behind the last full vector.
static void rest(const depthwise_job *j, const float *const *taps, long count, long place, long from) {
  const cv_depthwise *d = j->d;
  for (long c = from; c < d->c; c++) {
    float sum = j->finish->bias ? j->finish->bias[c] : 0;
    for (long t = 0; t < count; t++) sum += taps[t][c] * j->weights[t * d->c + c];
    if (j->finish->residual) sum += j->finish->residual[place + c];
    sum = sum < j->finish->low ? j->finish->low : sum;
    j->y[place + c] = sum > j->finish->high ? j->finish->high : sum;
  }
}

static void pixels(const depthwise_job *j, long image, long oy, long ox, long width) {
  const cv_depthwise *d = j->d;
  const float *taps[4 * CV_MOST_DEPTHWISE_TAPS];
  long count = d->kh * d->kw, whole = d->c / 16 * 16;
  for (long ky = 0; ky < d->kh; ky++)
    for (long kx = 0; kx < d->kw; kx++)
      for (long p = 0; p < width; p++) {
        long iy = oy * d->sh - d->top + ky * d->dh, ix = (ox + p) * d->sw - d->left + kx * d->dw;
        taps[(ky * d->kw + kx) * width + p] =
            iy < 0 || iy >= d->h || ix < 0 || ix >= d->w ? zeros : j->x + ((image * d->h + iy) * d->w + ix) * d->c;
      }
  long place = ((image * d->oh + oy) * d->ow + ox) * d->c;
  const float *residual = j->finish->residual ? j->finish->residual + place : 0;
  for (long c = 0; c < whole; c += 16) {
    if (width == 4)
      j->k->depthwise_4(taps, count, j->weights, d->c, j->finish, c, d->c, residual, j->y + place);
    else
      j->k->depthwise_1(taps, count, j->weights, d->c, j->finish, c, d->c, residual, j->y + place);
  }
  if (whole == d->c) return;
  for (long p = 0; p < width; p++) {
    const float *own[CV_MOST_DEPTHWISE_TAPS];
    for (long t = 0; t < count; t++) own[t] = taps[t * width + p];
    rest(j, own, count, place + p * d->c, whole);
  }
}

static void depthwise_part(long begin, long end, void *context) {
  const depthwise_job *j = context;
  const cv_depthwise *d = j->d;
  for (long row = begin; row < end; row++) {
    long ox = 0;
    for (; ox + 4 <= d->ow; ox += 4) pixels(j, row / d->oh, row % d->oh, ox, 4);
    for (; ox < d->ow; ox++) pixels(j, row / d->oh, row % d->oh, ox, 1);
  }
}

void cv_depthwise_run(const cv_depthwise *d, const float *x, const float *weights, const cv_finish *finish, float *y) {
  depthwise_job j = {d, finish, cv_kernels(), x, weights, y};
  if (d->kh * d->kw > CV_MOST_DEPTHWISE_TAPS || d->c > CV_LONGEST_RUN) return;
  cv_share_out(d->batch * d->oh, 1, depthwise_part, &j);
}
