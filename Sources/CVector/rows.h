// Rows of weights times rows of inputs for linear.c, compiled once for each set of instructions: NAME comes from the
// includer.

// As many elements as a register holds.
#if ROWS > 6
#define LANES 16
#define vector v16
#else
#define LANES 8
#define vector v8
#endif
#define VECTOR(p) (*(vector *)(uintptr_t)(p))

// Inputs that share a pass over the weights, rows of weights whose sums are held meanwhile, and elements of the inputs
// that stay in the second cache.
#define INPUTS 32
#define HELD 32
#define SEGMENT 1024

// Adds the products of R rows of weights with B inputs, n elements of each, to their sums, or begins these. A sum is that of
// as many parts as a register has elements, and takes the same steps whatever R and B are.
#define PRODUCTS(R, B)                                                                                         \
  static void NAME(products_##R##_##B)(const float *w, const float *x, long pitch, long n, int begins,         \
                                       float *held) {                                                          \
    vector sums[R][B];                                                                                         \
    const float *weights[R], *inputs[B];                                                                       \
    _Pragma("unroll") for (int r = 0; r < R; r++) weights[r] = w + r * pitch;                                  \
    _Pragma("unroll") for (int b = 0; b < B; b++) inputs[b] = x + b * pitch;                                   \
    _Pragma("unroll") for (int r = 0; r < R; r++)                                                              \
      _Pragma("unroll") for (int b = 0; b < B; b++)                                                            \
        sums[r][b] = begins ? (vector)0.0f : VECTOR(held + (r * INPUTS + b) * LANES);                          \
    for (long i = 0; i < n; i += LANES) {                                                                      \
      vector values[B];                                                                                        \
      _Pragma("unroll") for (int b = 0; b < B; b++) values[b] = VECTOR(inputs[b] + i);                         \
      _Pragma("unroll") for (int r = 0; r < R; r++) {                                                          \
        vector row = VECTOR(weights[r] + i);                                                                   \
        _Pragma("unroll") for (int b = 0; b < B; b++) sums[r][b] += row * values[b];                           \
      }                                                                                                        \
    }                                                                                                          \
    _Pragma("unroll") for (int r = 0; r < R; r++)                                                              \
      _Pragma("unroll") for (int b = 0; b < B; b++) VECTOR(held + (r * INPUTS + b) * LANES) = sums[r][b];      \
  }
#define ALL(B) PRODUCTS(1, B) PRODUCTS(2, B) PRODUCTS(3, B) PRODUCTS(4, B)
ALL(1) ALL(2) ALL(3)
#undef ALL
// More rows of weights at a time keep more of them on the way from memory.
PRODUCTS(8, 1)
#undef PRODUCTS

typedef void (*NAME(products_function))(const float *w, const float *x, long pitch, long n, int begins, float *held);
static const NAME(products_function) NAME(products)[4][3] = {
    {NAME(products_1_1), NAME(products_1_2), NAME(products_1_3)},
    {NAME(products_2_1), NAME(products_2_2), NAME(products_2_3)},
    {NAME(products_3_1), NAME(products_3_2), NAME(products_3_3)},
    {NAME(products_4_1), NAME(products_4_2), NAME(products_4_3)}};

// Adds up the parts of a sum, and the products of the last elements, which no register holds.
static float NAME(whole_sum)(const float *parts, const float *w, const float *x, long from, long n) {
  float sum[LANES], rest = 0;
  for (long k = from; k < n; k++) rest += x[k] * w[k];
  VECTOR(sum) = VECTOR(parts);
  for (long width = LANES / 2; width >= 1; width /= 2)
    for (long l = 0; l < width; l++) sum[l] += sum[l + width];
  return sum[0] + rest;
}

// Some outputs of all inputs.
static void NAME(linear)(const linear_rows *j, long begin, long end) {
  float held[HELD * INPUTS * LANES];
  long n = j->inputs, even = n / LANES * LANES;
  for (long first = 0; first < j->batch; first += INPUTS) {
    long count = CV_MIN(INPUTS, j->batch - first), segment = count > 3 ? SEGMENT : CV_MAX(even, 1);
    const float *x = j->x + first * n;
    for (long o = begin; o < end; o += HELD) {
      long rows = CV_MIN(HELD, end - o);
      for (long i = 0; i < even || i == 0; i += segment) {
        const float *w = j->w + o * n + i;
        long length = CV_MIN(segment, even - i), r = 0;
        if (count == 1)
          for (; r + 8 <= rows; r += 8)
            NAME(products_8_1)(w + r * n, x + i, n, length, i == 0, held + r * INPUTS * LANES);
        for (; r < rows; r += 4)
          for (long b = 0; b < count; b += 3)
            NAME(products)[CV_MIN(4, rows - r) - 1][CV_MIN(3, count - b) - 1](
                w + r * n, x + b * n + i, n, length, i == 0, held + (r * INPUTS + b) * LANES);
      }
      for (long b = 0; b < count; b++)
        for (long r = 0; r < rows; r++) {
          float sum = NAME(whole_sum)(held + (r * INPUTS + b) * LANES, j->w + (o + r) * n, x + b * n, even, n);
          j->y[(first + b) * j->outputs + o + r] = sum + (j->bias ? j->bias[o + r] : 0);
        }
    }
  }
}
#undef SEGMENT
#undef HELD
#undef INPUTS
#undef VECTOR
#undef vector
#undef LANES
