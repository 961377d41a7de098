// Windows over [N, H, W, C]: sizes, steps, distances of taps, and what lies around the input.
#ifndef CV_WINDOW_H
#define CV_WINDOW_H

typedef struct {
  long n, h, w, c, oh, ow;
  long kh, kw, sh, sw, dh, dw, top, left, bottom, right;
  int counts_padding;
} cv_window;

#endif
