#include "internal.h"

// e to the x, less one, exact to a few units in the last place also near zero; -87 <= x <= 88.
static inline float exponential_less_one(float x) {
  float bounded = fminf(fmaxf(x, -87.0f), 88.0f);
  float n = __builtin_rintf(bounded * 1.44269504f);
  // Cody and Waite's two-part ln 2.
  float r = (bounded - n * 0.693359375f) - n * -2.12194440e-4f;
  float p = 1.0f / 5040;
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  union { int i; float f; } power;
  power.i = ((int)n + 127) << 23;
  return power.f * (p * r) + (power.f - 1.0f);
}

// The products of columns and their factors, if any.
CV_HOT static void drops_of(const float *row, const float *factors, float *drops, long count) {
  for (long i = 0; i < count; i++) drops[i] = factors ? row[i] * factors[i] : row[i];
}

CV_HOT static void add_changes(float *sums, float *tops, float share, const float *own, const float *drops, long count) {
  for (long i = 0; i < count; i++) {
    float change = own[i] - drops[i];
    sums[i] += share * exponential_less_one(change);
    tops[i] = change <= tops[i] || tops[i] != tops[i] ? tops[i] : change;
  }
}

#define UNITS_AT_ONCE 256

typedef struct {
  const float *rows, *factors, *shares;
  long own, classes, units;
  float *sums, *tops;
} shares_job;

static void changes_part(long begin, long end, void *context) {
  const shares_job *j = context;
  float own[UNITS_AT_ONCE], drops[UNITS_AT_ONCE];
  for (long u = begin; u < end; u += UNITS_AT_ONCE) {
    long count = CV_MIN(UNITS_AT_ONCE, end - u);
    const float *factors = j->factors ? j->factors + u : 0;
    drops_of(j->rows + j->own * j->units + u, factors, own, count);
    memset(j->sums + u, 0, sizeof(float) * (size_t)count);
    memset(j->tops + u, 0, sizeof(float) * (size_t)count);
    for (long c = 0; c < j->classes; c++) {
      if (c == j->own) continue;
      drops_of(j->rows + c * j->units + u, factors, drops, count);
      add_changes(j->sums + u, j->tops + u, j->shares[c], own, drops, count);
    }
  }
}

void cv_share_changes(const float *rows, const float *factors, const float *shares, long own, long classes, long units,
                      float *sums, float *tops) {
  shares_job j = {rows, factors, shares, own, classes, units, sums, tops};
  cv_parallel(units, CV_MAX(16, 16384 / CV_MAX(1, classes)), changes_part, &j);
}
