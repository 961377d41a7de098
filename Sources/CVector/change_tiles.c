#include "change_tiles.h"

// Columns that are shut in front of the changes are added behind all others: few entries open a rectifier. Where this many
// times what is not zero there is less than all, it is multiplied row by row. Which way is taken changes no sum: each takes
// its products in the same order, whoever shares its tile.
#define FEW 3
#define MOST_LISTED (SEGMENT + 2 * SLACK)

change_tiles cv_open_changes(int halves, int together, long most, long rows, long places) {
  long tiles = rows / most + places * 2;
  // What rows have alone is less than that share of a place's elements; rows of pairs may end in half a pair.
  long own = rows * (SEGMENT / FEW + 2) + MOST_LISTED;
  change_tiles t = {
      .halves = halves,
      .together = together,
      .most = most,
      .tiles = malloc(sizeof(change_tile) * (size_t)tiles),
      .places = malloc(sizeof(change_place) * (size_t)places),
      .lists = malloc(sizeof(int) * (size_t)(tiles * MOST_LISTED)),
      .own_list = malloc(sizeof(int) * (size_t)own),
      .held = malloc(sizeof(float) * (size_t)(rows * CHANGES_PITCH)),
      .own_held = malloc(sizeof(float) * (size_t)own),
      .x = malloc(sizeof(float *) * (size_t)rows),
      .of = malloc(sizeof(change_row) * (size_t)rows),
      .idle = malloc(sizeof(change_row) * (size_t)rows),
      .row = malloc(sizeof(float) * (SEGMENT + SLACK)),
      .counts = malloc(sizeof(unsigned) * SEGMENT),
      .open = malloc(sizeof(short) * (SEGMENT / 16)),
      .shut = malloc(sizeof(short) * (SEGMENT / 16)),
  };
  if (!t.tiles || !t.places || !t.lists || !t.own_list || !t.held || !t.own_held || !t.x || !t.of || !t.idle || !t.row ||
      !t.counts || !t.open || !t.shut)
    abort();
  return t;
}

void cv_close_changes(change_tiles *t) {
  free(t->tiles);
  free(t->places);
  free(t->lists);
  free(t->own_list);
  free(t->held);
  free(t->own_held);
  free(t->x);
  free(t->of);
  free(t->idle);
  free(t->row);
  free(t->counts);
  free(t->open);
  free(t->shut);
}

// Closes up the columns of a row that `masks` names, with `list` those of them that are not zero, as pairs of 16-bit floats
// where the products take such; returns how many elements there are.
static long hold(const change_tiles *t, const float *x, const unsigned short *masks, long count, int *list, float *held) {
  if (!t->halves) return cv_take_columns(t->together, x, masks, count, list, held);
  long listed = cv_take_columns(t->together, x, masks, count, list, t->row), whole = listed + listed % 2;
  if (whole > listed) {
    if (list) list[listed] = list[0];
    t->row[listed] = 0;
  }
  cv_round_row(t->row, held, whole);
  return whole / 2;
}

// Lists columns behind others; returns how many elements there are then.
static long list_columns(const change_tiles *t, const unsigned short *masks, long count, int *list, long listed) {
  int *behind = list + (t->halves ? 2 : 1) * listed;
  long added = cv_list_columns(t->together, masks, count, behind);
  behind[added] = added ? behind[0] : 0;
  return listed + (t->halves ? (added + 1) / 2 : added);
}

static void count_rows(const change_tiles *t, long begin, long end, long count) {
  memset(t->counts, 0, sizeof(unsigned) * (size_t)count);
  for (long r = begin; r < end; r++) cv_count_others(t->x[r], count, t->counts);
}

// Lists what is open in some rows, and what is shut, unless rows are to have that alone.
static long list_rows(const change_tiles *t, long begin, long end, long count, const unsigned short *shut, int *list,
                      int *isAlone) {
  count_rows(t, begin, end, count);
  column_kinds kinds = cv_sort_columns(t->together, t->counts, shut, count, t->open, t->shut);
  *isAlone = FEW * kinds.elements < (end - begin) * kinds.columns;
  long listed = list_columns(t, t->open, count, list, 0);
  return kinds.columns && !*isAlone ? list_columns(t, t->shut, count, list, listed) : listed;
}

static void fill_tile(change_tiles *t, change_tile *tile, long begin, long count, int isAlone, int hasShut) {
  tile->own_list = t->own_list + t->own;
  tile->own_held = t->own_held + t->own;
  tile->own[0] = 0;
  for (long r = 0; r < tile->rows; r++) {
    const float *x = t->x[begin + r];
    float *held = tile->held + r * CHANGES_PITCH;
    tile->row[r] = t->of[begin + r];
    long listed = hold(t, x, t->open, count, 0, held);
    if (hasShut && !isAlone) hold(t, x, t->shut, count, 0, held + listed);
    if (isAlone) t->own += (t->halves ? 2 : 1) * hold(t, x, t->shut, count, t->own_list + t->own, t->own_held + t->own);
    tile->own[r + 1] = t->own - (tile->own_list - t->own_list);
  }
}

void cv_clear_changes(change_tiles *t) { t->tile_count = t->place_count = t->rows = t->idle_count = t->own = 0; }

void cv_add_place(change_tiles *t, long rows, long idle, long count, const unsigned short *shut) {
  long tiles = (rows + t->most - 1) / t->most;
  change_place place = {t->tile_count, tiles, t->idle_count, idle, shut != 0};
  t->idle_count += idle;
  // What is zero in all rows of a place, and what is so in those of a tile only where nothing tells what is mostly zero.
  int isAlone = 0;
  int *list = 0;
  long listed = 0;
  for (long i = 0; i < tiles; i++) {
    long begin = rows * i / tiles, end = rows * (i + 1) / tiles;
    if (!shut || i == 0) {
      list = t->lists + t->tile_count * MOST_LISTED;
      listed = list_rows(t, shut ? 0 : begin, shut ? rows : end, count, shut, list, &isAlone);
    }
    change_tile *tile = t->tiles + t->tile_count++;
    tile->rows = end - begin;
    tile->list = list;
    tile->count = listed;
    tile->held = t->held + t->rows * CHANGES_PITCH;
    t->rows += tile->rows;
    fill_tile(t, tile, begin, count, isAlone, shut != 0);
  }
  t->places[t->place_count++] = place;
}
