#include "kernels.h"

typedef struct {
  const cv_frame *f;
  const float *x;
  float *y;
} frame_job;

// The pixels of one row of a picture.
static void fill_row(const cv_frame *f, const float *x, long image, long iy, float *row) {
  if (!f->planes) {
    memcpy(row, x + (image * f->h + iy) * f->w * f->c, sizeof(float) * (size_t)(f->w * f->c));
    return;
  }
  for (long c = 0; c < f->c; c++) {
    const float *plane = x + ((image * f->c + c) * f->h + iy) * f->w;
    for (long ix = 0; ix < f->w; ix++) row[ix * f->c + c] = plane[ix];
  }
}

static void frame_part(long begin, long end, void *context) {
  const frame_job *j = context;
  const cv_frame *f = j->f;
  long count = f->width * f->c, inside = f->left * f->c;
  size_t size = f->narrow ? sizeof(uint16_t) : sizeof(float);
  float *aside = f->narrow ? calloc((size_t)count, sizeof(float)) : 0;
  if (f->narrow && !aside) abort();
  for (long item = begin; item < end; item++) {
    long image = item / f->height, iy = item % f->height - f->top;
    float *target = element(j->y, item * count, f->narrow);
    if (iy < 0 || iy >= f->h) {
      memset(target, 0, size * (size_t)count);
    } else if (f->narrow) {
      fill_row(f, j->x, image, iy, aside + inside);
      cv_round_row(aside, target, count);
    } else {
      memset(target, 0, size * (size_t)inside);
      fill_row(f, j->x, image, iy, target + inside);
      long after = inside + f->w * f->c;
      memset(target + after, 0, size * (size_t)(count - after));
    }
  }
  free(aside);
}

void cv_frame_run(const cv_frame *f, const float *x, float *y) {
  frame_job j = {f, x, y};
  long rows = f->batch * f->height;
  cv_parallel(rows, CV_MAX(1, 4096 / CV_MAX(1, f->width * f->c)), frame_part, &j);
  for (long i = 0; i < 2; i++) {
    float *rest = element(y, rows * f->width * f->c + i, f->narrow);
    if (f->narrow) *(uint16_t *)rest = 0;
    else *rest = 0;
  }
}
