#include <malloc.h>

#include "CVector.h"

void cv_give_back_free_memory(void) { malloc_trim(0); }
