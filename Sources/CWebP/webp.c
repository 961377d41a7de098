#include "CWebP.h"

#include <dlfcn.h>
#include <pthread.h>

typedef int (*read_info)(const uint8_t *, size_t, int *, int *);
// libwebp's decoder for files that come in pieces, and its colours.
typedef struct WebPIDecoder decoder;
enum { mode_rgb = 0, mode_rgba = 1, status_ok = 0, status_suspended = 5 };

static read_info get_info;
static decoder *(*new_decoder)(int mode, uint8_t *pixels, size_t size, int stride);
static int (*append)(decoder *, const uint8_t *, size_t);
static void (*delete_decoder)(decoder *);
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

static void load(void) {
  void *library = dlopen("libwebp.so.7", RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
  get_info = (read_info)dlsym(library, "WebPGetInfo");
  new_decoder = (decoder * (*)(int, uint8_t *, size_t, int)) dlsym(library, "WebPINewRGB");
  append = (int (*)(decoder *, const uint8_t *, size_t))dlsym(library, "WebPIUpdate");
  delete_decoder = (void (*)(decoder *))dlsym(library, "WebPIDelete");
}

int cwebp_is_available(void) {
  // What failed once is tried again: there may have been too little memory.
  pthread_mutex_lock(&loading);
  if (!get_info) load();
  int is_there = get_info && new_decoder && append && delete_decoder;
  pthread_mutex_unlock(&loading);
  return is_there;
}

int cwebp_read_info(const uint8_t *bytes, size_t count, int *width, int *height) {
  return !cwebp_is_available() || !get_info(bytes, count, width, height);
}

int cwebp_read_pixels(const uint8_t *bytes, size_t count, int alpha, uint8_t *pixels, int width, int height,
                      cwebp_question is_stopped, void *context) {
  if (!cwebp_is_available()) return 1;
  int stride = width * (alpha ? 4 : 3);
  decoder *reader = new_decoder(alpha ? mode_rgba : mode_rgb, pixels, (size_t)stride * height, stride);
  if (!reader) return 1;
  // A piece holds more pixels the smaller the file is for its picture: so many that one takes some milliseconds.
  size_t rows = (1 << 20) / (size_t)width + 1, piece = count / ((size_t)height / rows + 1) + 1, end = 0;
  int status = status_suspended;
  while (status == status_suspended && end < count) {
    if (is_stopped(context)) {
      delete_decoder(reader);
      return cwebp_was_stopped;
    }
    end = count - end < piece ? count : end + piece;
    status = append(reader, bytes, end);
  }
  delete_decoder(reader);
  return status == status_ok ? 0 : 3;
}
