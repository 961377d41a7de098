#include "winograd_work.h"

// Forms of fewer weights are made for all tiles, unless these are few.
#define LIGHT (96L << 10)
#define FEW 16
// Tiles that one thread takes through all steps at once.
#define GROUP 28
// Tiles that share the forms that are made where they are multiplied, and bytes of transformed tiles that are then held.
#define MOST_TILES 448
#define HELD (6L << 20)

void cv_winograd_lay_out(winograd_job *j) {
  const cv_winograd *w = j->w;
  j->down = w->oh / 4;
  j->across = w->ow / 4;
  j->bottom = w->oh % 4;
  j->right = w->ow % 4;
  j->kinds[0] = j->right ? j->down : 0;
  j->kinds[1] = j->down * j->across;
  j->kinds[2] = j->bottom ? j->across : 0;
  j->kinds[3] = j->bottom && j->right;
  j->tiles = j->kinds[0] + j->kinds[1] + j->kinds[2] + j->kinds[3];
  long threads = cv_threads(), blocks = blocks_of(w), all = w->batch * j->tiles;
  // Groups' inputs overlap, so that none may be written over by another.
  j->whole = w->c * w->outputs <= LIGHT && all > FEW && !w->in_place;
  if (j->whole) {
    long most = GROUP * 36 / places_of(j) / (w->c + w->outputs > 256 ? 2 : 1);
    j->groups = ((all + most - 1) / most + threads - 1) / threads * threads;
    j->most = (all + j->groups - 1) / j->groups;
    j->pitch = w->outputs;
    return;
  }
  long least = CV_MIN(w->batch, (threads + blocks - 1) / blocks);
  long held = CV_MAX(1, HELD / (places_of(j) * 4 * j->tiles * w->c));
  long most = CV_MAX(1, CV_MIN(MOST_TILES / j->tiles, held));
  j->units = CV_MAX(least, (w->batch + most - 1) / most);
  j->unit = (w->batch + j->units - 1) / j->units;
  j->round = CV_MAX(least, held / j->unit);
  j->rounds = (j->units + j->round - 1) / j->round;
  j->most = j->unit * j->tiles;
  j->pitch = BLOCK;
}

long cv_winograd_shared_scratch(const winograd_job *j) {
  return j->whole ? 36 * form_step(j) : j->round * places_of(j) * in_step(j);
}

long cv_winograd_part_scratch(const winograd_job *j) {
  long turned = j->turned ? 9 * weight_step(j) : 0;
  if (j->whole) return CV_MAX(turned, places_of(j) * (in_step(j) + out_step(j)));
  return turned + 12 * form_step(j) + places_of(j) * out_step(j);
}

span cv_winograd_unit(const winograd_job *j, long unit) {
  long begin = j->w->batch * unit / j->units, end = j->w->batch * (unit + 1) / j->units;
  return (span){begin, end - begin, 0, (end - begin) * j->tiles};
}

span cv_winograd_group(const winograd_job *j, long group) {
  long all = j->w->batch * j->tiles;
  return (span){0, j->w->batch, all * group / j->groups, all * (group + 1) / j->groups};
}

place cv_winograd_place(const winograd_job *j, const span *s, long t) {
  long kind = 0;
  while (t >= s->entries * j->kinds[kind]) t -= s->entries * j->kinds[kind++];
  long at = t % j->kinds[kind];
  int isRight = kind == 0 || kind == 3, isBottom = kind > 1;
  long row = isBottom ? j->down : isRight ? at : at / j->across;
  long column = isRight ? j->across : isBottom ? at : at % j->across;
  place p = {s->entry + t / j->kinds[kind], 4 * row, 4 * column, isBottom ? j->bottom : 4, isRight ? j->right : 4};
  return p;
}
