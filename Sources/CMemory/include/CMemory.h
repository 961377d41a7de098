#ifndef CMEMORY_H
#define CMEMORY_H

#include <stddef.h>

// A last reserve of addresses. Where the system refuses memory to anybody in the process (this program, Swift's own
// runtime, oneDNN, Cairo), the reserve is let go, the request is served, and work that looks at `cm_reserve_is_spent` ends.
// Nothing of the reserve is ever written: where memory is not limited it takes none.

/// Takes the reserve, or what is missing of it, and forgets that it was spent; 1 where all of it is held.
int cm_reserve_hold(void);

/// Whether the reserve, or a part of it, was let go since it was last taken.
int cm_reserve_is_spent(void);

/// The bytes that are held.
size_t cm_reserve_bytes(void);

/// Memory at a border that is a power of two, the reserve untouched; null where the system refuses. Freed by `free`.
void *cm_take(size_t border, size_t bytes);

/// Whether the system would give so many bytes more, the reserve untouched.
int cm_can_take(size_t bytes);

#endif
