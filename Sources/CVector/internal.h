#ifndef CVECTOR_INTERNAL_H
#define CVECTOR_INTERNAL_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "CVector.h"

// Loops that the compiler vectorises for the processor it finds when the program starts.
// ThreadSanitizer cannot start a program in which the choice between clones is instrumented too.
#if defined(__x86_64__) && !__has_feature(thread_sanitizer)
#define CV_HOT __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CV_HOT
#endif

// What a change of a value becomes when the value is cut to a range.
static inline __attribute__((always_inline)) float cv_cut_change(float change, float base, float low, float high) {
  float before = base < low ? low : base, after = base + change;
  before = before > high ? high : before;
  after = after < low ? low : after;
  after = after > high ? high : after;
  return after - before;
}

#define CV_MIN(a, b) ((a) < (b) ? (a) : (b))
#define CV_MAX(a, b) ((a) > (b) ? (a) : (b))

#endif
