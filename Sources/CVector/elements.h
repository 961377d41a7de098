#ifndef CVECTOR_ELEMENTS_H
#define CVECTOR_ELEMENTS_H

#include <stdint.h>

static inline float widen(uint16_t v) {
  union {
    uint32_t bits;
    float value;
  } u = {(uint32_t)v << 16};
  return u.value;
}

// Rounds to nearest, ties to even; a value that is no number stays one.
static inline uint16_t narrow(float v) {
  union {
    float value;
    uint32_t bits;
  } u = {v};
  uint32_t rounded = u.bits + 0x7fff + ((u.bits >> 16) & 1);
  return (uint16_t)((v == v ? rounded : (u.bits | 0x400000)) >> 16);
}

#endif
