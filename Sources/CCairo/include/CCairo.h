#ifndef CCAIRO_H
#define CCAIRO_H
#include <stddef.h>
#include <stdint.h>

/// A surface of Cairo with its context; bytes of SVG and PDF grow in it.
typedef struct ccairo_canvas ccairo_canvas;

enum { CCAIRO_REGULAR = 0, CCAIRO_BOLD = 1 };

/// Loads Cairo and FreeType at the first call: they bring X11 and fontconfig along, 2 ms and 3 MB that few sessions need
/// at their start. NULL, or the name of the library that is not there.
const char *ccairo_missing_library(void);

/// Pixels of `width * scale` by `height * scale`, or a page; NULL where memory is short.
ccairo_canvas *ccairo_make_image(double width, double height, double scale);
ccairo_canvas *ccairo_make_svg(double width, double height);
ccairo_canvas *ccairo_make_pdf(double width, double height, const char *title, const char *subject);
void ccairo_free(ccairo_canvas *canvas);

/// Ends an SVG or PDF; 0 on success.
int ccairo_finish(ccairo_canvas *canvas, const uint8_t **bytes, size_t *count);

/// The pixels of an image so far, over white, three bytes each.
int ccairo_copy_pixels(ccairo_canvas *canvas, uint8_t *rgb, int width, int height);

void ccairo_color(ccairo_canvas *canvas, double red, double green, double blue, double alpha);
void ccairo_move(ccairo_canvas *canvas, double x, double y);
void ccairo_line(ccairo_canvas *canvas, double x, double y);
void ccairo_arc(ccairo_canvas *canvas, double x, double y, double radius);
void ccairo_rectangle(ccairo_canvas *canvas, double x, double y, double width, double height, double radius);
void ccairo_fill(ccairo_canvas *canvas);
void ccairo_stroke(ccairo_canvas *canvas, double width, double dash);
void ccairo_clip(ccairo_canvas *canvas);
void ccairo_save(ccairo_canvas *canvas);
void ccairo_restore(ccairo_canvas *canvas);
void ccairo_translate(ccairo_canvas *canvas, double x, double y);
void ccairo_rotate(ccairo_canvas *canvas, double radians);

/// A picture of 3 or 4 channels stretched over a rectangle; `smooth` 0 keeps its pixels as squares. 0 on success.
int ccairo_picture(
    ccairo_canvas *canvas, const uint8_t *pixels, int width, int height, int channels, double x, double y,
    double shown_width, double shown_height, int smooth);

/// A line of UTF-8 from its left end on the base line.
void ccairo_text(ccairo_canvas *canvas, const char *text, double x, double y, double size, int weight);
/// How far a line of text advances.
double ccairo_text_width(const char *text, double size, int weight);
#endif
