#include "CPixels.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

// ThreadSanitizer cannot start a program in which the choice between clones is instrumented too.
#if defined(__x86_64__) && !__has_feature(thread_sanitizer)
#define HOT __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define HOT
#endif

// One pass of a resize. Its rows of output are made in bands, a thread each.
typedef struct {
  const uint8_t *in;
  uint8_t *out;
  long in_width, out_width, in_bytes, taps;
  int channels;
  const int32_t *first, *count, *weights;
} pass;

typedef void (*make_rows)(const pass *, long start, long end);

typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef int32_t ints4 __attribute__((vector_size(16)));
typedef int32_t ints8 __attribute__((vector_size(32)));
typedef int32_t ints16 __attribute__((vector_size(64)));

static inline uint8_t clip(int32_t sum) {
  int32_t v = sum >> 22;
  return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

// Four pixels of three channels at a time; the fourth lane of each is of the next pixel and is not looked at. As 16 bytes
// are loaded where 12 are wanted, the last pixels of the picture are left to the plain loop.
HOT static void rows_of_three(const pass *p, long start, long end) {
  for (long y = start; y < end; y++) {
    const uint8_t *row = p->in + y * p->in_width * 3;
    uint8_t *to = p->out + y * p->out_width * 3;
    long safe = (p->in_bytes - y * p->in_width * 3 - 16) / 3;
    for (long x = 0; x < p->out_width; x++) {
      const int32_t *k = p->weights + x * p->taps;
      const uint8_t *from = row + (long)p->first[x] * 3;
      long count = p->count[x], fours = p->first[x] + count <= safe ? count & ~3L : 0;
      ints16 sums = {0};
      for (long t = 0; t < fours; t += 4) {
        bytes16 pixels;
        ints4 weights;
        memcpy(&pixels, from + 3 * t, sizeof pixels);
        memcpy(&weights, k + t, sizeof weights);
        ints16 wide = __builtin_convertvector(
            __builtin_shufflevector(pixels, pixels, 0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9, 10, 11, 12), ints16);
        sums += wide * __builtin_shufflevector(weights, weights, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
      }
      ints8 half = __builtin_shufflevector(sums, sums, 0, 1, 2, 3, 4, 5, 6, 7) +
                   __builtin_shufflevector(sums, sums, 8, 9, 10, 11, 12, 13, 14, 15);
      ints4 sum = __builtin_shufflevector(half, half, 0, 1, 2, 3) + __builtin_shufflevector(half, half, 4, 5, 6, 7);
      int32_t r = (1 << 21) + sum[0], g = (1 << 21) + sum[1], b = (1 << 21) + sum[2];
      for (long t = fours; t < count; t++) {
        r += from[3 * t] * k[t];
        g += from[3 * t + 1] * k[t];
        b += from[3 * t + 2] * k[t];
      }
      to[3 * x] = clip(r);
      to[3 * x + 1] = clip(g);
      to[3 * x + 2] = clip(b);
    }
  }
}

static void rows_of_any(const pass *p, long start, long end) {
  int channels = p->channels;
  for (long y = start; y < end; y++) {
    const uint8_t *row = p->in + y * p->in_width * channels;
    uint8_t *to = p->out + y * p->out_width * channels;
    for (long x = 0; x < p->out_width; x++) {
      const int32_t *k = p->weights + x * p->taps;
      const uint8_t *from = row + (long)p->first[x] * channels;
      for (int c = 0; c < channels; c++) {
        int32_t sum = 1 << 21;
        for (int32_t t = 0; t < p->count[x]; t++) sum += from[t * channels + c] * k[t];
        to[x * channels + c] = clip(sum);
      }
    }
  }
}

HOT static void columns(const pass *p, long start, long end) {
  enum { block = 256 };
  long row_bytes = p->in_width;
  for (long y = start; y < end; y++) {
    const int32_t *k = p->weights + y * p->taps;
    for (long x = 0; x < row_bytes; x += block) {
      long length = row_bytes - x < block ? row_bytes - x : block;
      int32_t sum[block];
      for (long i = 0; i < length; i++) sum[i] = 1 << 21;
      for (int32_t t = 0; t < p->count[y]; t++) {
        const uint8_t *from = p->in + (p->first[y] + t) * row_bytes + x;
        for (long i = 0; i < length; i++) sum[i] += from[i] * k[t];
      }
      uint8_t *to = p->out + y * row_bytes + x;
      for (long i = 0; i < length; i++) to[i] = clip(sum[i]);
    }
  }
}

typedef struct {
  const pass *pass;
  make_rows make;
  long start, end;
} band;

static void *make_band(void *argument) {
  const band *b = argument;
  b->make(b->pass, b->start, b->end);
  return NULL;
}

// Pictures of less than this are done before a thread has begun.
enum { most_bands = 16, least_band = 1 << 19 };

static void make_all(const pass *p, make_rows make, long rows, long bytes) {
  long wanted = bytes / least_band, cores = sysconf(_SC_NPROCESSORS_ONLN);
  if (wanted > cores) wanted = cores;
  if (wanted > most_bands) wanted = most_bands;
  if (wanted > rows) wanted = rows;
  if (wanted < 1) wanted = 1;
  band bands[most_bands];
  pthread_t threads[most_bands];
  int started[most_bands] = {0};
  for (long i = 0; i < wanted; i++) {
    bands[i] = (band){p, make, rows * i / wanted, rows * (i + 1) / wanted};
    started[i] = i + 1 < wanted && !pthread_create(&threads[i], NULL, make_band, &bands[i]);
  }
  for (long i = wanted; i-- > 0;)
    if (!started[i]) make_band(&bands[i]);
  for (long i = 0; i < wanted; i++)
    if (started[i]) pthread_join(threads[i], NULL);
}

void cpx_rows(const uint8_t *in, uint8_t *out, long height, long in_width, long out_width, int channels,
              const int32_t *first, const int32_t *count, const int32_t *weights, long taps) {
  long in_bytes = height * in_width * channels;
  pass p = {in, out, in_width, out_width, in_bytes, taps, channels, first, count, weights};
  make_all(&p, channels == 3 ? rows_of_three : rows_of_any, height, in_bytes);
}

void cpx_columns(const uint8_t *in, uint8_t *out, long out_height, long row_bytes, const int32_t *first,
                 const int32_t *count, const int32_t *weights, long taps) {
  pass p = {in, out, row_bytes, row_bytes, 0, taps, 1, first, count, weights};
  make_all(&p, columns, out_height, out_height * row_bytes);
}
