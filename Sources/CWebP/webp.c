#include "CWebP.h"

#include <dlfcn.h>
#include <pthread.h>

typedef int (*read_info)(const uint8_t *, size_t, int *, int *);
typedef uint8_t *(*read_into)(const uint8_t *, size_t, uint8_t *, size_t, int);

static read_info get_info;
static read_into decode_rgb, decode_rgba;
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

static void load(void) {
  void *library = dlopen("libwebp.so.7", RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
  get_info = (read_info)dlsym(library, "WebPGetInfo");
  decode_rgb = (read_into)dlsym(library, "WebPDecodeRGBInto");
  decode_rgba = (read_into)dlsym(library, "WebPDecodeRGBAInto");
}

int cwebp_is_available(void) {
  // What failed once is tried again: there may have been too little memory.
  pthread_mutex_lock(&loading);
  if (!get_info) load();
  int is_there = get_info && decode_rgb && decode_rgba;
  pthread_mutex_unlock(&loading);
  return is_there;
}

int cwebp_read_info(const uint8_t *bytes, size_t count, int *width, int *height) {
  return !cwebp_is_available() || !get_info(bytes, count, width, height);
}

int cwebp_read_pixels(const uint8_t *bytes, size_t count, int alpha, uint8_t *pixels, int width, int height) {
  if (!cwebp_is_available()) return 1;
  int stride = width * (alpha ? 4 : 3);
  return !(alpha ? decode_rgba : decode_rgb)(bytes, count, pixels, (size_t)stride * height, stride);
}
