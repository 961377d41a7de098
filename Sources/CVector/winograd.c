#include "winograd_work.h"

// Those of a span's tiles that take a place, counted from its first.
static void range_of(const winograd_job *j, const span *s, long row, long column, long *begin, long *end) {
  long ends[5] = {0};
  for (long kind = 0; kind < 4; kind++) ends[kind + 1] = ends[kind] + s->entries * j->kinds[kind];
  const unsigned char(*takes)[MOST_SLOTS] = takes_slot[j->w->stride - 1];
  int takesRight = takes[j->right][column], takesBottom = takes[j->bottom][row];
  *begin = CV_MAX(s->first, takesRight ? 0 : ends[1]) - s->first;
  *end = CV_MIN(s->end, !takesBottom ? ends[2] : takesRight ? ends[4] : ends[3]) - s->first;
}

// A block of outputs, and inputs whose products are added to those of the inputs before them.
typedef struct {
  long output, width, input, count;
} part_of_weights;

static part_of_weights part_from(const winograd_job *j, long block, long input) {
  long output = block * BLOCK;
  return (part_of_weights){output, j->w->outputs - output > 16 ? BLOCK : 16, input, CV_MIN(INPUTS, j->w->c - input)};
}

// The products at a place with a part of the weights; other forms may follow.
static void multiply(const winograd_job *j, const span *s, long row, long column, const float *v,
                     const part_of_weights *p, const float *forms, int follows, float *m) {
  tile job = {.taps = 1, .run = p->count, .pitch = j->pitch, .low = -INFINITY, .high = INFINITY};
  long begin, end, place = row * slots_of(j->w->stride) + column;
  range_of(j, s, row, column, &begin, &end);
  long parts = (end - begin + j->k->rows - 1) / j->k->rows;
  if (begin >= end) return;
  even_parts tiles = in_parts(end - begin, parts);
  for (long part = 0; part < parts; part++) {
    long from = begin + part_begin(tiles, part), to = begin + part_begin(tiles, part + 1);
    const float *rows[MOST_ROWS];
    for (long t = from; t < to; t++) rows[t - from] = v + place * in_step(j) + t * j->w->c + p->input;
    float *sums = m + place * out_step(j) + from * j->pitch;
    look_ahead(j->k, &job, forms, part, parts, follows && (parts > 2 || p->count <= 128));
    j->k->tiles[p->width / 16 - 1][to - from - 1](&job, rows, forms, sums, p->input ? sums : 0, 0);
  }
}

// The weights [3, 3, count, width] of a part, whose taps lie `tap` floats apart.
static const float *weights_of(const winograd_job *j, const part_of_weights *p, float *turned, long *tap) {
  const cv_winograd *w = j->w;
  if (!j->turned) {
    *tap = w->c * p->width;
    return j->packed + p->output * w->c * 9 + p->input * p->width;
  }
  *tap = weight_step(j);
  packed_weights from = {j->packed + p->input * w->outputs * 9, p->count, w->outputs * 9, 0};
  for (long t = 0; t < 9; t++)
    cv_turn_weights(&from, (8 - t) * w->outputs + p->output, p->width, p->width / 16, turned + t * *tap);
  return turned;
}

// --- forms made where they are multiplied

static void in_part(long begin, long end, void *context) {
  const winograd_job *j = context;
  for (long item = begin; item < end; item++) {
    long unit = item / j->most, t = item % j->most;
    span s = cv_winograd_unit(j, j->first + unit);
    if (t >= s.end) continue;
    place p = cv_winograd_place(j, &s, t);
    cv_winograd_in_tile(j, &p, j->scratch + unit * places_of(j) * in_step(j) + t * j->w->c, in_step(j));
  }
}

static void block_products(const winograd_job *j, const span *s, long block, const float *v, float *forms, float *m,
                           float *turned) {
  long slots = slots_of(j->w->stride);
  for (long input = 0; input < j->w->c; input += INPUTS) {
    part_of_weights p = part_from(j, block, input);
    long tap;
    const float *weights = weights_of(j, &p, turned, &tap);
    for (long pair = 0; pair < 3; pair++) {
      cv_winograd_forms(j->w->stride, pair, weights, tap, p.count * p.width, forms, 6 * form_step(j), form_step(j));
      for (long row = 0; row < slots; row++) {
        const float *own = forms + (form_of(row) == together[pair][0] ? 0 : 6) * form_step(j);
        if (form_of(row) != together[pair][0] && form_of(row) != together[pair][1]) continue;
        for (long column = 0; column < slots; column++)
          multiply(j, s, row, column, v, &p, own + form_of(column) * form_step(j), 0, m);
      }
    }
  }
}

static void block_part(long begin, long end, void *context) {
  winograd_job *j = context;
  (void)end;
  long blocks = blocks_of(j->w);
  // Each thread has its own memory behind the tiles'.
  float *forms = j->scratch + cv_winograd_shared_scratch(j) + begin * cv_winograd_part_scratch(j);
  float *m = forms + 12 * form_step(j);
  for (long item; (item = atomic_fetch_add(&j->next, 1)) < j->here * blocks;) {
    long unit = item / blocks;
    span s = cv_winograd_unit(j, j->first + unit);
    block_products(j, &s, item % blocks, j->scratch + unit * places_of(j) * in_step(j), forms, m,
                   m + places_of(j) * out_step(j));
    part_of_weights own = part_from(j, item % blocks, 0);
    for (long t = 0; t < s.end; t++) {
      place p = cv_winograd_place(j, &s, t);
      cv_winograd_out_tile(j, &p, m + t * j->pitch, own.output, own.width);
    }
  }
}

// --- forms made for all tiles

static void forms_part(long begin, long end, void *context) {
  const winograd_job *j = context;
  float *turned = j->scratch + cv_winograd_shared_scratch(j) + cv_member() * cv_winograd_part_scratch(j);
  for (long block = begin; block < end; block++)
    for (long input = 0; input < j->w->c; input += INPUTS) {
      part_of_weights p = part_from(j, block, input);
      long tap;
      const float *weights = weights_of(j, &p, turned, &tap);
      for (long pair = 0; pair < 3; pair++) {
        float *forms = j->scratch + p.output * j->w->c + p.input * p.width + together[pair][0] * 6 * form_step(j);
        cv_winograd_forms(j->w->stride, pair, weights, tap, p.count * p.width, forms,
                          (together[pair][1] - together[pair][0]) * 6 * form_step(j), form_step(j));
      }
    }
}

static void groups_part(long begin, long end, void *context) {
  const winograd_job *j = context;
  const cv_winograd *w = j->w;
  float *v = j->scratch + cv_winograd_shared_scratch(j) + cv_member() * cv_winograd_part_scratch(j);
  float *m = v + places_of(j) * in_step(j);
  long slots = slots_of(w->stride);
  for (long g = begin; g < end; g++) {
    span s = cv_winograd_group(j, g);
    for (long t = s.first; t < s.end; t++) {
      place p = cv_winograd_place(j, &s, t);
      cv_winograd_in_tile(j, &p, v + (t - s.first) * w->c, in_step(j));
    }
    for (long place = 0; place < places_of(j); place++)
      for (long block = 0; block < blocks_of(w); block++)
        for (long input = 0; input < w->c; input += INPUTS) {
          part_of_weights p = part_from(j, block, input);
          long form = form_of(place / slots) * 6 + form_of(place % slots);
          const float *forms = j->scratch + form * form_step(j) + p.output * w->c + input * p.width;
          int follows = block + 1 < blocks_of(w) && w->c <= INPUTS;
          multiply(j, &s, place / slots, place % slots, v, &p, forms, follows, m + p.output);
        }
    for (long t = s.first; t < s.end; t++) {
      place p = cv_winograd_place(j, &s, t);
      cv_winograd_out_tile(j, &p, m + (t - s.first) * j->pitch, 0, w->outputs);
    }
  }
}

static long scratch_of(const cv_winograd *w, int turned) {
  winograd_job j = {.w = w, .turned = turned};
  cv_winograd_lay_out(&j);
  return cv_winograd_shared_scratch(&j) + cv_threads() * cv_winograd_part_scratch(&j);
}

static void run(winograd_job *j) {
  if (j->w->batch < 1) return;
  j->k = cv_kernels();
  cv_winograd_lay_out(j);
  if (j->whole) {
    cv_parallel(blocks_of(j->w), 1, forms_part, j);
    cv_share_out(j->groups, 1, groups_part, j);
    return;
  }
  for (long r = 0; r < j->rounds; r++) {
    j->first = j->units * r / j->rounds;
    j->here = j->units * (r + 1) / j->rounds - j->first;
    cv_parallel(j->here * j->most, 1, in_part, j);
    atomic_store(&j->next, 0);
    cv_parallel(CV_MIN(cv_threads(), j->here * blocks_of(j->w)), 1, block_part, j);
  }
}

long cv_winograd_scratch(const cv_winograd *w) { return scratch_of(w, 0); }

void cv_winograd_run(const cv_winograd *w, const float *x, const float *packed, const cv_finish *finish,
                     const float *base, float *y, float *scratch) {
  winograd_job j = {.w = w, .finish = finish, .x = x, .packed = packed, .base = base, .y = y, .scratch = scratch};
  run(&j);
}

// The convolution that computes a gradient: windows turned round, inputs and outputs changed over.
static cv_winograd reverse_of(const cv_winograd *w) {
  cv_winograd r = {.batch = w->batch, .h = w->oh, .w = w->ow, .c = w->outputs, .oh = w->h, .ow = w->w, .outputs = w->c,
                   .stride = 1, .top = 2 - w->top, .left = 2 - w->left};
  return r;
}

long cv_reverse_winograd_scratch(const cv_winograd *w) {
  cv_winograd r = reverse_of(w);
  return scratch_of(&r, 1);
}

void cv_reverse_winograd_run(const cv_winograd *w, const float *dy, const float *packed, const cv_reverse_finish *finish,
                             float *dx, float *scratch) {
  cv_winograd r = reverse_of(w);
  cv_finish plain = {.low = -INFINITY, .high = INFINITY};
  winograd_job j = {.w = &r, .finish = &plain, .x = dy, .packed = packed, .y = dx, .scratch = scratch, .turned = 1};
  run(&j);
  if (finish->residual || finish->value) cv_reverse_finish_here(finish, dx, w->batch * w->h * w->w * w->c);
}
