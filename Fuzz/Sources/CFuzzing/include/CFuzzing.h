#ifndef CFUZZING_H
#define CFUZZING_H

#include <stddef.h>
#include <stdint.h>

/// Runs libFuzzer over `test` with the program's arguments; gives the program's exit status.
int fuzz(int argc, char **argv, int (*test)(const uint8_t *bytes, size_t count));

#endif
