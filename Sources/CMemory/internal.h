#ifndef CMEMORY_INTERNAL_H
#define CMEMORY_INTERNAL_H

#include "CMemory.h"

/// Lets a part of the reserve go for a request of so many bytes; 0 where no part is left that could serve it.
int cm_reserve_let_go(size_t bytes);

#endif
