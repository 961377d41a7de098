// A canvas: what figures need of Cairo, no more.
#include "CCairo.h"
#include "library.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ccairo_canvas {
  const struct library *lib;
  cairo_surface_t *surface;
  cairo_t *context;
  uint8_t *bytes;
  size_t count, capacity;
};

static cairo_status_t collect(void *closure, const unsigned char *bytes, unsigned int count) {
  ccairo_canvas *canvas = closure;
  if (count > canvas->capacity - canvas->count) {
    size_t capacity = (canvas->capacity + count) * 2;
    uint8_t *grown = realloc(canvas->bytes, capacity);
    if (!grown) return CAIRO_STATUS_WRITE_ERROR;
    canvas->bytes = grown;
    canvas->capacity = capacity;
  }
  memcpy(canvas->bytes + canvas->count, bytes, count);
  canvas->count += count;
  return CAIRO_STATUS_SUCCESS;
}

static ccairo_canvas *begin(void) {
  const struct library *lib = ccairo_library();
  if (lib->missing) return NULL;
  ccairo_canvas *canvas = calloc(1, sizeof *canvas);
  if (canvas) canvas->lib = lib;
  return canvas;
}

static ccairo_canvas *opened(ccairo_canvas *canvas) {
  const struct library *lib = canvas->lib;
  canvas->context = lib->cairo_create(canvas->surface);
  if (lib->cairo_surface_status(canvas->surface) || lib->cairo_status(canvas->context)) {
    ccairo_free(canvas);
    return NULL;
  }
  lib->cairo_set_font_options(canvas->context, lib->options);
  lib->cairo_set_line_join(canvas->context, CAIRO_LINE_JOIN_ROUND);
  return canvas;
}

ccairo_canvas *ccairo_make_image(double width, double height, double scale) {
  ccairo_canvas *canvas = begin();
  if (!canvas) return NULL;
  canvas->surface = canvas->lib->cairo_image_surface_create(
      CAIRO_FORMAT_ARGB32, (int)ceil(width * scale), (int)ceil(height * scale));
  if (opened(canvas)) canvas->lib->cairo_scale(canvas->context, scale, scale);
  else return NULL;
  return canvas;
}

ccairo_canvas *ccairo_make_svg(double width, double height) {
  ccairo_canvas *canvas = begin();
  if (!canvas) return NULL;
  canvas->surface = canvas->lib->cairo_svg_surface_create_for_stream(collect, canvas, width, height);
  canvas->lib->cairo_svg_surface_set_document_unit(canvas->surface, CAIRO_SVG_UNIT_PX);
  return opened(canvas);
}

ccairo_canvas *ccairo_make_pdf(double width, double height, const char *title, const char *subject) {
  ccairo_canvas *canvas = begin();
  if (!canvas) return NULL;
  // A pixel of a figure is 1/96 inch, a point 1/72.
  const double points = 0.75;
  canvas->surface = canvas->lib->cairo_pdf_surface_create_for_stream(collect, canvas, width * points, height * points);
  canvas->lib->cairo_pdf_surface_set_metadata(canvas->surface, CAIRO_PDF_METADATA_TITLE, title);
  canvas->lib->cairo_pdf_surface_set_metadata(canvas->surface, CAIRO_PDF_METADATA_SUBJECT, subject);
  canvas->lib->cairo_pdf_surface_set_metadata(canvas->surface, CAIRO_PDF_METADATA_CREATOR, "camkernel");
  if (!opened(canvas)) return NULL;
  canvas->lib->cairo_scale(canvas->context, points, points);
  return canvas;
}

void ccairo_free(ccairo_canvas *canvas) {
  if (!canvas) return;
  if (canvas->context) canvas->lib->cairo_destroy(canvas->context);
  if (canvas->surface) canvas->lib->cairo_surface_destroy(canvas->surface);
  free(canvas->bytes);
  free(canvas);
}

int ccairo_finish(ccairo_canvas *canvas, const uint8_t **bytes, size_t *count) {
  int failed = canvas->lib->cairo_status(canvas->context) != CAIRO_STATUS_SUCCESS;
  canvas->lib->cairo_destroy(canvas->context);
  canvas->context = NULL;
  canvas->lib->cairo_surface_finish(canvas->surface);
  failed |= canvas->lib->cairo_surface_status(canvas->surface) != CAIRO_STATUS_SUCCESS;
  *bytes = canvas->bytes;
  *count = canvas->count;
  return failed || !canvas->count;
}

int ccairo_copy_pixels(ccairo_canvas *canvas, uint8_t *rgb, int width, int height) {
  const struct library *lib = canvas->lib;
  lib->cairo_surface_flush(canvas->surface);
  const uint8_t *data = lib->cairo_image_surface_get_data(canvas->surface);
  if (lib->cairo_status(canvas->context) || !data || lib->cairo_image_surface_get_width(canvas->surface) != width ||
      lib->cairo_image_surface_get_height(canvas->surface) != height)
    return 1;
  int stride = lib->cairo_image_surface_get_stride(canvas->surface);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++, rgb += 3) {
      uint32_t word;
      memcpy(&word, data + (size_t)y * (size_t)stride + 4 * (size_t)x, 4);
      // Colours are multiplied by alpha already; white shows through the rest.
      uint32_t white = 255 - (word >> 24);
      rgb[0] = (uint8_t)(((word >> 16) & 255) + white);
      rgb[1] = (uint8_t)(((word >> 8) & 255) + white);
      rgb[2] = (uint8_t)((word & 255) + white);
    }
  return 0;
}

void ccairo_color(ccairo_canvas *c, double red, double green, double blue, double alpha) {
  c->lib->cairo_set_source_rgba(c->context, red, green, blue, alpha);
}
void ccairo_move(ccairo_canvas *c, double x, double y) { c->lib->cairo_move_to(c->context, x, y); }
void ccairo_line(ccairo_canvas *c, double x, double y) { c->lib->cairo_line_to(c->context, x, y); }
void ccairo_arc(ccairo_canvas *c, double x, double y, double radius) {
  c->lib->cairo_new_sub_path(c->context);
  c->lib->cairo_arc(c->context, x, y, radius, 0, 2 * M_PI);
  c->lib->cairo_close_path(c->context);
}
void ccairo_rectangle(ccairo_canvas *c, double x, double y, double width, double height, double radius) {
  const struct library *lib = c->lib;
  if (radius <= 0) {
    lib->cairo_rectangle(c->context, x, y, width, height);
    return;
  }
  lib->cairo_new_sub_path(c->context);
  lib->cairo_arc(c->context, x + width - radius, y + radius, radius, -M_PI / 2, 0);
  lib->cairo_arc(c->context, x + width - radius, y + height - radius, radius, 0, M_PI / 2);
  lib->cairo_arc(c->context, x + radius, y + height - radius, radius, M_PI / 2, M_PI);
  lib->cairo_arc(c->context, x + radius, y + radius, radius, M_PI, 1.5 * M_PI);
  lib->cairo_close_path(c->context);
}
void ccairo_fill(ccairo_canvas *c) { c->lib->cairo_fill(c->context); }
void ccairo_stroke(ccairo_canvas *c, double width, double dash) {
  c->lib->cairo_set_line_width(c->context, width);
  c->lib->cairo_set_dash(c->context, &dash, dash > 0 ? 1 : 0, 0);
  c->lib->cairo_stroke(c->context);
}
void ccairo_clip(ccairo_canvas *c) { c->lib->cairo_clip(c->context); }
void ccairo_save(ccairo_canvas *c) { c->lib->cairo_save(c->context); }
void ccairo_restore(ccairo_canvas *c) { c->lib->cairo_restore(c->context); }
void ccairo_translate(ccairo_canvas *c, double x, double y) { c->lib->cairo_translate(c->context, x, y); }
void ccairo_rotate(ccairo_canvas *c, double radians) { c->lib->cairo_rotate(c->context, radians); }

int ccairo_picture(
    ccairo_canvas *c, const uint8_t *pixels, int width, int height, int channels, double x, double y,
    double shown_width, double shown_height, int smooth) {
  const struct library *lib = c->lib;
  cairo_surface_t *surface =
      lib->cairo_image_surface_create(channels == 4 ? CAIRO_FORMAT_ARGB32 : CAIRO_FORMAT_RGB24, width, height);
  uint8_t *data = lib->cairo_image_surface_get_data(surface);
  if (!data) {
    lib->cairo_surface_destroy(surface);
    return 1;
  }
  int stride = lib->cairo_image_surface_get_stride(surface);
  for (int row = 0; row < height; row++)
    for (int column = 0; column < width; column++, pixels += channels) {
      uint32_t a = channels == 4 ? pixels[3] : 255;
      uint32_t word = a << 24 | (pixels[0] * a + 127) / 255 << 16 | (pixels[1] * a + 127) / 255 << 8 |
                      (pixels[2] * a + 127) / 255;
      memcpy(data + (size_t)row * (size_t)stride + 4 * (size_t)column, &word, 4);
    }
  lib->cairo_surface_mark_dirty(surface);
  lib->cairo_save(c->context);
  lib->cairo_rectangle(c->context, x, y, shown_width, shown_height);
  lib->cairo_clip(c->context);
  lib->cairo_translate(c->context, x, y);
  lib->cairo_scale(c->context, shown_width / width, shown_height / height);
  lib->cairo_set_source_surface(c->context, surface, 0, 0);
  cairo_pattern_t *pattern = lib->cairo_get_source(c->context);
  lib->cairo_pattern_set_filter(pattern, smooth ? CAIRO_FILTER_GOOD : CAIRO_FILTER_NEAREST);
  // Edges repeat instead of fading into the page.
  lib->cairo_pattern_set_extend(pattern, CAIRO_EXTEND_PAD);
  lib->cairo_paint(c->context);
  lib->cairo_restore(c->context);
  lib->cairo_surface_destroy(surface);
  return 0;
}

void ccairo_text(ccairo_canvas *c, const char *text, double x, double y, double size, int weight) {
  c->lib->cairo_set_font_face(c->context, c->lib->faces[weight]);
  c->lib->cairo_set_font_size(c->context, size);
  c->lib->cairo_move_to(c->context, x, y);
  c->lib->cairo_show_text(c->context, text);
}

double ccairo_text_width(const char *text, double size, int weight) {
  const struct library *lib = ccairo_library();
  if (lib->missing) return 0;
  cairo_matrix_t font, page;
  lib->cairo_matrix_init_scale(&font, size, size);
  lib->cairo_matrix_init_identity(&page);
  cairo_scaled_font_t *scaled = lib->cairo_scaled_font_create(lib->faces[weight], &font, &page, lib->options);
  cairo_text_extents_t extents;
  lib->cairo_scaled_font_text_extents(scaled, text, &extents);
  lib->cairo_scaled_font_destroy(scaled);
  return extents.x_advance;
}
