// The one-dimensional transformations of Winograd's form: F(m, 3) on the points 0, 1, -1, 2, -2 and infinity for m outputs of
// stride one, four or fewer. With a stride of two, outputs 0, 2, ... take the window's first and last tap to the even inputs,
// which is F(m, 2) on the points 0, 1, -1, 2 and infinity, and the middle tap to the odd ones, each of which goes as it is.
#ifndef CVECTOR_WINOGRAD_POINTS_H
#define CVECTOR_WINOGRAD_POINTS_H

#include "kernels.h"

// What an input becomes has a slot for each point; behind those of stride two lie the odd inputs but the first, which has the
// slot of the point -2.
#define MOST_SLOTS 9
static inline long slots_of(long stride) { return stride == 1 ? 6 : 9; }

// Whether m outputs take a slot.
static const unsigned char takes_slot[2][5][MOST_SLOTS] = {
    {{1, 1, 1, 1, 1, 1}, {1, 1, 0, 0, 0, 1}, {1, 1, 1, 0, 0, 1}, {1, 1, 1, 1, 0, 1}, {1, 1, 1, 1, 1, 1}},
    {{1, 1, 1, 1, 1, 1, 1, 1, 1},
     {1, 0, 0, 0, 1, 1, 0, 0, 0},
     {1, 1, 0, 0, 1, 1, 1, 0, 0},
     {1, 1, 1, 0, 1, 1, 1, 1, 0},
     {1, 1, 1, 1, 1, 1, 1, 1, 1}}};

// Which of the six forms of a row of weights a slot is multiplied with.
static inline long form_of(long slot) { return slot < 6 ? slot : 4; }
// Forms that are made together.
static const unsigned char together[3][2] = {{0, 5}, {1, 2}, {3, 4}};

// B^T d for m outputs of three taps, or for one more of two, scaled, where m is less than four, for the forms of `row_forms`.
static inline __attribute__((always_inline)) void in_points(long m, const v16 *d, long from, v16 *t, long to) {
#define D(i) d[(i) * from]
#define T(i) t[(i) * to]
  if (m == 4) {
    v16 a = D(4) - 4.0f * D(2), b = D(3) - 4.0f * D(1), c = D(4) - D(2), e = 2.0f * (D(3) - D(1));
    T(0) = D(0) - 1.25f * D(2) + 0.25f * D(4);
    T(1) = a + b;
    T(2) = a - b;
    T(3) = c + e;
    T(4) = c - e;
    T(5) = 4.0f * D(1) - 5.0f * D(3) + D(5);
  } else if (m == 3) {
    T(0) = D(0) - D(2) + 0.5f * (D(3) - D(1));
    T(1) = D(1) + 0.5f * (D(2) - D(3));
    T(2) = 0.5f * D(2) - (2.0f * D(1) + D(3)) * (1.0f / 6);
    T(3) = (D(3) - D(1)) * (1.0f / 6);
    T(5) = 2.0f * (D(1) - D(3)) - D(2) + D(4);
  } else if (m == 2) {
    T(0) = D(0) - D(2);
    T(1) = 0.5f * (D(1) + D(2));
    T(2) = 0.5f * (D(2) - D(1));
    T(5) = D(3) - D(1);
  } else if (m == 1) {
    T(0) = D(0) - D(1);
    T(1) = D(1);
    T(5) = D(2) - D(1);
  } else {
    T(0) = D(0);
    T(5) = D(1);
  }
#undef D
#undef T
}

// What the 2 m + 1 or m + 2 inputs of m outputs become, `from` and `to` vectors apart.
static inline __attribute__((always_inline)) void in_slots(long stride, long m, const v16 *d, long from, v16 *t, long to) {
  if (stride == 1) {
    in_points(m, d, from, t, to);
    return;
  }
  in_points(m - 1, d, 2 * from, t, to);
  t[4 * to] = d[from];
#pragma unroll
  for (long i = 1; i < 4; i++)
    if (i < m) t[(5 + i) * to] = d[(2 * i + 1) * from];
}

// A^T p for m outputs, `from` and `to` vectors apart.
static inline __attribute__((always_inline)) void out_values(long m, const v16 *p, long from, v16 *y, long to) {
#define P(i) p[(i) * from]
#define Y(i) y[(i) * to]
  v16 a = P(1), b = P(1);
  if (m > 1) {
    a = a + P(2);
    b = b - P(2);
  }
  if (m == 4) {
    // The factors that four inputs are spared.
    const float near = -1.0f / 6, far = 1.0f / 24;
    v16 c = P(3) + P(4), e = P(3) - P(4);
    Y(0) = P(0) + near * a + far * c;
    Y(1) = near * b + 2 * far * e;
    Y(2) = near * a + 4 * far * c;
    Y(3) = P(5) + near * b + 8 * far * e;
  } else if (m == 3) {
    Y(0) = P(0) + a + P(3);
    Y(1) = b + 2.0f * P(3);
    Y(2) = a + 4.0f * P(3) + P(5);
  } else if (m == 2) {
    Y(0) = P(0) + a;
    Y(1) = b + P(5);
  } else {
    Y(0) = P(0) + a + P(5);
  }
#undef P
#undef Y
}

// A^T p for m outputs of a stride of two.
static inline __attribute__((always_inline)) void out_strided(long m, const v16 *p, long from, v16 *y, long to) {
#define P(i) p[(i) * from]
#define Y(i) y[(i) * to]
  if (m == 4) {
    v16 a = P(1) + P(2), b = P(1) - P(2);
    Y(0) = P(0) + a + P(3) + P(4);
    Y(1) = b + 2.0f * P(3) + P(6);
    Y(2) = a + 4.0f * P(3) + P(7);
    Y(3) = b + 8.0f * P(3) + P(5) + P(8);
  } else if (m == 3) {
    Y(0) = P(0) + P(1) + P(2) + P(4);
    Y(1) = P(1) - P(2) + P(6);
    Y(2) = P(1) + P(2) + P(5) + P(7);
  } else if (m == 2) {
    Y(0) = P(0) + P(1) + P(4);
    Y(1) = P(1) + P(5) + P(6);
  } else {
    Y(0) = P(0) + P(5) + P(4);
  }
#undef P
#undef Y
}

static inline __attribute__((always_inline)) void out_slots(long stride, long m, const v16 *p, long from, v16 *y, long to) {
  if (stride == 1)
    out_values(m, p, from, y, to);
  else
    out_strided(m, p, from, y, to);
}

// The forms of a row of three weights, `to` floats apart: the sums that the points make of it, but for factors that inputs
// take. Of a stride of two those of its ends, and the middle one.
static inline __attribute__((always_inline)) void row_forms(long stride, const v16 *h, float *forms, long to) {
  v16 middle = stride == 1 ? h[1] : (v16)0.0f, ends = h[0] + h[2];
  v16 far = h[0] + (stride == 1 ? 4.0f : 2.0f) * h[2];
  LOAD(forms) = h[0];
  LOAD(forms + to) = ends + middle;
  LOAD(forms + 2 * to) = stride == 1 ? ends - middle : h[0] - h[2];
  LOAD(forms + 3 * to) = far + 2.0f * middle;
  LOAD(forms + 4 * to) = stride == 1 ? far - 2.0f * middle : h[1];
  LOAD(forms + 5 * to) = h[2];
}

// Two of the six forms of a column of three weights, `tap` floats apart.
static inline __attribute__((always_inline)) void column_forms(long stride, long pair, const float *weights, long tap,
                                                              v16 *top, v16 *bottom) {
  v16 a = LOAD(weights), b = LOAD(weights + tap), c = LOAD(weights + 2 * tap);
  if (pair == 0) {
    *top = a;
    *bottom = c;
  } else if (pair == 1) {
    *top = stride == 1 ? a + c + b : a + c;
    *bottom = stride == 1 ? a + c - b : a - c;
  } else {
    *top = stride == 1 ? a + 4.0f * c + 2.0f * b : a + 2.0f * c;
    *bottom = stride == 1 ? a + 4.0f * c - 2.0f * b : b;
  }
}

#endif
