#ifndef CVECTOR_COLUMNS_H
#define CVECTOR_COLUMNS_H

// Columns of rows of changes: most are zero in most rows.

// Elements that may be written behind what is wanted.
#define SLACK 16

// How many columns the processor's loops close up at a time: 16, 8 or 1.
int cv_columns_at_once(void);

int cv_is_zero(const float *x, long count);
// Adds one to the counts of the columns that are not zero.
void cv_count_others(const float *x, long count, unsigned *counts);
// Sorts columns by the rows that are not zero there: `times` as many are fewer than `rows`, or more, or there is none. Masks have
// a bit for each of sixteen columns.
void cv_sort_columns(int together, const unsigned *counts, long rows, long times, long count, unsigned short *shared,
                     unsigned short *few);
// Lists the columns that `masks` names; returns how many they are.
long cv_list_columns(int together, const unsigned short *masks, long count, int *list);
// Closes up the columns of a row that `masks` names; with `list` those of them that are not zero, which it lists. Returns how many
// they are.
long cv_take_columns(int together, const float *x, const unsigned short *masks, long count, int *list, float *taken);

#endif
