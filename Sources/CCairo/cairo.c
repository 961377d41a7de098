#include "CCairo.h"
int ccairo_is_available(void) { return 0; }
