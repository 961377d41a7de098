#include "CPNG.h"

#include "bands.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  cpng_sink sink;
  void *context;
} writer;

static void fail(png_structp png, png_const_charp message) {
  char *target = png_get_error_ptr(png);
  strncpy(target, message, 119);
  target[119] = 0;
  longjmp(png_jmpbuf(png), 1);
}

static void ignore(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void push(png_structp png, png_bytep bytes, size_t count) {
  writer *w = png_get_io_ptr(png);
  if (w->sink(w->context, bytes, count)) png_error(png, "the file cannot be written");
}

static void flush(png_structp png) { (void)png; }

static void write_head(png_structp png, png_infop head, uint32_t width, uint32_t height, int channels,
                       const cpng_choices *choices) {
  int type = choices->palette ? PNG_COLOR_TYPE_PALETTE
             : channels == 1  ? PNG_COLOR_TYPE_GRAY
             : channels == 3  ? PNG_COLOR_TYPE_RGB
                              : PNG_COLOR_TYPE_RGB_ALPHA;
  png_set_IHDR(png, head, width, height, 8, type, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  if (choices->palette) png_set_PLTE(png, head, (png_const_colorp)choices->palette, choices->palette_count);
  png_uint_32 density = (png_uint_32)(choices->pixels_per_meter + 0.5);
  if (density > 0) png_set_pHYs(png, head, density, density, PNG_RESOLUTION_METER);
  for (int i = 0; i < choices->text_count; i++) {
    png_text text = {0};
    text.compression = PNG_ITXT_COMPRESSION_NONE;
    text.key = (png_charp)choices->texts[i].key;
    text.text = (png_charp)choices->texts[i].text;
    text.lang = "";
    text.lang_key = "";
    png_set_text(png, head, &text, 1);
  }
  png_write_info(png, head);
}

int cpng_write(const uint8_t *pixels, uint32_t width, uint32_t height, int channels, const cpng_choices *choices,
               cpng_sink sink, void *context, char message[120]) {
  message[0] = 0;
  cpng_piece piece[cpng_most_bands] = {{0}};
  int count = 0;
  png_structp volatile png = NULL;
  png_infop volatile head = NULL;
  writer w = {sink, context};
  int volatile status = 1;
  if (!cpng_compress(pixels, width, height, channels, choices, piece, &count)) {
    strcpy(message, "memory is short");
  } else if ((png = png_create_write_struct(PNG_LIBPNG_VER_STRING, message, fail, ignore)) &&
             (head = png_create_info_struct(png)) && !setjmp(png_jmpbuf(png))) {
    png_set_write_fn(png, &w, push, flush);
    png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
    write_head(png, head, width, height, channels, choices);
    for (int i = 0; i < count; i++) png_write_chunk(png, (png_const_bytep) "IDAT", piece[i].bytes, piece[i].count);
    png_write_chunk(png, (png_const_bytep) "IEND", NULL, 0);
    status = 0;
  }
  png_structp old_png = png;
  png_infop old_head = head;
  if (old_png) png_destroy_write_struct(&old_png, &old_head);
  for (int i = 0; i < count; i++) free(piece[i].bytes);
  return status;
}
