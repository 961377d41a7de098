/* Functions of the GNU C library that Swift's Glibc module does not show. */
#include <stddef.h>

/* pthread_t is an unsigned long on Linux. */
int pthread_setname_np(unsigned long thread, const char *name);
int mallopt(int parameter, int value);
int malloc_trim(size_t padding);
