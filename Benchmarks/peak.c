/* Peak arithmetic of this machine, in GFLOP/s: every core multiplies and adds in registers, nothing is loaded.
 *
 *     peak f32|bf16 [SECONDS]
 *
 * Prints one JSON line. bf16 counts the products of `vdpbf16ps`, or of AMX tiles where there are any. */
#define _GNU_SOURCE
#include <immintrin.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

enum { CHAINS = 12, TURNS = 1 << 16 };

/* One instruction on twelve registers in turn: more chains than the latency is long, none of them in memory. */
#define TWELVE(op, r) \
  op " %%" r "14, %%" r "15, %%" r "0\n" op " %%" r "14, %%" r "15, %%" r "1\n" \
  op " %%" r "14, %%" r "15, %%" r "2\n" op " %%" r "14, %%" r "15, %%" r "3\n" \
  op " %%" r "14, %%" r "15, %%" r "4\n" op " %%" r "14, %%" r "15, %%" r "5\n" \
  op " %%" r "14, %%" r "15, %%" r "6\n" op " %%" r "14, %%" r "15, %%" r "7\n" \
  op " %%" r "14, %%" r "15, %%" r "8\n" op " %%" r "14, %%" r "15, %%" r "9\n" \
  op " %%" r "14, %%" r "15, %%" r "10\n" op " %%" r "14, %%" r "15, %%" r "11\n"
#define ZERO(r) "vxorps %%" r ", %%" r ", %%" r "\n"
#define ALL_ZERO(r) \
  ZERO(r "0") ZERO(r "1") ZERO(r "2") ZERO(r "3") ZERO(r "4") ZERO(r "5") ZERO(r "6") ZERO(r "7") \
  ZERO(r "8") ZERO(r "9") ZERO(r "10") ZERO(r "11") ZERO(r "14") ZERO(r "15")
#define LOOP(op, r) \
  long turns = TURNS; \
  __asm__ volatile(ALL_ZERO(r) "1:\n" TWELVE(op, r) "dec %0\njnz 1b\nvzeroupper\n" \
                   : "+r"(turns) \
                   : \
                   : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", \
                     "xmm11", "xmm14", "xmm15", "cc")

static double avx2_turns(void) {
  LOOP("vfmadd231ps", "ymm");
  return (double)TURNS * CHAINS * 8 * 2;
}

__attribute__((target("avx512f"))) static double avx512_turns(void) {
  LOOP("vfmadd231ps", "zmm");
  return (double)TURNS * CHAINS * 16 * 2;
}

__attribute__((target("avx512f"))) static double avx512_bf16_turns(void) {
  LOOP("vdpbf16ps", "zmm");
  return (double)TURNS * CHAINS * 32 * 2;
}

struct tile_setting {
  unsigned char palette, start_row, reserved[14];
  unsigned short bytes_per_row[16];
  unsigned char rows[16];
};

__attribute__((target("amx-tile,amx-bf16"))) static double amx_turns(void) {
  struct tile_setting setting;
  memset(&setting, 0, sizeof setting);
  setting.palette = 1;
  for (int i = 0; i < 8; i++) {
    setting.bytes_per_row[i] = 64;
    setting.rows[i] = 16;
  }
  _tile_loadconfig(&setting);
  for (int t = 0; t < TURNS / 8; t++) {
    _tile_dpbf16ps(0, 6, 7);
    _tile_dpbf16ps(1, 6, 7);
    _tile_dpbf16ps(2, 6, 7);
    _tile_dpbf16ps(3, 6, 7);
  }
  _tile_release();
  return (double)(TURNS / 8) * 4 * 16 * 16 * 32 * 2;
}

static int has_amx(void) {
  unsigned a, b, c, d;
  __asm__ volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(7), "c"(0));
  /* arch_prctl(ARCH_REQ_XCOMP_PERM, XTILEDATA) */
  return (d >> 22 & 1) && syscall(SYS_arch_prctl, 0x1023, 18) == 0;
}

static double (*turns)(void);
static const char *unit = "none";
static double seconds = 1;

static void *work(void *flops) {
  double done = 0, end = now() + seconds;
  while (now() < end) done += turns();
  *(double *)flops = done;
  return NULL;
}

int main(int count, char **words) {
  const char *kind = count > 1 ? words[1] : "f32";
  if (count > 2) seconds = atof(words[2]);
  __builtin_cpu_init();
  if (!strcmp(kind, "bf16")) {
    if (has_amx()) turns = amx_turns, unit = "amx-bf16";
    else if (__builtin_cpu_supports("avx512bf16")) turns = avx512_bf16_turns, unit = "avx512-bf16";
  } else if (__builtin_cpu_supports("avx512f")) turns = avx512_turns, unit = "avx512";
  else if (__builtin_cpu_supports("avx2")) turns = avx2_turns, unit = "avx2";
  cpu_set_t set;
  sched_getaffinity(0, sizeof set, &set);
  int cores = CPU_COUNT(&set);
  double flops = 0;
  if (turns) {
    pthread_t threads[cores];
    double parts[cores], start = now();
    for (int i = 0; i < cores; i++) pthread_create(&threads[i], NULL, work, &parts[i]);
    for (int i = 0; i < cores; i++) pthread_join(threads[i], NULL), flops += parts[i];
    flops /= now() - start;
  }
  printf("{\"kind\": \"%s\", \"unit\": \"%s\", \"cores\": %d, \"gflops\": %.1f}\n", kind, unit, cores, flops * 1e-9);
}
