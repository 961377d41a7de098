#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

#include "internal.h"
#include "team.h"

// oneDNN brings GNU OpenMP into the process. Its team is used here as well, by its entry point, so that no
// second team competes for the cores; where another OpenMP is in use the loops run on the caller alone.
typedef void (*gomp_parallel)(void (*)(void *), void *, unsigned, unsigned);
typedef int (*omp_number)(void);

static gomp_parallel start_team;
static omp_number thread_number;
static omp_number team_size;
static void (*set_team_size)(int);
static omp_number largest_team;
// As OpenMP, each calling thread has its own.
static _Thread_local int thread_count = 1;
static _Thread_local int member;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void find_team(void) {
  start_team = (gomp_parallel)dlsym(RTLD_DEFAULT, "GOMP_parallel");
  thread_number = (omp_number)dlsym(RTLD_DEFAULT, "omp_get_thread_num");
  team_size = (omp_number)dlsym(RTLD_DEFAULT, "omp_get_num_threads");
  set_team_size = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
  largest_team = (omp_number)dlsym(RTLD_DEFAULT, "omp_get_max_threads");
}

// OpenMP keeps its number for each calling thread, and oneDNN asks OpenMP.
void cv_set_threads(int threads) {
  int wanted = threads > 1 ? threads : 1;
  if (wanted == thread_count && cv_team_is_gathered()) return;
  thread_count = wanted;
  pthread_once(&once, find_team);
  cv_dissolve();
  if (set_team_size) set_team_size(thread_count);
}
int cv_threads(void) { return thread_count; }
int cv_openmp_threads(void) {
  pthread_once(&once, find_team);
  return largest_team ? largest_team() : 1;
}

// Parts that nobody has taken: from the low half on, to before the high half; on lines of its own.
typedef struct {
  _Alignas(128) _Atomic uint64_t rest;
} untaken;

#define MOST_SHARING 64
// Parts for each thread where those that are through help the others.
#define PARTS_EACH 6

typedef struct {
  long count, parts;
  void (*body)(long, long, void *);
  void *context;
  // A list for each thread, where parts are taken one by one; else every thread has one part.
  untaken *taken;
  int lists;
} job;

static long take_first(_Atomic uint64_t *rest) {
  uint64_t seen = atomic_load_explicit(rest, memory_order_relaxed);
  while ((uint32_t)seen < seen >> 32)
    if (atomic_compare_exchange_weak(rest, &seen, seen + 1)) return (uint32_t)seen;
  return -1;
}

static long take_last(_Atomic uint64_t *rest) {
  uint64_t seen = atomic_load_explicit(rest, memory_order_relaxed);
  while ((uint32_t)seen < seen >> 32)
    if (atomic_compare_exchange_weak(rest, &seen, seen - (1ull << 32))) return (long)(seen >> 32) - 1;
  return -1;
}

static void run_one(const job *j, long part) {
  long begin = j->count * part / j->parts, end = j->count * (part + 1) / j->parts;
  if (begin < end) j->body(begin, end, j->context);
}

static void run_share(int number, int size, void *argument) {
  const job *j = argument;
  // A loop inside a loop runs on one member.
  int outer = member;
  member = number;
  if (!j->taken)
    for (long part = number; part < j->parts; part += size) run_one(j, part);
  // Own parts from the first on, in the order in which the last loop left values in this core's cache; then others' last.
  long part;
  for (int of = 0; of < j->lists; of++) {
    _Atomic uint64_t *rest = &j->taken[(number + of) % j->lists].rest;
    while ((part = of == 0 ? take_first(rest) : take_last(rest)) >= 0) run_one(j, part);
  }
  member = outer;
}

static void run_part(void *argument) {
  AFTER(argument);
  run_share(thread_number(), team_size(), argument);
  BEFORE(argument);
}

static void run(long count, long parts, void (*body)(long, long, void *), void *context, untaken *taken) {
  int outer = member;
  if (count <= 0) return;
  pthread_once(&once, find_team);
  if (parts <= 1 || thread_count == 1 || !start_team || !thread_number || !team_size) {
    member = 0;
    body(0, count, context);
    member = outer;
    return;
  }
  job j = {count, parts, body, context, taken, taken ? thread_count : 0};
  if (cv_team_run(thread_count, run_share, &j)) return;
  BEFORE(&j);
  start_team(run_part, &j, (unsigned)thread_count, 0);
  AFTER(&j);
}

void cv_parallel(long count, long grain, void (*body)(long, long, void *), void *context) {
  run(count, CV_MIN(count / CV_MAX(grain, 1), (long)thread_count), body, context, 0);
}

void cv_share_out(long count, long grain, void (*body)(long, long, void *), void *context) {
  long threads = thread_count, parts = CV_MIN(count / CV_MAX(grain, 1), PARTS_EACH * threads);
  if (threads > MOST_SHARING || parts <= threads) {
    cv_parallel(count, grain, body, context);
    return;
  }
  untaken taken[MOST_SHARING];
  for (long t = 0; t < threads; t++)
    atomic_init(&taken[t].rest, (uint64_t)(parts * (t + 1) / threads) << 32 | (uint64_t)(parts * t / threads));
  run(count, parts, body, context, taken);
}

int cv_member(void) { return member; }

int cv_usable_cores(void) {
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CV_MAX(1, CPU_COUNT(&set));
#endif
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (int)online : 1;
}
