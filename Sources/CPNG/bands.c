#include "bands.h"

#include "rows.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

// Less than this is done before a thread has begun.
enum { least_band = 96 << 10, rows_at_once = 32 };

typedef struct {
  const uint8_t *pixels;
  size_t row_length, rows;
  int step, is_first, is_last, failed;
  const cpng_choices *choices;
  const cpng_steps *steps;
  cpng_piece out;
  unsigned long checksum;
  size_t length;
} band;

static int keep(band *b, z_stream *stream, size_t *capacity, int flush) {
  do {
    if (!stream->avail_out) {
      size_t grown = *capacity + *capacity / 2 + 65536;
      uint8_t *bytes = realloc(b->out.bytes, grown);
      if (!bytes) return 0;
      b->out.bytes = bytes;
      stream->next_out = bytes + *capacity;
      stream->avail_out = (uInt)(grown - *capacity);
      *capacity = grown;
    }
    if (deflate(stream, flush) == Z_STREAM_ERROR) return 0;
  } while (!stream->avail_out);
  return 1;
}

// Filtered rows from `first` on; with a tolerance `last_seen` is the row above as a reader has it.
static void filter_rows(band *b, size_t first, size_t count, uint8_t *filtered, uint8_t *row, uint8_t *last_seen) {
  for (size_t y = first; y < first + count; y++, filtered += b->row_length + 1) {
    const uint8_t *from = b->pixels + y * b->row_length;
    if (!b->steps) {
      const uint8_t *above = y || !b->is_first ? from - b->row_length : NULL;
      cpng_filter_row(filtered, from, above, b->row_length, b->step, b->choices->filter);
      continue;
    }
    memcpy(row, from, b->row_length);
    cpng_approximate_row(filtered, row, y ? last_seen : NULL, b->row_length, b->step, b->choices->filter, b->steps);
    memcpy(last_seen, row, b->row_length);
  }
}

static void *compress_band(void *argument) {
  band *b = argument;
  b->failed = 1;
  size_t line = b->row_length + 1, capacity = 2 + line * b->rows / 3 + 4096;
  uint8_t *filtered = malloc(line * rows_at_once), *row = malloc(2 * b->row_length);
  b->out.bytes = malloc(capacity);
  z_stream stream = {0};
  if (!filtered || !row || !b->out.bytes ||
      deflateInit2(&stream, b->choices->level, Z_DEFLATED, -15, 9, b->choices->strategy) != Z_OK) {
    free(filtered);
    free(row);
    return NULL;
  }
  size_t head = b->is_first ? 2 : 0;
  // A window of 32 KB, no dictionary.
  if (head) memcpy(b->out.bytes, "\x78\x01", 2);
  stream.next_out = b->out.bytes + head;
  stream.avail_out = (uInt)(capacity - head);
  b->checksum = adler32(0, NULL, 0);
  b->failed = 0;
  for (size_t y = 0; y < b->rows && !b->failed; y += rows_at_once) {
    size_t count = b->rows - y < rows_at_once ? b->rows - y : rows_at_once;
    filter_rows(b, y, count, filtered, row, row + b->row_length);
    b->checksum = adler32_z(b->checksum, filtered, line * count);
    b->length += line * count;
    stream.next_in = filtered;
    stream.avail_in = (uInt)(line * count);
    int is_end = y + count == b->rows;
    b->failed = !keep(b, &stream, &capacity, !is_end ? Z_NO_FLUSH : b->is_last ? Z_FINISH : Z_SYNC_FLUSH);
  }
  b->out.count = (size_t)(stream.next_out - b->out.bytes);
  deflateEnd(&stream);
  free(filtered);
  free(row);
  return NULL;
}

static int join(band *bands, int count) {
  unsigned long checksum = bands[0].checksum;
  for (int i = 1; i < count; i++)
    checksum = adler32_combine(checksum, bands[i].checksum, (z_off_t)bands[i].length);
  cpng_piece *last = &bands[count - 1].out;
  uint8_t *bytes = realloc(last->bytes, last->count + 4);
  if (!bytes) return 0;
  for (int i = 0; i < 4; i++) bytes[last->count + (size_t)i] = (uint8_t)(checksum >> (24 - 8 * i));
  last->bytes = bytes;
  last->count += 4;
  return 1;
}

int cpng_compress(const uint8_t *pixels, uint32_t width, uint32_t height, int channels, const cpng_choices *choices,
                  cpng_piece piece[cpng_most_bands], int *count) {
  size_t row_length = (size_t)width * (size_t)channels, total = row_length * height;
  size_t wanted = total / least_band;
  if (wanted > (size_t)choices->threads) wanted = (size_t)choices->threads;
  if (wanted > cpng_most_bands) wanted = cpng_most_bands;
  if (wanted > height) wanted = height;
  if (wanted < 1) wanted = 1;
  cpng_steps steps;
  if (choices->tolerance > 0) cpng_make_steps(&steps, choices->tolerance);
  band bands[cpng_most_bands];
  pthread_t threads[cpng_most_bands];
  int started[cpng_most_bands] = {0};
  memset(bands, 0, sizeof bands);
  *count = (int)wanted;
  for (size_t i = 0; i < wanted; i++) {
    size_t start = height * i / wanted, end = height * (i + 1) / wanted;
    bands[i] = (band){.pixels = pixels + start * row_length,
                      .row_length = row_length,
                      .rows = end - start,
                      .step = channels,
                      .is_first = i == 0,
                      .is_last = i + 1 == wanted,
                      .choices = choices,
                      .steps = choices->tolerance > 0 ? &steps : NULL};
    started[i] = i + 1 < wanted && !pthread_create(&threads[i], NULL, compress_band, &bands[i]);
  }
  int good = 1;
  for (size_t i = wanted; i-- > 0;)
    if (!started[i]) compress_band(&bands[i]);
  for (size_t i = 0; i < wanted; i++) {
    if (started[i]) pthread_join(threads[i], NULL);
    good = good && !bands[i].failed;
  }
  good = good && join(bands, (int)wanted);
  for (size_t i = 0; i < wanted; i++) piece[i] = bands[i].out;
  return good;
}
