#include "internal.h"

#define AXES 12

// The position of an outer index: the offsets that its axes add up to.
static void offsets(long index, int rank, const long *extents, const long *a, const long *b, long *oa, long *ob) {
  *oa = 0;
  *ob = 0;
  for (int axis = rank - 1; axis >= 0; axis--) {
    long at = index % extents[axis];
    index /= extents[axis];
    *oa += at * a[axis];
    *ob += at * b[axis];
  }
}

// Joins neighbouring axes that all operands walk evenly, so that inner loops are long.
static int merged(int rank, const long *extents, const long *a, const long *b, const long *c, long *e2,
                  long *a2, long *b2, long *c2) {
  int n = 0;
  for (int axis = 0; axis < rank; axis++) {
    if (extents[axis] == 1) continue;
    long e = extents[axis];
    if (n > 0 && a2[n - 1] == a[axis] * e && b2[n - 1] == b[axis] * e && c2[n - 1] == c[axis] * e) {
      e2[n - 1] *= e;
      a2[n - 1] = a[axis];
      b2[n - 1] = b[axis];
      c2[n - 1] = c[axis];
    } else {
      e2[n] = e;
      a2[n] = a[axis];
      b2[n] = b[axis];
      c2[n] = c[axis];
      n++;
    }
  }
  if (n == 0) {
    e2[0] = 1;
    a2[0] = b2[0] = c2[0] = 1;
    n = 1;
  }
  return n;
}

typedef struct {
  int function, rank;
  long extents[AXES], a_strides[AXES], b_strides[AXES], y_strides[AXES];
  const float *a, *b;
  float *y;
} walk;

#define PAIRS(value)                                                                              \
  do {                                                                                            \
    if (sa == 1 && sb == 1) {                                                                     \
      for (long i = 0; i < n; i++) { float p = a[i], q = b[i]; y[i] = (value); }                  \
    } else if (sa == 1 && sb == 0) {                                                              \
      float q = b[0];                                                                             \
      for (long i = 0; i < n; i++) { float p = a[i]; y[i] = (value); }                            \
    } else {                                                                                      \
      for (long i = 0; i < n; i++) { float p = a[i * sa], q = b[i * sb]; y[i] = (value); }        \
    }                                                                                             \
  } while (0)

CV_HOT static void row(int function, const float *a, long sa, const float *b, long sb, float *y, long n) {
  switch (function) {
    case cv_add: PAIRS(p + q); break;
    case cv_subtract: PAIRS(p - q); break;
    case cv_multiply: PAIRS(p * q); break;
    case cv_divide: PAIRS(p / q); break;
    case cv_minimum: PAIRS(p < q || p != p ? p : q); break;
    case cv_maximum: PAIRS(p > q || p != p ? p : q); break;
    case cv_power: PAIRS(powf(p, q)); break;
    case cv_less: PAIRS(p < q ? 1.0f : 0.0f); break;
    case cv_less_or_equal: PAIRS(p <= q ? 1.0f : 0.0f); break;
    case cv_greater: PAIRS(p > q ? 1.0f : 0.0f); break;
    case cv_greater_or_equal: PAIRS(p >= q ? 1.0f : 0.0f); break;
    case cv_equal: PAIRS(p == q ? 1.0f : 0.0f); break;
    case cv_keep: PAIRS(q != 0 ? p : 0.0f); break;
    case cv_drop: PAIRS(q == 0 ? p : 0.0f); break;
  }
}

static void binary_rows(long begin, long end, void *context) {
  const walk *w = context;
  int inner = w->rank - 1;
  for (long index = begin; index < end; index++) {
    long oa, ob, oy, unused;
    offsets(index, inner, w->extents, w->a_strides, w->b_strides, &oa, &ob);
    offsets(index, inner, w->extents, w->y_strides, w->y_strides, &oy, &unused);
    row(w->function, w->a + oa, w->a_strides[inner], w->b + ob, w->b_strides[inner], w->y + oy,
        w->extents[inner]);
  }
}

static long outer_count(const walk *w) {
  long count = 1;
  for (int axis = 0; axis < w->rank - 1; axis++) count *= w->extents[axis];
  return count;
}

void cv_binary(int function, int rank, const long *extents, const float *a, const long *a_strides,
               const float *b, const long *b_strides, float *y) {
  walk w = {.function = function, .a = a, .b = b, .y = y};
  if (rank > AXES) return;
  long dense[AXES];
  long step = 1;
  for (int axis = rank - 1; axis >= 0; axis--) {
    dense[axis] = step;
    step *= extents[axis];
  }
  if (step == 0) return;
  w.rank = merged(rank, extents, a_strides, b_strides, dense, w.extents, w.a_strides, w.b_strides, w.y_strides);
  if (w.rank == 1 && w.extents[0] > 32768) {
    // One long row: split it so that threads share it.
    long n = w.extents[0], parts = 64, length = (n + parts - 1) / parts;
    length = (length + 15) & ~15L;
    walk split = w;
    long whole = n / length;
    split.rank = 2;
    split.extents[0] = whole;
    split.extents[1] = length;
    split.a_strides[1] = w.a_strides[0];
    split.b_strides[1] = w.b_strides[0];
    split.y_strides[1] = 1;
    split.a_strides[0] = length * w.a_strides[0];
    split.b_strides[0] = length * w.b_strides[0];
    split.y_strides[0] = length;
    cv_parallel(whole, 1, binary_rows, &split);
    long done = whole * length;
    row(function, a + done * w.a_strides[0], w.a_strides[0], b + done * w.b_strides[0], w.b_strides[0], y + done,
        n - done);
    return;
  }
  cv_parallel(outer_count(&w), CV_MAX(1, 16384 / w.extents[w.rank - 1]), binary_rows, &w);
}

CV_HOT static void add_row(const float *a, float *y, long n) {
  for (long i = 0; i < n; i++) y[i] += a[i];
}

typedef struct {
  const float *a;
  float *y;
} pair;

static void accumulate_part(long begin, long end, void *context) {
  const pair *p = context;
  add_row(p->a + begin, p->y + begin, end - begin);
}

void cv_accumulate(const float *a, float *y, long count) {
  pair p = {a, y};
  cv_parallel(count, 32768, accumulate_part, &p);
}

static void copy_rows(long begin, long end, void *context) {
  const walk *w = context;
  int inner = w->rank - 1;
  long n = w->extents[inner], sx = w->a_strides[inner], sy = w->y_strides[inner];
  for (long index = begin; index < end; index++) {
    long ox, oy;
    offsets(index, inner, w->extents, w->a_strides, w->y_strides, &ox, &oy);
    const float *x = w->a + ox;
    float *y = w->y + oy;
    if (sx == 1 && sy == 1) {
      memcpy(y, x, (size_t)n * sizeof(float));
    } else {
      for (long i = 0; i < n; i++) y[i * sy] = x[i * sx];
    }
  }
}

void cv_copy(int rank, const long *extents, const float *x, const long *x_strides, float *y, const long *y_strides) {
  walk w = {.a = x, .y = y};
  if (rank > AXES) return;
  for (int axis = 0; axis < rank; axis++)
    if (extents[axis] <= 0) return;
  w.rank = merged(rank, extents, x_strides, x_strides, y_strides, w.extents, w.a_strides, w.b_strides, w.y_strides);
  cv_parallel(outer_count(&w), CV_MAX(1, 16384 / w.extents[w.rank - 1]), copy_rows, &w);
}

typedef struct {
  const char *x;
  char *y;
} bytes_job;

static void move_part(long begin, long end, void *context) {
  const bytes_job *j = context;
  memcpy(j->y + begin, j->x + begin, (size_t)(end - begin));
}

void cv_move(const void *x, void *y, long bytes) {
  bytes_job j = {x, y};
  cv_parallel(bytes, 1 << 16, move_part, &j);
}

typedef struct {
  int function, kept, joined;
  const long *kept_extents, *kept_strides, *joined_extents, *joined_strides;
  const float *x;
  float *y;
} reduction;

static void reduce_part(long begin, long end, void *context) {
  const reduction *r = context;
  int inner = r->joined - 1;
  long outer = 1, n = r->joined_extents[inner], step = r->joined_strides[inner];
  for (int axis = 0; axis < inner; axis++) outer *= r->joined_extents[axis];
  for (long index = begin; index < end; index++) {
    long base, unused, offset;
    offsets(index, r->kept, r->kept_extents, r->kept_strides, r->kept_strides, &base, &unused);
    double sum = 0;
    float extreme = r->function == cv_max ? -INFINITY : INFINITY;
    for (long o = 0; o < outer; o++) {
      offsets(o, inner, r->joined_extents, r->joined_strides, r->joined_strides, &offset, &unused);
      const float *x = r->x + base + offset;
      switch (r->function) {
        case cv_max:
          for (long i = 0; i < n; i++) extreme = x[i * step] > extreme || x[i * step] != x[i * step] ? x[i * step] : extreme;
          break;
        case cv_min:
          for (long i = 0; i < n; i++) extreme = x[i * step] < extreme || x[i * step] != x[i * step] ? x[i * step] : extreme;
          break;
        default:
          for (long i = 0; i < n; i++) sum += x[i * step];
      }
    }
    switch (r->function) {
      case cv_sum: r->y[index] = (float)sum; break;
      case cv_mean: r->y[index] = (float)(sum / ((double)outer * n)); break;
      default: r->y[index] = extreme;
    }
  }
}

void cv_reduce(int function, int kept, const long *kept_extents, const long *kept_strides, int joined,
               const long *joined_extents, const long *joined_strides, const float *x, float *y) {
  long one = 1, count = 1, each = 1;
  for (int axis = 0; axis < kept; axis++) count *= kept_extents[axis];
  for (int axis = 0; axis < joined; axis++) each *= joined_extents[axis];
  reduction r = {function, kept, joined, kept_extents, kept_strides, joined_extents, joined_strides, x, y};
  if (joined == 0) {
    r.joined = 1;
    r.joined_extents = &one;
    r.joined_strides = &one;
  }
  cv_parallel(count, CV_MAX(1, 16384 / CV_MAX(each, 1)), reduce_part, &r);
}

typedef struct {
  const float *x;
  float *y;
  long rows, columns, blocks;
} matrices;

// Blocks of 16 rows: each cache line of either side is touched once.
static void transpose_blocks(long begin, long end, void *context) {
  const matrices *m = context;
  for (long block = begin; block < end; block++) {
    long batch = block / m->blocks, first = block % m->blocks * 16;
    long last = CV_MIN(first + 16, m->rows);
    const float *x = m->x + batch * m->rows * m->columns;
    float *y = m->y + batch * m->rows * m->columns;
    for (long column = 0; column < m->columns; column++)
      for (long row = first; row < last; row++) y[column * m->rows + row] = x[row * m->columns + column];
  }
}

// The same where there are few rows: blocks of columns.
static void transpose_thin(long begin, long end, void *context) {
  const matrices *m = context;
  for (long block = begin; block < end; block++) {
    long batch = block / m->blocks, first = block % m->blocks * 1024;
    long last = CV_MIN(first + 1024, m->columns);
    const float *x = m->x + batch * m->rows * m->columns;
    float *y = m->y + batch * m->rows * m->columns;
    for (long column = first; column < last; column++)
      for (long row = 0; row < m->rows; row++) y[column * m->rows + row] = x[row * m->columns + column];
  }
}

void cv_transpose(const float *x, float *y, long batch, long rows, long columns) {
  if (rows <= 16) {
    matrices m = {x, y, rows, columns, (columns + 1023) / 1024};
    cv_parallel(batch * m.blocks, CV_MAX(1, 16 / CV_MAX(rows, 1)), transpose_thin, &m);
  } else {
    matrices m = {x, y, rows, columns, (rows + 15) / 16};
    cv_parallel(batch * m.blocks, CV_MAX(1, 1024 / CV_MAX(columns, 1)), transpose_blocks, &m);
  }
}
