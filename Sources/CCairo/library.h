// Cairo and FreeType by name at run time; X lists every function that is used.
#ifndef CCAIRO_LIBRARY_H
#define CCAIRO_LIBRARY_H
#include <cairo/cairo-pdf.h>
#include <cairo/cairo-svg.h>
#include <cairo/cairo.h>

// The little of <ft2build.h> and <cairo-ft.h> that is used: their headers stand in folders that need flags to be found.
typedef struct FT_LibraryRec_ *FT_Library;
typedef struct FT_FaceRec_ *FT_Face;
enum { FT_LOAD_NO_HINTING = 1 << 1 };
int FT_Init_FreeType(FT_Library *library);
int FT_New_Memory_Face(FT_Library library, const unsigned char *bytes, long count, long index, FT_Face *face);
cairo_font_face_t *cairo_ft_font_face_create_for_ft_face(FT_Face face, int flags);

#define CAIRO_FUNCTIONS(X)                                                                                        \
  X(cairo_image_surface_create)                                                                                   \
  X(cairo_image_surface_get_data)                                                                                 \
  X(cairo_image_surface_get_stride)                                                                               \
  X(cairo_image_surface_get_width)                                                                                \
  X(cairo_image_surface_get_height)                                                                               \
  X(cairo_surface_flush)                                                                                          \
  X(cairo_surface_mark_dirty)                                                                                     \
  X(cairo_surface_finish)                                                                                         \
  X(cairo_surface_destroy)                                                                                        \
  X(cairo_surface_status)                                                                                         \
  X(cairo_svg_surface_create_for_stream)                                                                          \
  X(cairo_svg_surface_set_document_unit)                                                                          \
  X(cairo_pdf_surface_create_for_stream)                                                                          \
  X(cairo_pdf_surface_set_metadata)                                                                               \
  X(cairo_create)                                                                                                 \
  X(cairo_destroy)                                                                                                \
  X(cairo_status)                                                                                                 \
  X(cairo_scale)                                                                                                  \
  X(cairo_save)                                                                                                   \
  X(cairo_restore)                                                                                                \
  X(cairo_translate)                                                                                              \
  X(cairo_rotate)                                                                                                 \
  X(cairo_clip)                                                                                                   \
  X(cairo_move_to)                                                                                                \
  X(cairo_line_to)                                                                                                \
  X(cairo_arc)                                                                                                    \
  X(cairo_new_sub_path)                                                                                           \
  X(cairo_close_path)                                                                                             \
  X(cairo_rectangle)                                                                                              \
  X(cairo_fill)                                                                                                   \
  X(cairo_stroke)                                                                                                 \
  X(cairo_paint)                                                                                                  \
  X(cairo_set_line_width)                                                                                         \
  X(cairo_set_line_cap)                                                                                           \
  X(cairo_set_line_join)                                                                                          \
  X(cairo_set_dash)                                                                                               \
  X(cairo_set_source_rgba)                                                                                        \
  X(cairo_set_source_surface)                                                                                     \
  X(cairo_get_source)                                                                                             \
  X(cairo_pattern_set_filter)                                                                                     \
  X(cairo_pattern_set_extend)                                                                                     \
  X(cairo_set_font_face)                                                                                          \
  X(cairo_set_font_size)                                                                                          \
  X(cairo_set_font_options)                                                                                       \
  X(cairo_show_text)                                                                                              \
  X(cairo_font_options_create)                                                                                    \
  X(cairo_font_options_set_hint_style)                                                                            \
  X(cairo_font_options_set_hint_metrics)                                                                          \
  X(cairo_font_options_set_antialias)                                                                             \
  X(cairo_scaled_font_create)                                                                                     \
  X(cairo_scaled_font_text_extents)                                                                               \
  X(cairo_scaled_font_destroy)                                                                                    \
  X(cairo_matrix_init_scale)                                                                                      \
  X(cairo_matrix_init_identity)                                                                                   \
  X(cairo_ft_font_face_create_for_ft_face)
#define FREETYPE_FUNCTIONS(X) X(FT_Init_FreeType) X(FT_New_Memory_Face)

#define DECLARE(name) __typeof__(&name) name;
struct library {
  CAIRO_FUNCTIONS(DECLARE)
  FREETYPE_FUNCTIONS(DECLARE)
  cairo_font_face_t *faces[2];
  cairo_font_options_t *options;
  const char *missing;
};
#undef DECLARE

/// The functions, the two faces and the options of text; loaded once, never unloaded.
const struct library *ccairo_library(void);
#endif
