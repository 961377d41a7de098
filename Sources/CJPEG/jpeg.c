#include "CJPEG.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

// A picture of 64 coefficients needs no more scans; files with thousands only cost time.
enum { maximum_scans = 500 };

typedef struct {
  struct jpeg_error_mgr manager;  // first: libjpeg hands it back
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf escape;
  size_t count;
  cjpeg_info *info;
  int reads_rows, ended, was_stopped;
  cjpeg_question is_stopped;
  void *context;
} state;

static state *of(j_common_ptr codec) { return (state *)codec->err; }

static void note(j_common_ptr codec, const char *text) {
  state *s = of(codec);
  snprintf(s->info->message, sizeof s->info->message, "%s", text);
  s->info->place = s->count - s->source.bytes_in_buffer;
}

static void fail(j_common_ptr codec, const char *text) {
  note(codec, text);
  longjmp(of(codec)->escape, 1);
}

static void on_error(j_common_ptr codec) {
  char text[JMSG_LENGTH_MAX];
  codec->err->format_message(codec, text);
  fail(codec, text);
}

static void fail_at_end(j_common_ptr codec) {
  of(codec)->source.bytes_in_buffer = 0;
  fail(codec, "the file ends too early");
}

static void on_message(j_common_ptr codec, int level) {
  if (codec->err->msg_code == JWRN_HIT_MARKER && of(codec)->ended) fail_at_end(codec);
  if (level >= 0 || of(codec)->info->warnings++) return;
  char text[JMSG_LENGTH_MAX];
  codec->err->format_message(codec, text);
  note(codec, text);
}

static void discard(j_common_ptr codec) { (void)codec; }
static void start_source(j_decompress_ptr codec) { (void)codec; }
static void end_source(j_decompress_ptr codec) { (void)codec; }

// The decoder reads ahead: only the end marker may be missing. Rows that need more are noticed in `on_message`.
static boolean out_of_bytes(j_decompress_ptr codec) {
  static const JOCTET end[2] = {0xFF, JPEG_EOI};
  state *s = of((j_common_ptr)codec);
  if (!s->reads_rows) fail_at_end((j_common_ptr)codec);
  s->ended = 1;
  codec->src->next_input_byte = end;
  codec->src->bytes_in_buffer = sizeof end;
  return TRUE;
}

static void skip_bytes(j_decompress_ptr codec, long count) {
  if (count <= 0) return;
  if ((size_t)count > codec->src->bytes_in_buffer) fail_at_end((j_common_ptr)codec);
  codec->src->next_input_byte += count;
  codec->src->bytes_in_buffer -= (size_t)count;
}

static void ask(j_common_ptr codec) {
  state *s = of(codec);
  if (!s->is_stopped || !s->is_stopped(s->context)) return;
  s->was_stopped = 1;
  longjmp(s->escape, 1);
}

static void on_progress(j_common_ptr codec) {
  ask(codec);
  if (codec->is_decompressor && ((j_decompress_ptr)codec)->input_scan_number > maximum_scans)
    fail(codec, "more scans than a picture can need");
}

static void prepare(state *s, cjpeg_info *info) {
  jpeg_std_error(&s->manager);
  s->manager.error_exit = on_error;
  s->manager.emit_message = on_message;
  s->manager.output_message = discard;
  s->info = info;
}

static void connect(j_decompress_ptr codec, state *s, const uint8_t *bytes, size_t count) {
  s->source = (struct jpeg_source_mgr){bytes,      count,      start_source, out_of_bytes,
                                       skip_bytes, jpeg_resync_to_restart, end_source};
  s->count = count;
  s->progress.progress_monitor = on_progress;
  codec->src = &s->source;
  codec->progress = &s->progress;
}

static void gray_row(const uint8_t *in, uint32_t width, uint8_t *out) {
  for (uint32_t x = 0; x < width; x++, out += 3) out[0] = out[1] = out[2] = in[x];
}

static void read_rows(j_decompress_ptr codec, int cmyk, uint8_t *pixels, uint8_t *gray) {
  size_t stride = (size_t)codec->output_width * (cmyk ? 4 : 3);
  while (codec->output_scanline < codec->output_height) {
    ask((j_common_ptr)codec);
    uint8_t *target = pixels + stride * codec->output_scanline;
    if (gray) {
      JSAMPROW row[1] = {gray};
      jpeg_read_scanlines(codec, row, 1);
      gray_row(gray, codec->output_width, target);
      continue;
    }
    JSAMPROW rows[4];
    uint32_t left = codec->output_height - codec->output_scanline, wanted = left < 4 ? left : 4;
    for (uint32_t i = 0; i < wanted; i++) rows[i] = target + stride * i;
    jpeg_read_scanlines(codec, rows, wanted);
  }
}

static int read_jpeg(const uint8_t *bytes, size_t count, int cmyk, uint8_t *pixels, cjpeg_info *info,
                     cjpeg_question is_stopped, void *context) {
  state s;
  struct jpeg_decompress_struct codec;
  memset(&s, 0, sizeof s);
  memset(&codec, 0, sizeof codec);
  memset(info, 0, sizeof *info);
  uint8_t *volatile gray = NULL;
  prepare(&s, info);
  s.is_stopped = is_stopped;
  s.context = context;
  codec.err = &s.manager;
  if (setjmp(s.escape)) {
    jpeg_destroy_decompress(&codec);
    free(gray);
    return s.was_stopped ? cjpeg_was_stopped : 3;
  }
  jpeg_create_decompress(&codec);
  connect(&codec, &s, bytes, count);
  jpeg_read_header(&codec, TRUE);
  info->width = (int)codec.image_width;
  info->height = (int)codec.image_height;
  info->components = codec.num_components;
  if (pixels) {
    if (codec.num_components == 2 || codec.num_components > 4)
      fail((j_common_ptr)&codec, "neither gray, colour nor CMYK");
    if (cmyk != (codec.num_components == 4)) fail((j_common_ptr)&codec, "other components than in its head");
    codec.out_color_space = codec.num_components == 1 ? JCS_GRAYSCALE : cmyk ? JCS_CMYK : JCS_RGB;
    codec.dct_method = JDCT_ISLOW;
    jpeg_start_decompress(&codec);
    s.reads_rows = 1;
    if (codec.num_components == 1 && !(gray = malloc(codec.output_width)))
      fail((j_common_ptr)&codec, "memory is short");
    read_rows(&codec, cmyk, pixels, gray);
  }
  // What may follow the last row is no concern of the picture.
  jpeg_destroy_decompress(&codec);
  free(gray);
  return 0;
}

int cjpeg_read_info(const uint8_t *bytes, size_t count, cjpeg_info *info) {
  return read_jpeg(bytes, count, 0, NULL, info, NULL, NULL);
}

int cjpeg_read_pixels(const uint8_t *bytes, size_t count, int cmyk, uint8_t *pixels, cjpeg_info *info,
                      cjpeg_question is_stopped, void *context) {
  return read_jpeg(bytes, count, cmyk, pixels, info, is_stopped, context);
}
