#ifndef CVECTOR_TAPS_H
#define CVECTOR_TAPS_H

#include "CVWindow.h"
#include "internal.h"

// Goes through the taps (ky, kx) of the window at place (oy, ox) of the result that lie inside the picture, at (iy, ix) there.
#define EACH_TAP(w, oy, ox)                                                                                   \
  for (long ky = 0, iy = (oy) * (w)->sh - (w)->top; ky < (w)->kh; ky++, iy += (w)->dh)                        \
    if (iy >= 0 && iy < (w)->h)                                                                               \
      for (long kx = 0, ix = (ox) * (w)->sw - (w)->left; kx < (w)->kw; kx++, ix += (w)->dw)                   \
        if (ix >= 0 && ix < (w)->w)

#endif
