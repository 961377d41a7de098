// What a PNG's rows become before they are compressed.
#ifndef CPNG_ROWS_H
#define CPNG_ROWS_H

#include <stddef.h>
#include <stdint.h>

enum { cpng_filter_none = 0, cpng_filter_sub = 1, cpng_filter_average = 3, cpng_filter_paeth = 4 };

/// The filtered row behind its filter's number: `length + 1` bytes. `above` is NULL for the first row.
void cpng_filter_row(uint8_t *out, const uint8_t *row, const uint8_t *above, size_t length, int step, int filter);

/// For differences from -255 to 255 the nearest multiple of an odd step, as bytes' differences.
typedef struct {
  int16_t nearest[511];
} cpng_steps;

void cpng_make_steps(cpng_steps *steps, int tolerance);

/// The same with the row changed by at most the steps' tolerance, so that differences are few; `row` becomes what a
/// reader will see.
void cpng_approximate_row(uint8_t *out, uint8_t *row, const uint8_t *above, size_t length, int step, int filter,
                          const cpng_steps *steps);
#endif
