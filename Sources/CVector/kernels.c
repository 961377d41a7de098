#include <pthread.h>

#include "avx512.h"
#include "kernels.h"

#define PASTE(a, b) a##_##b

#define NAME(name) PASTE(name, baseline)
#define ROWS 6
#include "tiles.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(name) PASTE(name, avx2)
#define ROWS 6
#include "tiles.h"
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target(AVX512))), apply_to = function)
#define NAME(name) PASTE(name, avx512)
#define ROWS 14
#include "tiles.h"
#pragma clang attribute pop
#endif

// What tests ask for holds for their own thread: others run at the same time.
static _Thread_local int limit = 2;
static int wanted = 2;
static pthread_once_t once = PTHREAD_ONCE_INIT;

// `CAMKERNEL_INSTRUCTIONS` holds the loops to an older processor's: baseline, avx2, or avx512 for all but AMX; with bf16 its
// products are used where they are slow, too.
static void read_wish(void) {
  const char *wish = getenv("CAMKERNEL_INSTRUCTIONS");
  if (wish && strcmp(wish, "baseline") == 0) wanted = 0;
  if (wish && strcmp(wish, "avx2") == 0) wanted = 1;
}

static int found(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (HAS_AVX512) return 2;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 1;
#endif
  return 0;
}

int cv_instructions(void) {
  pthread_once(&once, read_wish);
  int level = found();
  return CV_MIN(CV_MIN(level, limit), wanted);
}

void cv_limit_instructions(int level) { limit = level; }

const kernels *cv_kernels(void) {
#if defined(__x86_64__)
  switch (cv_instructions()) {
    case 2: return &kernels_avx512;
    case 1: return &kernels_avx2;
  }
#endif
  return &kernels_baseline;
}
