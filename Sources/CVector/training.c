#include "CVectorTraining.h"

#include "elements.h"
#include "internal.h"
#include "paired_rows.h"

long cv_training_parts(long rows) { return CV_MAX(1, CV_MIN(rows / 256, 16)); }

static inline uint32_t cv_mix(uint32_t v) {
  v = (v ^ (v >> 16)) * 0x7feb352du;
  v = (v ^ (v >> 15)) * 0x846ca68bu;
  return v ^ (v >> 16);
}

#define NORM(j) ((paired_norm){(j)->mean, (j)->deviation, (j)->f, (j)->s, (j)->rectified})

#define T float
#define LOAD(v) (v)
#define STORE(v) (v)
#define POSITIVE(v) ((v) > 0)
#define PAIRED(call) 0
#define NAME(name) name
#include "training.inc"
#undef T
#undef LOAD
#undef STORE
#undef POSITIVE
#undef PAIRED
#undef NAME

#define T uint16_t
#define LOAD(v) widen(v)
#define STORE(v) narrow(v)
// As whole numbers; what is not a number counts as positive unless its sign is set.
#define POSITIVE(v) ((int16_t)(v) > 0)
#define PAIRED(call) (call)
#define NAME(name) name##_b
#include "training.inc"

typedef struct {
  const void *x;
  void *y;
} conversion;

CV_HOT static void narrow_range(const float *x, uint16_t *y, long begin, long end) {
  for (long i = begin; i < end; i++) y[i] = narrow(x[i]);
}

static void narrow_part(long begin, long end, void *context) {
  const conversion *j = context;
  narrow_range(j->x, j->y, begin, end);
}

CV_HOT static void widen_range(const uint16_t *x, float *y, long begin, long end) {
  for (long i = begin; i < end; i++) y[i] = widen(x[i]);
}

static void widen_part(long begin, long end, void *context) {
  const conversion *j = context;
  widen_range(j->x, j->y, begin, end);
}

void cv_to_bfloat16(const float *x, uint16_t *y, long count) {
  conversion j = {x, y};
  cv_parallel(count, 16384, narrow_part, &j);
}

void cv_from_bfloat16(const uint16_t *x, float *y, long count) {
  conversion j = {x, y};
  cv_parallel(count, 16384, widen_part, &j);
}
