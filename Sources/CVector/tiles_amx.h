// Products of rows of pairs of 16-bit floats by AMX: up to 32 pixels times 32 outputs stay in four tiles of sums over
// all taps. Included once for the processor's tiles and, in debug builds, once for a model of them in plain C.
// NAME, ZERO, FILL, PRODUCT, KEEP, OPEN and CLOSE come from the includer. Tiles 0...3 hold sums, 4 and 5 pixels, 6 and 7 weights.

// What all of a thread's tiles look like: 16 rows of 64 bytes.
static void NAME(open_amx)(void) {
  struct {
    unsigned char palette, start, unused[14];
    unsigned short bytes[16];
    unsigned char rows[16];
  } shape = {.palette = 1};
  for (int i = 0; i < 8; i++) {
    shape.bytes[i] = 64;
    shape.rows[i] = 16;
  }
  OPEN(&shape);
}

static void NAME(close_amx)(void) { CLOSE(); }

static void NAME(multiply)(const tile *j, const float *const *rows, const float *w, float *y, const float *residual,
                           const float *bias, long count, long vectors) {
  _Alignas(64) float copied[2][16 * 16], last[16 * BLOCK], sums[AMX_ROWS * BLOCK];
  long lower = CV_MIN(count, 16), upper = count - lower, width = 16 * vectors, run = j->run;
  int both = vectors == 2;
  ZERO(0);
  ZERO(1);
  ZERO(2);
  ZERO(3);
  for (long t = 0; t < j->taps; t++, w += run * width) {
    const float *const *p = rows + t * AMX_ROWS;
    long near = distance_of(p, lower), far = distance_of(p + 16, upper);
    for (long k = 0; k < run; k += 16) {
      long depth = CV_MIN(16, run - k);
      const float *b = w + k * width;
      if (depth < 16) {
        memset(last, 0, sizeof last);
        memcpy(last, b, sizeof(float) * (size_t)(depth * width));
        b = last;
      }
      FILL(6, b, 4 * width);
      if (both) FILL(7, b + 16, 4 * width);
      if (near != UNEVEN && depth == 16) {
        FILL(4, p[0] + k, near);
      } else {
        copy_pixels(p, lower, k, depth, copied[0]);
        FILL(4, copied[0], 64);
      }
      PRODUCT(0, 4, 6);
      if (both) PRODUCT(1, 4, 7);
      if (upper == 0) continue;
      if (far != UNEVEN && depth == 16) {
        FILL(5, p[16] + k, far);
      } else {
        copy_pixels(p + 16, upper, k, depth, copied[1]);
        FILL(5, copied[1], 64);
      }
      PRODUCT(2, 5, 6);
      if (both) PRODUCT(3, 5, 7);
    }
  }
  KEEP(0, sums, 4 * BLOCK);
  if (both) KEEP(1, sums + 16, 4 * BLOCK);
  if (upper) KEEP(2, sums + 16 * BLOCK, 4 * BLOCK);
  if (upper && both) KEEP(3, sums + 16 * BLOCK + 16, 4 * BLOCK);
  finish_pixels(j, sums, count, vectors, y, residual, bias);
}

#define TILE(R)                                                                                                 \
  static void NAME(amx_##R##_1)(const tile *j, const float *const *rows, const float *w, float *y,              \
                                const float *residual, const float *bias) {                                     \
    NAME(multiply)(j, rows, w, y, residual, bias, R, 1);                                                        \
  }                                                                                                             \
  static void NAME(amx_##R##_2)(const tile *j, const float *const *rows, const float *w, float *y,              \
                                const float *residual, const float *bias) {                                     \
    NAME(multiply)(j, rows, w, y, residual, bias, R, 2);                                                        \
  }
#define ALL(M, NV)                                                                                              \
  M(1, NV) M(2, NV) M(3, NV) M(4, NV) M(5, NV) M(6, NV) M(7, NV) M(8, NV) M(9, NV) M(10, NV) M(11, NV) M(12, NV)  \
  M(13, NV) M(14, NV) M(15, NV) M(16, NV) M(17, NV) M(18, NV) M(19, NV) M(20, NV) M(21, NV) M(22, NV) M(23, NV)  \
  M(24, NV) M(25, NV) M(26, NV) M(27, NV) M(28, NV) M(29, NV) M(30, NV) M(31, NV) M(32, NV)
#define MAKE(R, NV) TILE(R)
#define LIST(R, NV) NAME(amx_##R##_##NV),
ALL(MAKE, 0)
static const tile_function NAME(tiles_of_amx)[2][AMX_ROWS] = {{ALL(LIST, 1)}, {ALL(LIST, 2)}};
#undef LIST
#undef MAKE
#undef ALL
#undef TILE

static const kernels NAME(kernels_amx) = {.rows = AMX_ROWS,
                                          .tiles = {NAME(tiles_of_amx)[0], NAME(tiles_of_amx)[1]},
                                          .open = NAME(open_amx),
                                          .close = NAME(close_amx)};
#undef NAME
#undef ZERO
#undef FILL
#undef PRODUCT
#undef KEEP
#undef OPEN
#undef CLOSE
