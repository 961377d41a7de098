#include "CJPEG.h"

#include <stdio.h>
#include <string.h>
#include <turbojpeg.h>

static void note(cjpeg_info *info, tjhandle handle) {
  strncpy(info->message, tjGetErrorStr2(handle), sizeof info->message - 1);
  info->message[sizeof info->message - 1] = 0;
}

static int read_jpeg(const uint8_t *bytes, size_t count, int cmyk, uint8_t *pixels, cjpeg_info *info) {
  memset(info, 0, sizeof *info);
  tjhandle handle = tjInitDecompress();
  if (!handle) return 2;
  int sampling = 0, space = 0;
  int status = tjDecompressHeader3(handle, bytes, count, &info->width, &info->height, &sampling, &space);
  if (status == 0) {
    info->components = space == TJCS_GRAY ? 1 : space == TJCS_CMYK || space == TJCS_YCCK ? 4 : 3;
    // A warning (a stream that ends early, bytes that make no sense) counts as an error.
    if (pixels)
      status = tjDecompress2(handle, bytes, count, pixels, info->width, 0, info->height,
                             cmyk ? TJPF_CMYK : TJPF_RGB, TJFLAG_ACCURATEDCT);
  }
  if (status) note(info, handle);
  tjDestroy(handle);
  return status ? 3 : 0;
}

int cjpeg_read_info(const uint8_t *bytes, size_t count, cjpeg_info *info) {
  return read_jpeg(bytes, count, 0, NULL, info);
}

int cjpeg_read_pixels(const uint8_t *bytes, size_t count, int cmyk, uint8_t *pixels, cjpeg_info *info) {
  return read_jpeg(bytes, count, cmyk, pixels, info);
}

int cjpeg_write(const uint8_t *pixels, int width, int height, int quality, uint8_t **bytes, unsigned long *count) {
  tjhandle handle = tjInitCompress();
  if (!handle) return 2;
  *bytes = NULL;
  *count = 0;
  int status =
      tjCompress2(handle, pixels, width, 0, height, TJPF_RGB, bytes, count, TJSAMP_444, quality, TJFLAG_ACCURATEDCT);
  tjDestroy(handle);
  return status;
}

void cjpeg_free(uint8_t *bytes) { tjFree(bytes); }
