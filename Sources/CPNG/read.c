#include "CPNG.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const uint8_t *bytes;
  size_t count, place;
  cpng_info *info;
} reader;

// Most of libpng's messages about a chunk begin with its name; the others get it here.
static void fail(png_structp png, png_const_charp message) {
  char *target = png_get_error_ptr(png);
  uint32_t chunk = png_get_io_chunk_type(png);
  char name[5] = {(char)(chunk >> 24), (char)(chunk >> 16), (char)(chunk >> 8), (char)chunk, 0};
  int is_named = chunk == 0 || !strncmp(message, name, 4);
  // Such a name libpng spells in hexadecimal itself.
  for (int i = 0; i < 4; i++)
    if (!((name[i] | 32) >= 'a' && (name[i] | 32) <= 'z')) is_named = 1;
  snprintf(target, 120, is_named ? "%.0s%s" : "%s: %s", name, message);
  longjmp(png_jmpbuf(png), 1);
}

static void ignore(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void pull(png_structp png, png_bytep target, size_t count) {
  reader *r = png_get_io_ptr(png);
  if (count > r->count - r->place) {
    r->place = r->count;
    png_error(png, "the file ends too early");
  }
  memcpy(target, r->bytes + r->place, count);
  r->place += count;
}

static int read_png(const uint8_t *bytes, size_t count, int alpha, uint8_t *pixels, cpng_info *info,
                    cpng_question is_stopped, void *context) {
  memset(info, 0, sizeof *info);
  if (count < 8 || png_sig_cmp(bytes, 0, 8)) {
    strcpy(info->message, "no PNG signature");
    return 1;
  }
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, info->message, fail, ignore);
  if (!png) return 2;
  png_infop head = png_create_info_struct(png);
  reader r = {bytes, count, 0, info};
  if (!head || setjmp(png_jmpbuf(png))) {
    info->place = r.place;
    png_destroy_read_struct(&png, &head, NULL);
    return 3;
  }
  png_set_read_fn(png, &r, pull);
  // Sizes are judged by the caller before pixels are asked for.
  png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
  png_set_chunk_malloc_max(png, 64 << 20);
  // libpng takes memory for as long a chunk of this kind as its head claims; our own reader looks at it.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, (png_const_bytep) "eXIf", 1);
  png_read_info(png, head);
  info->width = png_get_image_width(png, head);
  info->height = png_get_image_height(png, head);
  info->depth = png_get_bit_depth(png, head);
  info->color_type = png_get_color_type(png, head);
  info->interlaced = png_get_interlace_type(png, head) != PNG_INTERLACE_NONE;
  if (pixels) {
    int has_alpha = (info->color_type & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(png, head, PNG_INFO_tRNS);
    if (info->depth == 16) png_set_strip_16(png);
    if (info->color_type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (info->color_type == PNG_COLOR_TYPE_GRAY && info->depth < 8) png_set_expand_gray_1_2_4_to_8(png);
    if (alpha && png_get_valid(png, head, PNG_INFO_tRNS)) png_set_tRNS_to_alpha(png);
    if (!(info->color_type & PNG_COLOR_MASK_COLOR)) png_set_gray_to_rgb(png);
    if (alpha && !has_alpha) png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
    if (!alpha && has_alpha) png_set_strip_alpha(png);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, head);
    size_t stride = (size_t)info->width * (alpha ? 4 : 3);
    if (png_get_rowbytes(png, head) != stride) png_error(png, "rows of an unexpected length");
    for (int pass = 0; pass < passes; pass++)
      for (uint32_t y = 0; y < info->height; y++) {
        if (is_stopped(context)) {
          png_destroy_read_struct(&png, &head, NULL);
          return cpng_was_stopped;
        }
        png_read_row(png, pixels + stride * y, NULL);
      }
    png_read_end(png, NULL);
  }
  info->place = r.place;
  png_destroy_read_struct(&png, &head, NULL);
  return 0;
}

int cpng_read_info(const uint8_t *bytes, size_t count, cpng_info *info) {
  return read_png(bytes, count, 0, NULL, info, NULL, NULL);
}

int cpng_read_pixels(const uint8_t *bytes, size_t count, int alpha, uint8_t *pixels, cpng_info *info,
                     cpng_question is_stopped, void *context) {
  return read_png(bytes, count, alpha, pixels, info, is_stopped, context);
}
