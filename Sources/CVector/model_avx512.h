// AVX-512's instructions in plain C, as many as the loops here use, so that these loops are tested on processors that have
// none: from here on the instructions' names mean the functions below. After Intel's manual, volume 2.
#include <stdlib.h>

#define MODEL static inline __attribute__((always_inline, target("avx2,fma")))

// Functions that are not inlined pass vectors in memory here, which clang says of each.
#pragma clang diagnostic ignored "-Wpsabi"

typedef unsigned model_words __attribute__((vector_size(64), may_alias));
typedef unsigned short model_halves __attribute__((vector_size(64), may_alias));
typedef unsigned short model_halves_16 __attribute__((vector_size(32), may_alias));

// Clang's own types of 16-bit floats want the processor's conversions.
#define __m512bh __m512i
#define __m256bh __m256i

// Memory. Lanes that a mask leaves out are not touched; aligned instructions raise a fault elsewhere.

MODEL __m512 model_load(const void *p) {
  __m512 z;
  __builtin_memcpy(&z, p, sizeof z);
  return z;
}

MODEL void model_store(void *p, __m512 z) { __builtin_memcpy(p, &z, sizeof z); }

MODEL void *model_aligned(const void *p) {
  if ((unsigned long)p % 64) abort();
  return (void *)p;
}

MODEL __m512 model_load_some(__mmask16 some, const void *p) {
  model_words z = {0};
  for (int l = 0; l < 16; l++)
    if (some >> l & 1) __builtin_memcpy((char *)&z + 4 * l, (const char *)p + 4 * l, 4);
  return (__m512)z;
}

MODEL void model_store_some(void *p, __mmask16 some, __m512 z) {
  for (int l = 0; l < 16; l++)
    if (some >> l & 1) __builtin_memcpy((char *)p + 4 * l, (char *)&z + 4 * l, 4);
}

MODEL __m256i model_load_halves(__mmask16 some, const void *p) {
  __m256i z = {0};
  for (int l = 0; l < 16; l++)
    if (some >> l & 1) __builtin_memcpy((char *)&z + 2 * l, (const char *)p + 2 * l, 2);
  return z;
}

MODEL void model_store_halves(void *p, __mmask16 some, __m256i z) {
  for (int l = 0; l < 16; l++)
    if (some >> l & 1) __builtin_memcpy((char *)p + 2 * l, (char *)&z + 2 * l, 2);
}

MODEL __m512 model_gather(__m512i lanes, const void *base, int scale) {
  __m512 z;
  for (int l = 0; l < 16; l++)
    __builtin_memcpy((char *)&z + 4 * l, (const char *)base + (long)(int)((model_words)lanes)[l] * scale, 4);
  return z;
}

MODEL void model_scatter(void *base, __m512i lanes, __m512 z, int scale) {
  for (int l = 0; l < 16; l++)
    __builtin_memcpy((char *)base + (long)(int)((model_words)lanes)[l] * scale, (char *)&z + 4 * l, 4);
}

#define _mm512_loadu_ps(p) model_load(p)
#define _mm512_loadu_si512(p) ((__m512i)model_load(p))
#define _mm512_load_si512(p) ((__m512i)model_load(model_aligned(p)))
#define _mm512_storeu_ps(p, z) model_store(p, z)
#define _mm512_storeu_si512(p, z) model_store(p, (__m512)(z))
#define _mm512_store_ps(p, z) model_store(model_aligned(p), z)
#define _mm512_maskz_loadu_ps(some, p) model_load_some(some, p)
#define _mm512_maskz_loadu_epi32(some, p) ((__m512i)model_load_some(some, p))
#define _mm512_mask_storeu_ps(p, some, z) model_store_some(p, some, z)
#define _mm256_maskz_loadu_epi16(some, p) model_load_halves(some, p)
#define _mm256_mask_storeu_epi16(p, some, z) model_store_halves(p, some, z)
#undef _mm512_i32gather_ps
#define _mm512_i32gather_ps(lanes, base, scale) model_gather(lanes, base, scale)
#undef _mm512_i32scatter_ps
#define _mm512_i32scatter_ps(base, lanes, z, scale) model_scatter(base, lanes, z, scale)

// The same in all lanes, and each lane's own.

MODEL __m512i model_all(unsigned x) { return (__m512i)((model_words){0} + x); }
MODEL __m512 model_all_floats(float x) { return (__m512){0} + x; }
MODEL __m512i model_all_halves(unsigned short x) { return (__m512i)((model_halves){0} + x); }

#define _mm512_setzero_ps() ((__m512){0})
#define _mm512_setzero_si512() ((__m512i){0})
#define _mm512_set1_ps(x) model_all_floats(x)
#define _mm512_set1_epi32(x) model_all((unsigned)(x))
#define _mm512_set1_epi16(x) model_all_halves((unsigned short)(x))
#undef _mm512_setr_epi32
#define _mm512_setr_epi32(...) ((__m512i)(model_words){__VA_ARGS__})
#define _mm512_castps_pd(z) ((__m512d)(z))
#define _mm512_castpd_ps(z) ((__m512)(z))
#define _mm512_castsi512_ps(z) ((__m512)(z))

// Arithmetic.

// Lanes of a where those of `which` are ones, of b where they are zeros.
MODEL __m512 model_either(model_words which, __m512 a, __m512 b) {
  return (__m512)((which & (model_words)a) | (~which & (model_words)b));
}

// All ones in the lanes of a mask.
MODEL model_words model_lanes(__mmask16 some) {
  model_words bits = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
  return (model_words)((bits & some) != 0);
}

MODEL __mmask16 model_mask(model_words lanes) {
  unsigned some = 0;
  for (int l = 0; l < 16; l++) some |= (lanes[l] & 1) << l;
  return (__mmask16)some;
}

MODEL __mmask16 model_compare(__m512 a, __m512 b, int how) {
  if (how == _CMP_GT_OQ) return model_mask((model_words)(a > b));
  if (how == _CMP_NEQ_UQ) return model_mask((model_words)(a != b));
  abort();
}

MODEL unsigned model_sum(__m512i z) {
  unsigned sum = 0;
  for (int l = 0; l < 16; l++) sum += ((model_words)z)[l];
  return sum;
}

#define _mm512_add_ps(a, b) ((a) + (b))
#define _mm512_sub_ps(a, b) ((a) - (b))
#define _mm512_mul_ps(a, b) ((a) * (b))
#define _mm512_fmadd_ps(a, b, c) __builtin_elementwise_fma(a, b, c)
// The second operand where one is not a number, or where both are zeros.
#define _mm512_max_ps(a, b) ({ __m512 a_ = (a), b_ = (b); model_either((model_words)(a_ > b_), a_, b_); })
#define _mm512_min_ps(a, b) ({ __m512 a_ = (a), b_ = (b); model_either((model_words)(a_ < b_), a_, b_); })
#define _mm512_add_epi16(a, b) ((__m512i)((model_halves)(a) + (model_halves)(b)))
#define _mm512_add_epi32(a, b) ((__m512i)((model_words)(a) + (model_words)(b)))
#define _mm512_mullo_epi32(a, b) ((__m512i)((model_words)(a) * (model_words)(b)))
#define _mm512_slli_epi32(a, count) ((__m512i)((model_words)(a) << (count)))
#define _mm512_and_si512(a, b) ((a) & (b))
#define _mm512_or_si512(a, b) ((a) | (b))
#define _mm512_mask_add_epi32(other, some, a, b) \
  ((__m512i)model_either(model_lanes(some), (__m512)_mm512_add_epi32(a, b), (__m512)(other)))
#define _mm512_maskz_mov_ps(some, a) model_either(model_lanes(some), a, (__m512){0})
#undef _mm512_cmp_ps_mask
#define _mm512_cmp_ps_mask(a, b, how) model_compare(a, b, how)
#undef _mm512_mask_cmp_ps_mask
#define _mm512_mask_cmp_ps_mask(some, a, b, how) ((__mmask16)((some) & model_compare(a, b, how)))
#define _mm512_test_epi32_mask(a, b) model_mask((model_words)(((model_words)(a) & (model_words)(b)) != 0))
#define _mm512_reduce_add_epi32(z) ((int)model_sum(z))

// Lanes that move.

// Elements of two vectors in turns, of each quarter's lower half or, from its middle on, of its upper one.
#define MODEL_UNPACK(name, vector, quarter)                                   \
  MODEL vector name(vector a, vector b, int from) {                           \
    vector z = {0};                                                           \
    for (int q = 0; q < 4 * quarter; q += quarter)                            \
      for (int i = 0; i < quarter / 2; i++) {                                 \
        z[q + 2 * i] = a[q + from + i];                                       \
        z[q + 2 * i + 1] = b[q + from + i];                                   \
      }                                                                       \
    return z;                                                                 \
  }
MODEL_UNPACK(model_unpack_halves, model_halves, 8)
MODEL_UNPACK(model_unpack_floats, __m512, 4)
MODEL_UNPACK(model_unpack_doubles, __m512d, 2)

// Elements of a, then of b, by their numbers.
MODEL __m512i model_pick_halves(__m512i a, __m512i numbers, __m512i b) {
  unsigned short both[64];
  __builtin_memcpy(both, &a, 64);
  __builtin_memcpy(both + 32, &b, 64);
  model_halves z = {0};
  for (int l = 0; l < 32; l++) z[l] = both[((model_halves)numbers)[l] & 63];
  return (__m512i)z;
}

MODEL __m512 model_pick(__m512 a, __m512i numbers, __m512 b) {
  float both[32];
  __builtin_memcpy(both, &a, 64);
  __builtin_memcpy(both + 16, &b, 64);
  __m512 z = {0};
  for (int l = 0; l < 16; l++) z[l] = both[((model_words)numbers)[l] & 31];
  return z;
}

MODEL __m512 model_compress(__mmask16 some, __m512 a) {
  unsigned z[16] = {0};
  for (int l = 0, place = 0; l < 16; l++)
    if (some >> l & 1) z[place++] = ((model_words)a)[l];
  return model_load(z);
}

MODEL __m512 model_quarters(__m128 q) {
  return __builtin_shufflevector(q, q, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
}

#define _mm512_unpacklo_epi16(a, b) ((__m512i)model_unpack_halves((model_halves)(a), (model_halves)(b), 0))
#define _mm512_unpackhi_epi16(a, b) ((__m512i)model_unpack_halves((model_halves)(a), (model_halves)(b), 4))
#define _mm512_unpacklo_ps(a, b) model_unpack_floats(a, b, 0)
#define _mm512_unpackhi_ps(a, b) model_unpack_floats(a, b, 2)
#define _mm512_unpacklo_pd(a, b) model_unpack_doubles(a, b, 0)
#define _mm512_unpackhi_pd(a, b) model_unpack_doubles(a, b, 1)
#define _mm512_permutex2var_epi16(a, numbers, b) model_pick_halves(a, numbers, b)
#define _mm512_permutexvar_epi16(numbers, a) ({ __m512i a_ = (a); model_pick_halves(a_, numbers, a_); })
#define _mm512_permutex2var_ps(a, numbers, b) model_pick(a, numbers, b)
#define _mm512_maskz_compress_ps(some, a) model_compress(some, a)
#define _mm512_maskz_compress_epi32(some, a) ((__m512i)model_compress(some, (__m512)(a)))
#define _mm512_broadcast_f32x4(q) model_quarters(q)
#define _mm512_mask_broadcast_f32x4(other, some, q) model_either(model_lanes(some), model_quarters(q), other)
#define _mm512_cvtepu16_epi32(z) ((__m512i)__builtin_convertvector((model_halves_16)(z), model_words))

// 16-bit floats. Numbers too small to be normal are zeros of their sign, whatever MXCSR says.

MODEL __m512 model_flushed(__m512 z) {
  model_words bits = (model_words)z;
  return (__m512)(bits & ((model_words)((bits & 0x7f800000) != 0) | 0x80000000));
}

// The nearest 16-bit floats, ties to even; what is not a number stays so.
MODEL __m256i model_narrowed(__m512 z) {
  model_words bits = (model_words)model_flushed(z), nearest = bits + 0x7fff + (bits >> 16 & 1);
  nearest = (model_words)model_either((model_words)(z == z), (__m512)nearest, (__m512)(bits | 0x400000));
  return (__m256i)__builtin_convertvector(nearest >> 16, model_halves_16);
}

// The halves of the first operand come last.
MODEL __m512i model_narrowed_both(__m512 last, __m512 first) {
  return __builtin_shufflevector(model_narrowed(first), model_narrowed(last), 0, 1, 2, 3, 4, 5, 6, 7);
}

// Adds the products of two pairs, the second first; each sum is rounded once.
MODEL __m512 model_add_products(__m512 sum, __m512i a, __m512i b) {
  model_words x = (model_words)a, y = (model_words)b;
  __m512 odd_x = model_flushed((__m512)(x & 0xffff0000)), odd_y = model_flushed((__m512)(y & 0xffff0000));
  __m512 even_x = model_flushed((__m512)(x << 16)), even_y = model_flushed((__m512)(y << 16));
  sum = model_flushed(__builtin_elementwise_fma(odd_x, odd_y, model_flushed(sum)));
  return model_flushed(__builtin_elementwise_fma(even_x, even_y, sum));
}

#define _mm512_cvtneps_pbh(z) model_narrowed(z)
#define _mm512_cvtne2ps_pbh(last, first) model_narrowed_both(last, first)
#define _mm512_dpbf16_ps(sum, a, b) model_add_products(sum, a, b)
