// What is worth its while is not told by the instructions that a processor has: some take as long for 512 bits as for twice
// 256, and some longer for products of 16 bits than for those of 32. So both are timed once, for some microseconds.
#define _GNU_SOURCE
#include <pthread.h>
#include <time.h>

#include "avx512.h"
#include "internal.h"

#if defined(__x86_64__) && !defined(CV_MODEL_AVX512)

#define LOOPS 400
#define TRIALS 7
// Sums that do not wait for one another.
#define SUMS 12

#define RATE(name, type, product)                                                \
  static double seconds_of_##name(void) {                                        \
    type sums[SUMS], some;                                                       \
    for (int i = 0; i < SUMS; i++) __asm__("vpxor %x0, %x0, %x0" : "=v"(sums[i])); \
    __asm__("vpxor %x0, %x0, %x0" : "=v"(some));                                 \
    struct timespec begin, end;                                                  \
    clock_gettime(CLOCK_MONOTONIC, &begin);                                      \
    for (int loop = 0; loop < LOOPS; loop++)                                     \
      _Pragma("unroll") for (int i = 0; i < SUMS; i++)                           \
        __asm__ volatile(product " %1, %1, %0" : "+v"(sums[i]) : "v"(some));     \
    clock_gettime(CLOCK_MONOTONIC, &end);                                        \
    return (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec); \
  }
#pragma clang attribute push(__attribute__((target(AVX512_BF16))), apply_to = function)
RATE(halves, __m256, "vfmadd231ps")
RATE(wholes, __m512, "vfmadd231ps")
RATE(pairs, __m512, "vdpbf16ps")
#pragma clang attribute pop

static double least(double (*seconds)(void)) {
  double found = seconds();
  for (int trial = 1; trial < TRIALS; trial++) found = CV_MIN(found, seconds());
  return found;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int wide, pays;

// Products of pairs are twice as many.
static void measure(void) {
  if (!HAS_AVX512) return;
  double wholes = least(seconds_of_wholes);
  wide = wholes < 1.5 * least(seconds_of_halves);
  pays = HAS_AVX512_BF16 && least(seconds_of_pairs) < 1.6 * wholes;
}

int cv_has_wide_products(void) {
  __builtin_cpu_init();
  pthread_once(&once, measure);
  return wide && cv_instructions() == 2;
}

int cv_bf16_pays(void) {
  if (!cv_has_bf16()) return 0;
#ifdef DEBUG
  // Tests run the loops wherever they can run.
  return 1;
#else
  const char *wish = getenv("CAMKERNEL_INSTRUCTIONS");
  if (cv_has_amx() || (wish && strcmp(wish, "bf16") == 0)) return 1;
  pthread_once(&once, measure);
  return pays;
#endif
}

#else

int cv_has_wide_products(void) { return 0; }
int cv_bf16_pays(void) { return cv_has_bf16(); }

#endif
