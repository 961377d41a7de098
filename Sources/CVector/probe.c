// Here the processor's instructions and the model's stand side by side.
#undef CV_MODEL_AVX512
#include "CVProbe.h"

#if defined(__x86_64__) && defined(DEBUG)
#include "avx512.h"

#pragma clang attribute push(__attribute__((target(AVX512_BF16))), apply_to = function)
#define NAME(name) name##_of_processor
#include "probe.inc"
#pragma clang attribute pop

static int has_avx512(void) {
  __builtin_cpu_init();
  return HAS_AVX512 && HAS_AVX512_BF16;
}

#include "model_avx512.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(name) name##_of_model
#include "probe.inc"
#pragma clang attribute pop

int cv_probe(int instruction, int on_model, unsigned short some, const void *a, const void *b, const void *c, void *y) {
  if (on_model) {
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 0;
    return probe_of_model(instruction, some, a, b, c, y);
  }
  return has_avx512() && probe_of_processor(instruction, some, a, b, c, y);
}

#else

int cv_probe(int instruction, int on_model, unsigned short some, const void *a, const void *b, const void *c, void *y) {
  return 0;
}

#endif
