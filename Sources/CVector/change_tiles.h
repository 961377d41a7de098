// The rows of changes that are multiplied together, with what is zero in all of them left out.
#ifndef CVECTOR_CHANGE_TILES_H
#define CVECTOR_CHANGE_TILES_H

#include "columns.h"
#include "kernels.h"

// Inputs that are gathered at a time.
#define SEGMENT CHANGES_SEGMENT

// The number of a row among all of an item, and where its result lies.
typedef struct {
  long number, result;
} change_row;

// Some rows of one place. All take the listed columns; what else one has alone comes behind, row after row.
typedef struct {
  long rows, count;
  change_row row[MOST_ROWS];
  const int *list;
  float *held;
  long own[MOST_ROWS + 1];
  const int *own_list;
  const float *own_held;
} change_tile;

// The tiles of one place, which all list the same columns where `alike`, and its rows that are zero.
typedef struct {
  long first, tiles, first_idle, idle;
  int alike;
} change_place;

typedef struct {
  // Whether products are of 16-bit floats, how many columns are closed up at a time, and the most rows of a tile.
  int halves, together;
  long most;
  change_tile *tiles;
  change_place *places;
  long tile_count, place_count, rows, idle_count;
  // Lists of the tiles, the columns that they hold, and what rows have alone.
  int *lists, *own_list;
  float *held, *own_held;
  long own;
  // The rows of the next place, and all that are zero.
  const float **x;
  change_row *of, *idle;
  float *row;
  unsigned *counts;
  // Of every sixteen columns, a bit for those that are not zero everywhere, and are shut or not.
  unsigned short *open, *shut;
} change_tiles;

/// Memory for tiles of so many rows of each of some places.
change_tiles cv_open_changes(int halves, int together, long most, long rows, long places);
void cv_close_changes(change_tiles *t);
/// Forgets all tiles.
void cv_clear_changes(change_tiles *t);
/// Makes tiles of the first `rows` of `x` and `of`, those of one place that have something in `count` inputs; others follow in `idle`.
/// `shut` has, of every sixteen inputs, a bit for those that a cut shuts in front; it may be null.
void cv_add_place(change_tiles *t, long rows, long idle, long count, const unsigned short *shut);

#endif
