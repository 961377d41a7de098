#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
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

typedef struct {
  long count, parts;
  void (*body)(long, long, void *);
  void *context;
} job;

static void run_share(int number, int size, void *argument) {
  const job *j = argument;
  for (long part = number; part < j->parts; part += size) {
    long begin = j->count * part / j->parts, end = j->count * (part + 1) / j->parts;
    if (begin < end) j->body(begin, end, j->context);
  }
}

static void run_part(void *argument) {
  AFTER(argument);
  run_share(thread_number(), team_size(), argument);
  BEFORE(argument);
}

void cv_parallel(long count, long grain, void (*body)(long, long, void *), void *context) {
  if (count <= 0) return;
  pthread_once(&once, find_team);
  long parts = CV_MIN(count / CV_MAX(grain, 1), (long)thread_count);
  if (parts <= 1 || !start_team || !thread_number || !team_size) {
    body(0, count, context);
    return;
  }
  job j = {count, parts, body, context};
  if (cv_team_run(thread_count, run_share, &j)) return;
  BEFORE(&j);
  start_team(run_part, &j, (unsigned)thread_count, 0);
  AFTER(&j);
}

int cv_usable_cores(void) {
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CV_MAX(1, CPU_COUNT(&set));
#endif
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (int)online : 1;
}
