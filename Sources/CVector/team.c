#define _GNU_SOURCE
#include "team.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#endif

#include "internal.h"

// OpenMP starts and ends a team for each loop, which takes one to four microseconds, by where the cores lie: much, where a
// network has a hundred short loops. A thread that asks for it keeps its team between loops; members wait for the next one
// in turns of their own, first awake, then asleep. The threads are OpenMP's, so that oneDNN's loops use the same ones:
// before such a call the team is let go.

typedef void (*start_team)(void (*)(void *), void *, unsigned);
typedef int (*omp_number)(void);

static start_team start;
static void (*end_team)(void);
static omp_number thread_number, team_size;
static pthread_once_t once = PTHREAD_ONCE_INIT;
// How often a waiting thread looks before it sleeps: half a millisecond or a whole one, or less where OpenMP is told so.
static int patience = 20000;
#define LITTLE_PATIENCE 100
static int cores = 1;
// Threads in teams, of all callers: where they are more than the cores, one that waits awake keeps another from its core.
static atomic_int gathered;

static void find_openmp(void) {
  start = (start_team)dlsym(RTLD_DEFAULT, "GOMP_parallel_start");
  end_team = (void (*)(void))dlsym(RTLD_DEFAULT, "GOMP_parallel_end");
  thread_number = (omp_number)dlsym(RTLD_DEFAULT, "omp_get_thread_num");
  team_size = (omp_number)dlsym(RTLD_DEFAULT, "omp_get_num_threads");
  if (!end_team || !thread_number || !team_size) start = 0;
  const char *wish = getenv("GOMP_SPINCOUNT");
  long count = wish && *wish ? strtol(wish, 0, 10) : patience;
  if (count >= 0 && count < patience) patience = (int)count;
  cores = cv_usable_cores();
}

// A counter that one side raises and another waits for; on lines of its own.
typedef struct {
  _Alignas(128) atomic_int count;
  atomic_int sleepers;
} bell;

typedef struct {
  // Loops begun, and members that are through with the last one.
  bell begun, ended;
  int size, threads, busy;
  // What to run; nothing where members shall go.
  void (*body)(int, int, void *);
  void *context;
} team;

// Of the thread that keeps it: the team, and how many of its callers want it kept.
static _Thread_local team own;
static _Thread_local int kept;

static void await(bell *b, int wanted) {
  for (int i = 0; atomic_load_explicit(&b->count, memory_order_acquire) < wanted; i++) {
    if (i < LITTLE_PATIENCE || (i < patience && atomic_load_explicit(&gathered, memory_order_relaxed) <= cores)) {
#if defined(__x86_64__)
      __builtin_ia32_pause();
#endif
      continue;
    }
    atomic_fetch_add(&b->sleepers, 1);
    int seen = atomic_load(&b->count);
#ifdef __linux__
    if (seen < wanted) syscall(SYS_futex, &b->count, FUTEX_WAIT_PRIVATE, seen, 0, 0, 0);
#else
    if (seen < wanted) sched_yield();
#endif
    atomic_fetch_sub(&b->sleepers, 1);
  }
}

static void ring(bell *b) {
  atomic_fetch_add(&b->count, 1);
#ifdef __linux__
  if (atomic_load(&b->sleepers)) syscall(SYS_futex, &b->count, FUTEX_WAKE_PRIVATE, INT32_MAX, 0, 0, 0);
#endif
}

static void serve(void *argument) {
  AFTER(argument);
  team *t = argument;
  int number = thread_number(), size = team_size();
  // The thread that keeps the team is its first member.
  for (int loop = 1; number > 0; loop++) {
    await(&t->begun, loop);
    void (*body)(int, int, void *) = t->body;
    if (!body) break;
    body(number, size, t->context);
    ring(&t->ended);
  }
  BEFORE(argument);
}

static int gather(int threads) {
  pthread_once(&once, find_openmp);
  if (!start) return 0;
  atomic_store(&own.begun.count, 0);
  atomic_store(&own.ended.count, 0);
  own.threads = threads;
  BEFORE(&own);
  start(serve, &own, (unsigned)threads);
  own.size = team_size();
  atomic_fetch_add(&gathered, own.size);
  return 1;
}

void cv_dissolve(void) {
  if (own.threads == 0 || own.busy) return;
  own.body = 0;
  ring(&own.begun);
  end_team();
  AFTER(&own);
  atomic_fetch_sub(&gathered, own.size);
  own.threads = 0;
}

int cv_team_is_gathered(void) { return own.threads != 0; }

void cv_stay_together(void) { kept++; }

void cv_part(void) {
  if (kept > 0 && --kept == 0) cv_dissolve();
}

int cv_team_run(int threads, void (*body)(int, int, void *), void *context) {
  if (kept == 0 || own.busy) return 0;
  if (own.threads != threads) {
    cv_dissolve();
    if (!gather(threads)) return 0;
  }
  own.body = body;
  own.context = context;
  own.busy = 1;
  int others = atomic_load(&own.ended.count) + own.size - 1;
  ring(&own.begun);
  body(0, own.size, context);
  await(&own.ended, others);
  own.busy = 0;
  return 1;
}
