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

#define CV_MIN(a, b) ((a) < (b) ? (a) : (b))
#define CV_MAX(a, b) ((a) > (b) ? (a) : (b))

#endif
