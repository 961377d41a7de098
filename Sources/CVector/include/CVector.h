// Loops over 32-bit floats that must be fast in debug builds too; each is parallel by itself.
#ifndef CVECTOR_H
#define CVECTOR_H

#include <stdint.h>

#include "CVChanges.h"
#include "CVConvolution.h"
#include "CVPairedConvolution.h"
#include "CVProbe.h"
#include "CVReverse.h"
#include "CVSeparable.h"
#include "CVectorTraining.h"
#include "CVWindow.h"

// --- threads -------------------------------------------------------------------------------------

/// The number of threads that the loops, and oneDNN on the calling thread, use from now on; at least one.
void cv_set_threads(int threads);
int cv_threads(void);
/// Gives memory that was freed back to the system: the allocator keeps what lies between blocks in use.
void cv_give_back_free_memory(void);
/// The number of threads that OpenMP, and so oneDNN, starts for the calling thread.
int cv_openmp_threads(void);
/// The number of cores that the process' affinity allows.
int cv_usable_cores(void);

/// Calls `body` on parts of 0..<count, each at least `grain` long, on the OpenMP team of the caller.
void cv_parallel(long count, long grain, void (*body)(long begin, long end, void *context), void *context);
/// The same in more parts than threads: one that is through with its own takes what others have not begun, so that a core
/// that is slow for a while keeps none waiting. What a part gives must not depend on where it begins.
void cv_share_out(long count, long grain, void (*body)(long begin, long end, void *context), void *context);
/// The number, from 0 on, of the thread that runs a part, among those that run the loop.
int cv_member(void);
/// The calling thread's loops keep their team from one to the next, until cv_part has been called as often.
void cv_stay_together(void);
void cv_part(void);
/// Lets the calling thread's team go, so that another library's loops can start one; the next loop gathers it again.
void cv_dissolve(void);

// --- element by element ---------------------------------------------------------------------------

enum {
  cv_clip, cv_leaky, cv_elu, cv_selu, cv_silu, cv_mish, cv_hard_sigmoid, cv_hard_swish, cv_sigmoid, cv_tanh,
  cv_softplus, cv_softsign, cv_gelu, cv_gelu_tanh, cv_abs, cv_scale, cv_exp, cv_log, cv_sqrt, cv_reciprocal,
  cv_erf, cv_pow, cv_floor, cv_ceiling, cv_nearest, cv_sign, cv_threshold, cv_shrink, cv_sin,
  cv_cos
};

/// y = f(x); y may be x.
void cv_unary(int formula, float alpha, float beta, const float *x, float *y, long count);
/// dx = dy f'(x), by rule 0; only of positive dy by rule 1 (guided); dx = max(dy, 0) by rule 2.
void cv_unary_gradient(int formula, float alpha, float beta, int rule, const float *x, const float *dy,
                       float *dx, long count);

/// With the drops d[c][u] = rows[c * units + u], times factors[u] unless it is null: sums[u] = the sum over all classes c but
/// `own` of shares[c] (exp(d[own][u] - d[c][u]) - 1), of exponents up to 88; tops[u] = the greatest exponent above 0, or what is not a number.
void cv_share_changes(const float *rows, const float *factors, const float *shares, long own, long classes, long units,
                      float *sums, float *tops);

/// Comparisons give one or zero; `cv_keep` gives a where b is not zero, `cv_drop` a where b is zero, else zero.
enum {
  cv_add, cv_subtract, cv_multiply, cv_divide, cv_minimum, cv_maximum, cv_power, cv_less, cv_less_or_equal,
  cv_greater, cv_greater_or_equal, cv_equal, cv_keep, cv_drop
};

/// y = f(a, b) over `rank` axes; strides are in elements and 0 repeats; y is dense.
void cv_binary(int function, int rank, const long *extents, const float *a, const long *a_strides,
               const float *b, const long *b_strides, float *y);
/// y += a
void cv_accumulate(const float *a, float *y, long count);

// --- moving ----------------------------------------------------------------------------------------

/// y[...] = x[...] over `rank` axes with strides in elements.
void cv_copy(int rank, const long *extents, const float *x, const long *x_strides, float *y,
             const long *y_strides);
/// Copies bytes to a place that does not overlap them.
void cv_move(const void *x, void *y, long bytes);
/// batch matrices of rows x columns, each transposed.
void cv_transpose(const float *x, float *y, long batch, long rows, long columns);

enum { cv_sum, cv_mean, cv_max, cv_min };

/// y, dense over the kept axes, joins the elements along the other axes.
void cv_reduce(int function, int kept, const long *kept_extents, const long *kept_strides, int joined,
               const long *joined_extents, const long *joined_strides, const float *x, float *y);

// --- by channel --------------------------------------------------------------------------------------

/// y = x factor[c] + summand[c] over [outer, channels, inner].
void cv_channel_affine(const float *x, const float *factors, const float *summands, float *y, long outer,
                       long channels, long inner);
/// y = x where x > 0, else x slope[c].
void cv_channel_leaky(const float *x, const float *slopes, float *y, long outer, long channels, long inner);
/// dx of the same by the rules of cv_unary_gradient.
void cv_channel_leaky_gradient(int rule, const float *x, const float *slopes, const float *dy, float *dx,
                               long outer, long channels, long inner);
/// Each row of n values gets mean 0 and variance 1; statistics may be null.
void cv_normalize(const float *x, float *y, float *deviations, float epsilon, long rows, long n);
/// dx of the same from its result y and 1 / deviation of each row.
void cv_normalize_gradient(const float *y, const float *deviations, const float *dy, float *dx, long rows,
                           long n);
/// Local response normalisation across channels of [outer, channels, inner].
void cv_lrn(const float *x, float *y, long outer, long channels, long inner, long size, float alpha,
            float beta, float k);
void cv_lrn_gradient(const float *x, const float *dy, float *dx, long outer, long channels, long inner,
                     long size, float alpha, float beta, float k);
/// Softmax (or its logarithm) along the middle axis of [outer, n, inner].
void cv_softmax(const float *x, float *y, long outer, long n, long inner, int logarithm);
/// dx of the same from its result y.
void cv_softmax_gradient(const float *y, const float *dy, float *dx, long outer, long n, long inner,
                         int logarithm);

// --- windows on [N, H, W, C] -------------------------------------------------------------------------

/// `narrow` whether both are 16-bit floats.
void cv_max_pool(const cv_window *window, const float *x, float *y, int narrow);
void cv_max_pool_gradient(const cv_window *window, const float *x, const float *dy, float *dx);
void cv_average_pool(const cv_window *window, const float *x, float *y);
void cv_average_pool_gradient(const cv_window *window, const float *dy, float *dx);
/// Bins of floor(i L / n) to ceil((i + 1) L / n); only n, h, w, c, oh, ow of the window count.
void cv_adaptive_pool(const cv_window *window, int maximum, const float *x, float *y);
void cv_adaptive_pool_gradient(const cv_window *window, int maximum, const float *x, const float *dy,
                               float *dx);

/// y[o, j, i] = constant[j] + sum over taps t of j: weight[t] x[o, index[t], i]; taps of j: first[j]..<first[j + 1].
void cv_resample(const float *x, float *y, long outer, long n_in, long n_out, long inner, const long *first,
                 const long *index, const float *weight, const float *constant);
/// The transpose: dx[o, index[t], i] += weight[t] dy[o, j, i]; dx is cleared first.
void cv_resample_gradient(const float *dy, float *dx, long outer, long n_in, long n_out, long inner,
                          const long *first, const long *index, const float *weight);

// --- products ----------------------------------------------------------------------------------------

/// y[b, o] = bias[o] + sum x[b, i] w[o, i], for few rows b; reads w once. bias may be null.
void cv_linear(const float *x, const float *w, const float *bias, float *y, long batch, long inputs,
               long outputs);
/// dx[b, i] = sum dy[b, o] w[o, i], for few rows b; rows of w where dy is zero are not read.
void cv_linear_transposed(const float *dy, const float *w, float *dx, long batch, long inputs, long outputs);

/// y[i, o] = the product of the columns of block blocks[i] of w's row o with the same columns of x, for `count`
/// blocks of `width` columns each; reads w once. Where `sums` is not null it holds what remains when all rows of y are taken
/// off it.
void cv_thin_products(const float *w, const float *x, const long *blocks, long count, long width, long inputs,
                      long outputs, float *y, float *sums);
#endif
