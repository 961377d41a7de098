// Loads Cairo and FreeType, and the fonts that are part of this program (licence: Fonts/LICENSE-DejaVu.txt).
#include "library.h"
#include "CCairo.h"

#include <dlfcn.h>
#include <pthread.h>

#pragma clang diagnostic ignored "-Wc23-extensions"
static const unsigned char regular[] = {
#embed "Fonts/DejaVuSans.ttf"
};
static const unsigned char bold[] = {
#embed "Fonts/DejaVuSans-Bold.ttf"
};

static struct library library;
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

#define FIND(name)                                                                                                \
  if (!(library.name = (__typeof__(library.name))dlsym(from, #name))) return 1;

static int find_cairo(void *from) {
  CAIRO_FUNCTIONS(FIND)
  return 0;
}

static int find_freetype(void *from) {
  FREETYPE_FUNCTIONS(FIND)
  return 0;
}

static int open_face(FT_Library freetype, const unsigned char *bytes, size_t count, int weight) {
  FT_Face face;
  if (library.FT_New_Memory_Face(freetype, bytes, (long)count, 0, &face)) return 1;
  library.faces[weight] = library.cairo_ft_font_face_create_for_ft_face(face, FT_LOAD_NO_HINTING);
  return 0;
}

static void load(void) {
  library.missing = 0;
  void *cairo = dlopen("libcairo.so.2", RTLD_NOW | RTLD_LOCAL);
  if (!cairo || find_cairo(cairo)) {
    library.missing = "libcairo";
    return;
  }
  void *freetype = dlopen("libfreetype.so.6", RTLD_NOW | RTLD_LOCAL);
  FT_Library fonts;
  if (!freetype || find_freetype(freetype) || library.FT_Init_FreeType(&fonts) ||
      open_face(fonts, regular, sizeof regular, CCAIRO_REGULAR) || open_face(fonts, bold, sizeof bold, CCAIRO_BOLD)) {
    library.missing = "libfreetype";
    return;
  }
  // Without hints a line is as wide on a screen as on paper.
  library.options = library.cairo_font_options_create();
  library.cairo_font_options_set_hint_style(library.options, CAIRO_HINT_STYLE_NONE);
  library.cairo_font_options_set_hint_metrics(library.options, CAIRO_HINT_METRICS_OFF);
  library.cairo_font_options_set_antialias(library.options, CAIRO_ANTIALIAS_GRAY);
}

// What failed once is tried again: there may have been too little memory.
const struct library *ccairo_library(void) {
  pthread_mutex_lock(&loading);
  if (!library.options) load();
  pthread_mutex_unlock(&loading);
  return &library;
}

const char *ccairo_missing_library(void) { return ccairo_library()->missing; }
