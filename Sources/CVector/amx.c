#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>

#include "avx512.h"
#include "kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

// The pixels of a call: two tiles of 16.
#define AMX_ROWS MOST_ROWS_OF_ALL
#define UNEVEN LONG_MIN

#pragma clang attribute push(__attribute__((target(AVX512_BF16))), apply_to = function)

// Bytes from one of 16 pixels to the next; UNEVEN where they differ, or where there are fewer pixels.
static long distance_of(const float *const *p, long count) {
  if (count < 16) return UNEVEN;
  long distance = (const char *)p[1] - (const char *)p[0];
  for (int r = 2; r < 16; r++)
    if ((const char *)p[r] - (const char *)p[r - 1] != distance) return UNEVEN;
  return distance;
}

// Pairs k..<k + depth of each pixel, and zeros behind them and below.
static void copy_pixels(const float *const *p, long count, long k, long depth, float *to) {
  __mmask16 wanted = (__mmask16)((1u << depth) - 1);
  for (long r = 0; r < count; r++) _mm512_store_ps(to + 16 * r, _mm512_maskz_loadu_ps(wanted, p[r] + k));
  for (long r = count; r < 16; r++) _mm512_store_ps(to + 16 * r, _mm512_setzero_ps());
}

// Each two pixels side by side.
static void finish_beside(const tile *j, const float *sums, long count, long vectors, float *y, const float *bias) {
  float whole[AMX_ROWS * BLOCK];
  for (long r = 0; r < count; r++)
    for (long v = 0; v < 16 * vectors; v += 16)
      LOAD(whole + r * BLOCK + v) = bias ? LOAD(sums + r * BLOCK + v) + LOAD(bias + v) : LOAD(sums + r * BLOCK + v);
  cv_finish range = {.low = j->low, .high = j->high};
  cv_paired_filters()->lay(whole, BLOCK, count, 0, 16 * vectors, &range, y);
}

static void finish_pixels(const tile *j, const float *sums, long count, long vectors, float *y, const float *residual,
                          const float *bias) {
  if (j->beside) {
    finish_beside(j, sums, count, vectors, y, bias);
    return;
  }
  for (long r = 0; r < count; r++)
    for (long v = 0; v < vectors; v++) {
      long at = r * j->pitch + 16 * v;
      v16 z = LOAD(sums + r * BLOCK + 16 * v);
      if (bias) z += LOAD(bias + 16 * v);
      if (residual) {
        const float *other = element(residual, at, j->narrow_residual);
        z += j->narrow_residual ? LOAD_NARROW(other) : LOAD(other);
      }
      z = CUT(z, j->low, j->high);
      if (j->narrow)
        _mm256_storeu_si256((__m256i *)element(y, at, 1), (__m256i)_mm512_cvtneps_pbh((__m512)z));
      else
        LOAD(y + at) = z;
    }
}
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target(AVX512_BF16 ",amx-tile,amx-bf16"))), apply_to = function)
#define NAME(name) name
#define ZERO(t) _tile_zero(t)
#define FILL(t, p, step) _tile_loadd(t, p, (size_t)(step))
#define PRODUCT(sum, a, b) _tile_dpbf16ps(sum, a, b)
#define KEEP(t, p, step) _tile_stored(t, p, (size_t)(step))
#define OPEN(shape) _tile_loadconfig(shape)
#define CLOSE() _tile_release()
#include "tiles_amx.h"
#pragma clang attribute pop

#ifdef DEBUG
#include "model_amx.h"
#define NAME(name) name##_model
#define ZERO(t) model_zero(t)
#define FILL(t, p, step) model_fill(t, p, step)
#define PRODUCT(sum, a, b) model_product(sum, a, b)
#define KEEP(t, p, step) model_keep(t, p, step)
#define OPEN(shape) model_open(shape)
#define CLOSE() model_close()
#include "tiles_amx.h"
#endif

static _Thread_local int models;
static int usable;
static pthread_once_t once = PTHREAD_ONCE_INIT;

// Whether the processor has the tiles and the system lets this process keep them.
static int permitted(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d >> 22 & 1) == 0 || (d >> 24 & 1) == 0) return 0;
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c >> 27 & 1) == 0) return 0;
  unsigned low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  if ((low >> 17 & 3) != 3) return 0;
  const long ask_permission = 0x1023, tile_data = 18;
  return syscall(SYS_arch_prctl, ask_permission, tile_data) == 0;
}

// One product of whole and partial tiles, beside plain sums: a processor that answers otherwise is not used.
static int agrees(const kernels *k) {
  enum { pixels = 21, run = 19 };
  float x[pixels * run], w[run * BLOCK], y[pixels * BLOCK];
  unsigned short *pairs = (unsigned short *)x, *weights = (unsigned short *)w;
  for (long i = 0; i < 2 * pixels * run; i++) pairs[i] = narrow((float)(i * 37 % 64) / 32 - 1);
  for (long i = 0; i < 2 * run * BLOCK; i++) weights[i] = narrow((float)(i * 29 % 128) / 64 - 1);
  const float *rows[AMX_ROWS];
  for (long r = 0; r < pixels; r++) rows[r] = x + r * run;
  tile job = {.taps = 1, .run = run, .pitch = BLOCK, .low = -INFINITY, .high = INFINITY};
  k->open();
  k->tiles[1][pixels - 1](&job, rows, w, y, 0, 0);
  k->close();
  for (long r = 0; r < pixels; r++)
    for (long o = 0; o < BLOCK; o++) {
      float sum = 0;
      for (long i = 0; i < 2 * run; i++)
        sum += widen(pairs[r * 2 * run + i]) * widen(weights[(i / 2 * BLOCK + o) * 2 + i % 2]);
      if (!(fabsf(sum - y[r * BLOCK + o]) <= 1e-3f)) return 0;
    }
  return 1;
}

static void find(void) {
  const char *wish = getenv("CAMKERNEL_INSTRUCTIONS");
  usable = !(wish && strcmp(wish, "avx512") == 0) && permitted() && agrees(&kernels_amx);
}

int cv_has_amx(void) {
  if (models) return cv_has_bf16();
  pthread_once(&once, find);
  return usable && cv_has_bf16();
}

int cv_model_amx(int on) {
#ifdef DEBUG
  models = on;
  return 1;
#else
  (void)on;
  return 0;
#endif
}

long cv_model_products(void) {
#ifdef DEBUG
  return __atomic_load_n(&model_count, __ATOMIC_RELAXED);
#else
  return 0;
#endif
}

const kernels *cv_kernels_pairs(void) {
#ifdef DEBUG
  if (models) return &kernels_amx_model;
#endif
  return cv_has_amx() ? &kernels_amx : cv_kernels_bf16();
}

#else

int cv_has_amx(void) { return 0; }
int cv_model_amx(int on) {
  (void)on;
  return 0;
}
long cv_model_products(void) { return 0; }
const kernels *cv_kernels_pairs(void) { return cv_kernels_bf16(); }

#endif
