#include "internal.h"

typedef struct {
  const cv_descent *descent;
  const cv_adam *adam;
  float *values, *first, *second;
  const float *gradient;
} move_job;

CV_HOT static void descend(const cv_descent *d, float *values, const float *gradient, float *velocity, long count) {
  float rate = d->rate, decay = d->decay, momentum = d->first ? 0 : d->momentum, own = d->own, share = d->share;
#pragma clang loop vectorize(assume_safety)
  for (long i = 0; i < count; i++) {
    float slope = gradient[i] + decay * values[i];
    float speed = momentum * velocity[i] + slope;
    velocity[i] = speed;
    values[i] -= rate * (own * slope + share * speed);
  }
}

static void descend_part(long begin, long end, void *context) {
  const move_job *j = context;
  descend(j->descent, j->values + begin, j->gradient + begin, j->first + begin, end - begin);
}

void cv_descend(const cv_descent *d, float *values, const float *gradient, float *velocity, long count) {
  move_job j = {.descent = d, .values = values, .gradient = gradient, .first = velocity};
  cv_parallel(count, 8192, descend_part, &j);
}

CV_HOT static void move(const cv_adam *a, float *values, const float *gradient, float *means, float *squares,
                        long count) {
  cv_adam k = *a;
#pragma clang loop vectorize(assume_safety)
  for (long i = 0; i < count; i++) {
    float slope = gradient[i] + k.decay * values[i];
    float mean = k.first * means[i] + (1 - k.first) * slope;
    float square = k.second * squares[i] + (1 - k.second) * slope * slope;
    means[i] = mean;
    squares[i] = square;
    values[i] = k.keep * values[i] - k.size * mean / (sqrtf(square) / k.root + k.epsilon);
  }
}

static void move_part(long begin, long end, void *context) {
  const move_job *j = context;
  move(j->adam, j->values + begin, j->gradient + begin, j->first + begin, j->second + begin, end - begin);
}

void cv_adam_move(const cv_adam *a, float *values, const float *gradient, float *means, float *squares, long count) {
  move_job j = {.adam = a, .values = values, .gradient = gradient, .first = means, .second = squares};
  cv_parallel(count, 8192, move_part, &j);
}
