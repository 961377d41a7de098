#ifndef CVECTOR_COLUMNS_H
#define CVECTOR_COLUMNS_H

// Columns of rows of changes: most are zero in most rows.

// Elements that may be written behind what is wanted.
#define SLACK 16

// How many shut columns there are, and how many elements of them are not zero.
typedef struct {
  long columns, elements;
} column_kinds;

// How many columns the processor's loops close up at a time: 16, 8 or 1.
int cv_columns_at_once(void);

int cv_is_zero(const float *x, long count);
// Adds one to the counts of the columns that are not zero.
void cv_count_others(const float *x, long count, unsigned *counts);
// Sorts the columns that some row counts into those that `shut` names (it may be null) and the others. Masks have a bit for each of
// sixteen columns.
column_kinds cv_sort_columns(int together, const unsigned *counts, const unsigned short *shut, long count,
                             unsigned short *open, unsigned short *closed);
// Lists the columns that `masks` names; returns how many they are.
long cv_list_columns(int together, const unsigned short *masks, long count, int *list);
// Closes up the columns of a row that `masks` names; with `list` those of them that are not zero, which it lists. Returns how many
// they are.
long cv_take_columns(int together, const float *x, const unsigned short *masks, long count, int *list, float *taken);

#endif
