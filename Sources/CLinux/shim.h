/* Functions of the GNU C library that Swift's Glibc module does not show. */
#include <stddef.h>

/* pthread_t is an unsigned long on Linux. */
int pthread_setname_np(unsigned long thread, const char *name);
int mallopt(int parameter, int value);
int malloc_trim(size_t padding);
int eventfd(unsigned int count, int flags);
int eventfd_read(int descriptor, unsigned long *value);
int eventfd_write(int descriptor, unsigned long value);
