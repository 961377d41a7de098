// AMX's tiles in plain C, so that the loops on them are tested on processors that have none.
#include <stdlib.h>

typedef struct {
  unsigned char palette, start, unused[14];
  unsigned short bytes[16];
  unsigned char rows[16];
} model_shape;

static _Thread_local model_shape shape_of_model;
static _Thread_local unsigned char model_tiles[8][16][64];

static void model_open(const void *shape) {
  memcpy(&shape_of_model, shape, sizeof shape_of_model);
  memset(model_tiles, 0, sizeof model_tiles);
}

static void model_close(void) { memset(&shape_of_model, 0, sizeof shape_of_model); }

// The processor raises a fault where tiles have no shape.
static void model_needs_shape(int t) {
  if (shape_of_model.palette != 1 || shape_of_model.rows[t] == 0) abort();
}

static void model_zero(int t) {
  model_needs_shape(t);
  memset(model_tiles[t], 0, sizeof model_tiles[t]);
}

static void model_fill(int t, const void *p, long step) {
  model_zero(t);
  for (int r = 0; r < shape_of_model.rows[t]; r++)
    memcpy(model_tiles[t][r], (const char *)p + r * step, shape_of_model.bytes[t]);
}

static void model_keep(int t, void *p, long step) {
  model_needs_shape(t);
  for (int r = 0; r < shape_of_model.rows[t]; r++)
    memcpy((char *)p + r * step, model_tiles[t][r], shape_of_model.bytes[t]);
}

static float model_half(int t, int row, int i) {
  uint16_t half;
  memcpy(&half, model_tiles[t][row] + 2 * i, sizeof half);
  return widen(half);
}

// Products so far, of all threads.
static long model_count;

static void model_product(int sum, int a, int b) {
  model_needs_shape(sum);
  __atomic_fetch_add(&model_count, 1, __ATOMIC_RELAXED);
  for (int m = 0; m < shape_of_model.rows[sum]; m++)
    for (int n = 0; n < shape_of_model.bytes[sum] / 4; n++) {
      float z;
      memcpy(&z, model_tiles[sum][m] + 4 * n, sizeof z);
      for (int k = 0; k < shape_of_model.bytes[a] / 4; k++)
        for (int half = 0; half < 2; half++)
          z += model_half(a, m, 2 * k + half) * model_half(b, k, 2 * n + half);
      memcpy(model_tiles[sum][m] + 4 * n, &z, sizeof z);
    }
}
