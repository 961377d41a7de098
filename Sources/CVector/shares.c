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

CV_HOT void cv_add_share_changes(float *sums, float *tops, float share, const float *own, const float *drops,
                                 long count) {
  for (long i = 0; i < count; i++) {
    float change = own[i] - drops[i];
    sums[i] += share * exponential_less_one(change);
    tops[i] = change <= tops[i] || tops[i] != tops[i] ? tops[i] : change;
  }
}
