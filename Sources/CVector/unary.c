#include "internal.h"

typedef struct {
  int formula, rule;
  float alpha, beta;
  const float *x, *dy;
  float *y;
} unary;

// e to the x by a polynomial of degree 6 on [-ln2/2, ln2/2]; 2 units in the last place, vectorisable.
static inline float exponential(float x) {
  float bounded = fminf(fmaxf(x, -87.3f), 88.7f);
  float n = __builtin_rintf(bounded * 1.44269504f);
  float r = bounded - n * 0.693359375f;
  r -= n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  // Two factors, because 2^n alone can overflow where the product does not.
  int whole = (int)n, half = whole / 2;
  union { int i; float f; } a, b;
  a.i = (half + 127) << 23;
  b.i = (whole - half + 127) << 23;
  float result = p * a.f * b.f;
  return x < -103.0f ? 0.0f : (x > 88.73f ? INFINITY : (x == x ? result : x));
}

static inline float logistic(float x) {
  float e = exponential(-fabsf(x));
  return (x >= 0 ? 1.0f : e) / (1.0f + e);
}

static inline float hyperbolic(float x) {
  float e = exponential(-2.0f * fabsf(x));
  // Near zero the quotient cancels; the series does not.
  float square = x * x;
  float series = x * (1.0f + square * (-1.0f / 3 + square * (2.0f / 15 - square * (17.0f / 315))));
  float quotient = copysignf((1.0f - e) / (1.0f + e), x);
  return fabsf(x) < 0.1f ? series : quotient;
}

static inline float softplus(float x) { return fmaxf(x, 0.0f) + log1pf(expf(-fabsf(x))); }

#define NORMAL 0.3989422804f
#define GELU_A 0.7978845608f
#define GELU_B 0.044715f

// Where a function is flat nothing comes back, even of what is infinite: behind a shut rectifier, as in PyTorch.
#define EACH(value, derivative)                                                       \
  do {                                                                                \
    if (!dy) {                                                                        \
      for (long i = begin; i < end; i++) { float v = x[i]; y[i] = (value); }          \
    } else if (u->rule == 0) {                                                        \
      for (long i = begin; i < end; i++) {                                            \
        float v = x[i]; (void)v; float slope = (derivative);                          \
        y[i] = slope == 0 ? 0.0f : dy[i] * slope;                                     \
      }                                                                               \
    } else {                                                                          \
      for (long i = begin; i < end; i++) {                                            \
        float v = x[i]; (void)v; float g = dy[i] > 0 ? dy[i] : 0.0f;                  \
        y[i] = u->rule == 1 ? g * (derivative) : g;                                   \
      }                                                                               \
    }                                                                                 \
  } while (0)

CV_HOT static void light(long begin, long end, const unary *u) {
  const float *x = u->x, *dy = u->dy;
  float *y = u->y;
  float a = u->alpha, b = u->beta;
  switch (u->formula) {
    case cv_clip: EACH(v < a ? a : (v > b ? b : v), v > a && v < b ? 1.0f : 0.0f); break;
    case cv_leaky: EACH(v > 0 ? v : v * a, v > 0 ? 1.0f : a); break;
    case cv_hard_sigmoid:
      EACH(fminf(fmaxf(v * a + b, 0.0f), 1.0f), v * a + b > 0 && v * a + b < 1 ? a : 0.0f);
      break;
    case cv_hard_swish:
      EACH(v * fminf(fmaxf(v + 3.0f, 0.0f), 6.0f) / 6.0f,
           v <= -3 ? 0.0f : (v >= 3 ? 1.0f : v / 3.0f + 0.5f));
      break;
    case cv_abs: EACH(fabsf(v), v > 0 ? 1.0f : (v < 0 ? -1.0f : 0.0f)); break;
    case cv_scale: EACH(v * a + b, a); break;
    case cv_softsign: EACH(v / (1 + fabsf(v)), 1 / ((1 + fabsf(v)) * (1 + fabsf(v)))); break;
    case cv_sqrt: EACH(sqrtf(v), 0.5f / sqrtf(v)); break;
    case cv_reciprocal: EACH(1 / v, -1 / (v * v)); break;
    case cv_floor: EACH(floorf(v), 0.0f); break;
    case cv_ceiling: EACH(ceilf(v), 0.0f); break;
    case cv_nearest: EACH(__builtin_rintf(v), 0.0f); break;
    case cv_sign: EACH(v > 0 ? 1.0f : (v < 0 ? -1.0f : v), 0.0f); break;
    case cv_threshold: EACH(v > a ? v : 0.0f, v > a ? 1.0f : 0.0f); break;
    case cv_shrink: EACH(v < -a ? v + b : (v > a ? v - b : 0.0f), v < -a || v > a ? 1.0f : 0.0f); break;
    case cv_silu: EACH(v * logistic(v), logistic(v) * (1 + v * (1 - logistic(v)))); break;
    case cv_sigmoid: EACH(logistic(v), logistic(v) * (1 - logistic(v))); break;
    case cv_tanh: EACH(hyperbolic(v), 1 - hyperbolic(v) * hyperbolic(v)); break;
    case cv_exp: EACH(exponential(v), exponential(v)); break;
    case cv_gelu_tanh: {
      EACH(0.5f * v * (1 + hyperbolic(GELU_A * (v + GELU_B * v * v * v))),
           0.5f * (1 + hyperbolic(GELU_A * (v + GELU_B * v * v * v))) +
               0.5f * v *
                   (1 - hyperbolic(GELU_A * (v + GELU_B * v * v * v)) *
                            hyperbolic(GELU_A * (v + GELU_B * v * v * v))) *
                   GELU_A * (1 + 3 * GELU_B * v * v));
      break;
    }
  }
}

static float mish_derivative(float v) {
  float t = tanhf(softplus(v));
  return t + v * (1 - t * t) * logistic(v);
}

static void heavy(long begin, long end, const unary *u) {
  const float *x = u->x, *dy = u->dy;
  float *y = u->y;
  float a = u->alpha, b = u->beta;
  switch (u->formula) {
    case cv_elu: EACH(v > 0 ? v : a * expm1f(v), v > 0 ? 1.0f : a * expf(v)); break;
    case cv_selu: EACH(b * (v > 0 ? v : a * expm1f(v)), b * (v > 0 ? 1.0f : a * expf(v))); break;
    case cv_mish: EACH(v * tanhf(softplus(v)), mish_derivative(v)); break;
    case cv_softplus: EACH(softplus(v), logistic(v)); break;
    case cv_gelu:
      EACH(0.5f * v * (1 + erff(v * 0.70710678f)),
           0.5f * (1 + erff(v * 0.70710678f)) + v * NORMAL * expf(-0.5f * v * v));
      break;
    case cv_log: EACH(logf(v), 1 / v); break;
    case cv_erf: EACH(erff(v), 1.1283791671f * expf(-v * v)); break;
    case cv_pow: EACH(powf(v, a), a == 0 ? 0.0f : a * powf(v, a - 1)); break;
    case cv_sin: EACH(sinf(v), cosf(v)); break;
    case cv_cos: EACH(cosf(v), -sinf(v)); break;
  }
}

static void part(long begin, long end, void *context) {
  const unary *u = context;
  switch (u->formula) {
    case cv_elu: case cv_selu: case cv_mish: case cv_softplus: case cv_gelu: case cv_log: case cv_erf:
    case cv_pow: case cv_sin: case cv_cos:
      heavy(begin, end, u);
      break;
    default: light(begin, end, u);
  }
}

void cv_unary(int formula, float alpha, float beta, const float *x, float *y, long count) {
  unary u = {formula, 0, alpha, beta, x, 0, y};
  cv_parallel(count, 16384, part, &u);
}

void cv_unary_gradient(int formula, float alpha, float beta, int rule, const float *x, const float *dy,
                       float *dx, long count) {
  unary u = {formula, rule, alpha, beta, x, dy, dx};
  cv_parallel(count, 16384, part, &u);
}
