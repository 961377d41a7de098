// JPEG by libjpeg-turbo: its errors are longjmps, and none leaves this target.
#ifndef CJPEG_H
#define CJPEG_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  int width, height;
  /// 1 for gray, 3 for colour, 4 for CMYK.
  int components;
  /// Damage that could be bridged, as bytes before a marker that belong to nothing; `message` tells of the first.
  int warnings;
  /// How many bytes had been read when `message` was written.
  size_t place;
  char message[160];
} cjpeg_info;

int cjpeg_read_info(const uint8_t *bytes, size_t count, cjpeg_info *info);
/// Asked every few rows of every scan; answers 0 to go on.
typedef int (*cjpeg_question)(void *context);
enum { cjpeg_was_stopped = 4 };

/// Rows of RGB, or of CMYK as it is stored where `cmyk`. A file that ends too early is an error.
int cjpeg_read_pixels(const uint8_t *bytes, size_t count, int cmyk, uint8_t *pixels, cjpeg_info *info,
                      cjpeg_question is_stopped, void *context);
#endif
