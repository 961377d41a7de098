/* Functions of the GNU C library that Swift's Glibc module does not show. */
#include <stddef.h>
#include <stdlib.h>

/* pthread_t is an unsigned long on Linux. */
int pthread_setname_np(unsigned long thread, const char *name);
int mallopt(int parameter, int value);
int malloc_trim(size_t padding);
int eventfd(unsigned int count, int flags);
int eventfd_read(int descriptor, unsigned long *value);
int eventfd_write(int descriptor, unsigned long value);

/* Gives free memory back to the system. malloc_trim leaves out the end of a thread's own arena; that is only looked at
   where a large block is freed into it, so this frees one (opaque to the optimiser, which would leave out the pair). */
static inline void give_back_free_memory(void) {
  malloc_trim(0);
  void *block = malloc(96 << 10);
  __asm__ volatile("" : "+r"(block) : : "memory");
  free(block);
}
