// Single instructions of AVX-512, for tests: the processor's, and those of the model that stands for it elsewhere.
#ifndef CV_PROBE_H
#define CV_PROBE_H

/// What is done with three vectors of 64 bytes and a mask of 16 lanes; y is 64 bytes.
enum {
  cv_probe_add_products,
  cv_probe_narrow,
  cv_probe_narrow_both,
  cv_probe_largest,
  cv_probe_least,
  cv_probe_greater,
  cv_probe_unequal,
  cv_probe_test,
  cv_probe_add_some,
  cv_probe_multiply,
  cv_probe_shift,
  cv_probe_add_halves,
  cv_probe_sum,
  cv_probe_widen,
  cv_probe_load_some,
  cv_probe_store_some,
  cv_probe_load_halves,
  cv_probe_store_halves,
  cv_probe_gather,
  cv_probe_scatter,
  cv_probe_unpack_low_halves,
  cv_probe_unpack_high_halves,
  cv_probe_unpack_low,
  cv_probe_unpack_high,
  cv_probe_unpack_low_doubles,
  cv_probe_unpack_high_doubles,
  cv_probe_pick_halves,
  cv_probe_pick_halves_of_one,
  cv_probe_pick,
  cv_probe_compress,
  cv_probe_compress_words,
  cv_probe_broadcast
};

/// Does it by the model, or by the processor; 0 where that is not there (the model is part of debug builds).
int cv_probe(int instruction, int on_model, unsigned short some, const void *a, const void *b, const void *c, void *y);
#endif
