#include "CVectorTraining.h"

#include "elements.h"
#include "taps.h"

#define T float
#define LOAD(v) (v)
#define STORE(v) (v)
#define NAME(name) name
#include "windows.inc"
#undef T
#undef LOAD
#undef STORE
#undef NAME

#define T uint16_t
#define LOAD(v) widen(v)
#define STORE(v) narrow(v)
#define NAME(name) name##_b
#include "windows.inc"
