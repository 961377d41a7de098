// PNG by libpng; its longjmp stays inside these functions.
#ifndef CPNG_H
#define CPNG_H

#include <stddef.h>
#include <stdint.h>

/// What the head of a file says, and the place of an error if there is one.
typedef struct {
  uint32_t width, height;
  int depth, color_type, interlaced;
  /// Bytes that were read when the error came up.
  size_t place;
  char message[120];
} cpng_info;

enum { cpng_gray = 0, cpng_rgb = 2, cpng_palette = 3, cpng_gray_alpha = 4, cpng_rgb_alpha = 6 };

/// Reads the head; 0 where it is one of a PNG.
int cpng_read_info(const uint8_t *bytes, size_t count, cpng_info *info);
/// Asked before each row; answers 0 to go on.
typedef int (*cpng_question)(void *context);
enum { cpng_was_stopped = 4 };

/// Reads the pixels as rows of 8-bit red, green, blue, and alpha if `alpha`; 16-bit samples lose their lower byte.
int cpng_read_pixels(const uint8_t *bytes, size_t count, int alpha, uint8_t *pixels, cpng_info *info,
                     cpng_question is_stopped, void *context);

typedef struct {
  const char *key, *text;
} cpng_text;

/// Called with pieces of the file; answers 0 to go on.
typedef int (*cpng_sink)(void *context, const uint8_t *bytes, size_t count);

/// How a file is written.
typedef struct {
  /// RGB triples that one-channel pixels point into, or NULL.
  const uint8_t *palette;
  int palette_count;
  /// zlib's level and strategy, PNG's number of a filter: 0 none, 3 average, 4 Paeth.
  int level, strategy, filter;
  /// How far a sample may be from what it was; 0 keeps every bit.
  int tolerance;
  /// How many bands of rows are compressed at the same time, at most.
  int threads;
  /// 0 leaves the size on paper open.
  double pixels_per_meter;
  const cpng_text *texts;
  int text_count;
} cpng_choices;

/// Writes rows of `channels` 8-bit samples (1 gray or an index into a palette, 3, 4).
int cpng_write(const uint8_t *pixels, uint32_t width, uint32_t height, int channels, const cpng_choices *choices,
               cpng_sink sink, void *context, char message[120]);
#endif
