// A picture's rows as one zlib stream, made of bands that are compressed at the same time.
#ifndef CPNG_BANDS_H
#define CPNG_BANDS_H

#include "CPNG.h"

typedef struct {
  uint8_t *bytes;
  size_t count;
} cpng_piece;

enum { cpng_most_bands = 16 };

/// The stream in `piece[0..<count]`, to be freed by the caller even where 0 is answered for want of memory.
/// `tolerance` rows are changed in a copy.
int cpng_compress(const uint8_t *pixels, uint32_t width, uint32_t height, int channels, const cpng_choices *choices,
                  cpng_piece piece[cpng_most_bands], int *count);
#endif
