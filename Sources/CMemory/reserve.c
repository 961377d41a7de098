#define _GNU_SOURCE
#include "internal.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>

// The first piece serves any request; the last only small ones, with which what failed is given back and reported.
enum { PIECES = 2 };
static struct {
  const size_t most;
  size_t wanted, held;
  void *place;
} pieces[PIECES] = {{.most = (size_t)56 << 20}, {.most = (size_t)8 << 20}};
static const size_t small = (size_t)256 << 10;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int is_spent;

// Writable, so that it counts wherever memory is counted: among addresses, data, and what was promised.
static void *map(size_t bytes) {
  void *place = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return place == MAP_FAILED ? 0 : place;
}

int cm_can_take(size_t bytes) {
  void *place = map(bytes);
  if (place) munmap(place, bytes);
  return place != 0;
}

// The reserve is a quarter of what can be had when the program starts, at least 16 MB and at most 64 MB. Where addresses are limited, threads share
// one arena (each of their own takes 64 MB of addresses), and large blocks go back to the system as soon as they are free.
static void plan(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
  }
  size_t all = 0;
  for (int i = 0; i < PIECES; i++) all += pieces[i].most;
  int share = 0;
  while (share < 2 && !cm_can_take(4 * (all >> share))) share++;
  for (int i = 0; i < PIECES; i++) pieces[i].wanted = pieces[i].most >> share;
}

int cm_reserve_hold(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, plan);
  int is_whole = 1;
  pthread_mutex_lock(&lock);
  for (int i = PIECES - 1; i >= 0; i--) {
    if (pieces[i].held == pieces[i].wanted) continue;
    if (pieces[i].place) munmap(pieces[i].place, pieces[i].held);
    size_t bytes = pieces[i].wanted;
    while (!(pieces[i].place = map(bytes)) && bytes > small) bytes /= 2;
    pieces[i].held = pieces[i].place ? bytes : 0;
    is_whole = is_whole && pieces[i].held == pieces[i].wanted;
  }
  atomic_store_explicit(&is_spent, 0, memory_order_relaxed);
  pthread_mutex_unlock(&lock);
  return is_whole;
}

int cm_reserve_is_spent(void) { return atomic_load_explicit(&is_spent, memory_order_relaxed); }

size_t cm_reserve_bytes(void) {
  pthread_mutex_lock(&lock);
  size_t bytes = 0;
  for (int i = 0; i < PIECES; i++) bytes += pieces[i].held;
  pthread_mutex_unlock(&lock);
  return bytes;
}

int cm_reserve_let_go(size_t bytes) {
  int is_worth_trying = 0;
  pthread_mutex_lock(&lock);
  for (int i = 0; i < PIECES && !is_worth_trying; i++) {
    if (!pieces[i].place || bytes > (i == PIECES - 1 ? small : pieces[i].held)) continue;
    munmap(pieces[i].place, pieces[i].held);
    pieces[i].place = 0;
    pieces[i].held = 0;
    atomic_store_explicit(&is_spent, 1, memory_order_relaxed);
    is_worth_trying = 1;
  }
  pthread_mutex_unlock(&lock);
  return is_worth_trying;
}
