// WebP by libwebp where the machine has it; loaded when the first such picture is read.
#ifndef CWEBP_H
#define CWEBP_H

#include <stddef.h>
#include <stdint.h>

/// Whether the library is there.
int cwebp_is_available(void);
/// 0 where the head is one of a WebP picture.
int cwebp_read_info(const uint8_t *bytes, size_t count, int *width, int *height);
/// Asked between pieces of the file; answers 0 to go on.
typedef int (*cwebp_question)(void *context);
enum { cwebp_was_stopped = 4 };

/// Rows of RGB, or RGBA; 0 where all was read.
int cwebp_read_pixels(const uint8_t *bytes, size_t count, int alpha, uint8_t *pixels, int width, int height,
                      cwebp_question is_stopped, void *context);
#endif
