#ifndef CVECTOR_AVX512_H
#define CVECTOR_AVX512_H

// AVX-512 and its products of 16-bit floats: what functions on them are compiled for, and whether the processor has them.
// With CV_MODEL_AVX512 (`make test-model`) a model in C stands for both.
#if defined(__x86_64__)
#include <immintrin.h>

#ifdef CV_MODEL_AVX512
#define AVX512 "avx2,fma"
#define AVX512_BF16 AVX512
#define HAS_AVX512 1
#define HAS_AVX512_BF16 1
#include "model_avx512.h"
#else
#define AVX512 "avx512f,avx512vl,avx512bw,avx512dq,fma"
#define AVX512_BF16 AVX512 ",avx512bf16"
#define HAS_AVX512                                                                  \
  (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&       \
   __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
#define HAS_AVX512_BF16 __builtin_cpu_supports("avx512bf16")
#endif
#endif

#endif
