#include "CFuzzing.h"

// libFuzzer's own entry, for programs that have a `main` of their own (as SwiftPM gives every program one).
extern int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test)(const uint8_t *bytes, size_t count));

int fuzz(int argc, char **argv, int (*test)(const uint8_t *bytes, size_t count)) {
  return LLVMFuzzerRunDriver(&argc, &argv, test);
}
