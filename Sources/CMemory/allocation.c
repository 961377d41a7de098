// What the GNU C library's own functions give, and where they give nothing, once more without a part of the reserve. The
// program's functions of these names stand before the library's, for every library in the process.
#define _GNU_SOURCE
#include "internal.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

// Sanitizers bring an allocator of their own, which ends the program where there is no memory.
#if defined(__GLIBC__) && defined(__LP64__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer) && \
    !__has_feature(memory_sanitizer)

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

// One piece after another, as other threads take from what was let go as well.
#define OR_FROM_RESERVE(bytes, request)                \
  void *place = request;                               \
  if (__builtin_expect(place != 0, 1)) return place;   \
  while (cm_reserve_let_go(bytes))                     \
    if ((place = request)) return place;               \
  errno = ENOMEM;                                      \
  return 0;

void *malloc(size_t bytes) { OR_FROM_RESERVE(bytes, __libc_malloc(bytes)) }

void *calloc(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) bytes = (size_t)-1;
  OR_FROM_RESERVE(bytes, __libc_calloc(count, size))
}

// Nothing is what `realloc` gives for no bytes, too.
void *realloc(void *block, size_t bytes) {
  if (bytes == 0) return __libc_realloc(block, 0);
  OR_FROM_RESERVE(bytes, __libc_realloc(block, bytes))
}

void *memalign(size_t border, size_t bytes) { OR_FROM_RESERVE(bytes, __libc_memalign(border, bytes)) }

void *aligned_alloc(size_t border, size_t bytes) { OR_FROM_RESERVE(bytes, __libc_memalign(border, bytes)) }

int posix_memalign(void **result, size_t border, size_t bytes) {
  if (border % sizeof(void *) || border == 0 || border & (border - 1)) return EINVAL;
  int before = errno;
  void *place = memalign(border, bytes);
  errno = before;
  if (!place) return ENOMEM;
  *result = place;
  return 0;
}

void *cm_take(size_t border, size_t bytes) { return __libc_memalign(border, bytes); }

// oneDNN writes its code where it maps memory, whether it got any or not. Who only asks what there is says MAP_NORESERVE, and
// a file that cannot be mapped is a mistake like others.
void *mmap(void *wish, size_t bytes, int protection, int flags, int file, off_t offset) {
  for (;;) {
    long place = syscall(SYS_mmap, wish, bytes, protection, flags, file, offset);
    if ((void *)place != MAP_FAILED || errno != ENOMEM || flags & MAP_NORESERVE || !(flags & MAP_ANONYMOUS)) return (void *)place;
    if (!cm_reserve_let_go(bytes)) break;
  }
  errno = ENOMEM;
  return MAP_FAILED;
}

void *mmap64(void *wish, size_t bytes, int protection, int flags, int file, off64_t offset) {
  return mmap(wish, bytes, protection, flags, file, offset);
}

// OpenMP ends the program where a thread of its team cannot start: for want of a large stack it gets a smaller one.
int pthread_create(
    pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
  typedef int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  create library = (create)dlsym(RTLD_NEXT, "pthread_create");
  if (!library) return EAGAIN;
  int status = library(thread, attributes, start, argument);
  if (status != EAGAIN && status != ENOMEM) return status;
  const size_t usual = (size_t)8 << 20, enough = (size_t)1 << 20;
  if (cm_reserve_let_go(usual)) status = library(thread, attributes, start, argument);
  if (status != EAGAIN && status != ENOMEM) return status;
  size_t wanted = usual;
  int state = PTHREAD_CREATE_JOINABLE;
  if (attributes) {
    pthread_attr_getstacksize(attributes, &wanted);
    pthread_attr_getdetachstate(attributes, &state);
  }
  pthread_attr_t smaller;
  if (wanted <= enough || pthread_attr_init(&smaller)) return status;
  pthread_attr_setdetachstate(&smaller, state);
  pthread_attr_setstacksize(&smaller, enough);
  status = library(thread, &smaller, start, argument);
  pthread_attr_destroy(&smaller);
  return status;
}

#else

void *cm_take(size_t border, size_t bytes) {
  void *place = 0;
  return posix_memalign(&place, border, bytes) ? 0 : place;
}

#endif
