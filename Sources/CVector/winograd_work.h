#ifndef CVECTOR_WINOGRAD_WORK_H
#define CVECTOR_WINOGRAD_WORK_H

#include <stdatomic.h>

#include "reverse.h"
#include "winograd_points.h"

// Winograd's form of 3x3 windows on tiles of four by four outputs, and of what is left at the right and the bottom edge: that
// takes fewer slots. Weights' forms, four times as many numbers as the weights, are made when they are needed. Those of few
// weights are made for all tiles first, of which each thread then takes some through all steps. Those of many are made where
// they are multiplied, two rows of points, some inputs and a block of outputs at a time: they stay in a core's cache, and a
// quarter as much is read.

// Inputs whose forms are made at once.
#define INPUTS 256

typedef struct {
  const cv_winograd *w;
  const cv_finish *finish;
  const kernels *k;
  const float *x, *packed, *base;
  float *y, *scratch;
  // Whether the weights are those of the convolution whose gradient this one computes.
  int turned;
  // Whether forms are made for all tiles.
  int whole;
  // Whole tiles of an entry, outputs of those at the edges, tiles of an entry by kind: whole rows of the right edge, whole
  // ones, those of the bottom edge, the corner. Tiles of a kind follow one another, so that those that take a point do too.
  long down, across, bottom, right, kinds[4], tiles;
  // Entries are cut into units of so many, which share forms, and units into rounds, which share scratch memory; of all
  // entries' tiles where forms are made for all, into groups.
  long units, unit, rounds, round, groups, first, here;
  // The most tiles that lie in one memory, and floats from one tile's products to the next.
  long most, pitch;
  // The next of a round's blocks that no thread has taken.
  atomic_long next;
} winograd_job;

// Slots of both directions.
static inline long places_of(const winograd_job *j) { return slots_of(j->w->stride) * slots_of(j->w->stride); }

static inline long blocks_of(const cv_winograd *w) { return (w->outputs + BLOCK - 1) / BLOCK; }

// Floats from one place of transformed tiles, of products and of forms to the next: no powers of two, which would share
// places in the caches.
static inline long in_step(const winograd_job *j) { return j->most * j->w->c + 16; }
static inline long out_step(const winograd_job *j) { return j->most * j->pitch + 16; }
static inline long weight_step(const winograd_job *j) { return CV_MIN(INPUTS, j->w->c) * BLOCK + 16; }
static inline long form_step(const winograd_job *j) { return j->whole ? j->w->outputs * j->w->c + 16 : weight_step(j); }

// Tiles from `first` to `end` of some entries.
typedef struct {
  long entry, entries, first, end;
} span;

// What a tile covers: its entry, its first output and how many it has down and across.
typedef struct {
  long entry, y, x, height, width;
} place;

/// Shares the tiles and the room out.
void cv_winograd_lay_out(winograd_job *j);
/// Floats that all threads share, and those of each: turned weights, forms and products; or tiles, products and, before that,
/// turned weights.
long cv_winograd_shared_scratch(const winograd_job *j);
long cv_winograd_part_scratch(const winograd_job *j);

/// The tiles of a unit, and of a group; tile t of a span's entries.
span cv_winograd_unit(const winograd_job *j, long unit);
span cv_winograd_group(const winograd_job *j, long group);
place cv_winograd_place(const winograd_job *j, const span *s, long t);

/// A tile's inputs in the slots that it takes, `step` floats apart.
void cv_winograd_in_tile(const winograd_job *j, const place *p, float *v, long step);
/// The forms of `count` weights of each of nine taps, `tap` floats apart: those of two of the columns', `lower` floats apart, and
/// all of the rows'.
void cv_winograd_forms(long stride, long pair, const float *weights, long tap, long count, float *forms, long lower,
                       long step);
/// `width` outputs of a tile, from `output` on, finished, from their products.
void cv_winograd_out_tile(const winograd_job *j, const place *p, const float *m, long output, long width);

#endif
