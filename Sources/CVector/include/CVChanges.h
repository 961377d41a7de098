// Changes of values: most of them are zero, and what a linear layer makes of them is linear.
#ifndef CV_CHANGES_H
#define CV_CHANGES_H

/// A convolution (one group, or a linear layer as one place) of changes [entries, h, w, inputs]; outputs are a multiple
/// of 16, with `halves` of 32.
typedef struct {
  long entries, inputs, outputs;
  long h, w, oh, ow, kh, kw, sh, sw, dh, dw, top, left;
  /// Whether changes and weights are rounded to 16-bit floats; sums have 32.
  int halves;
  /// The unchanged value [h, w, inputs] that was cut from `low` on before it was read here, or null: where that shut it, most
  /// changes are zero.
  const float *before;
  float low;
} cv_changes;

/// y = the sums of products of changes and packed weights (without bias), plus `residual` where there is one. With
/// `base`, the value [oh, ow, outputs] that y changes, y becomes cut(base + y) - cut(base) to low...high.
///
/// Weights are those of `cv_pack`, or of `cv_pack_changes_bf16`. Rows and columns of zeros are not multiplied. Sums of 32-bit floats
/// do not depend on which entries share a call. `residual` may be `y` itself.
void cv_change_products(const cv_changes *c, const float *x, const float *packed, const float *residual,
                        const float *base, float low, float high, float *y);
/// Packs rows of weights as `cv_pack` does, in 16-bit floats for `cv_change_products`: 16 floats for 32 outputs.
void cv_pack_changes_bf16(const float *weights, const float *factors, const int *order, float *packed, long outputs,
                          long inner);

/// y[entry] = cut(base + x[entry]) - cut(base) for entries of `count` elements; x may be y itself.
void cv_change_cut(const float *x, const float *base, float low, float high, long entries, long count, float *y);

/// The change of a convolution's input [inputs, h, w], whose channels lie in equal blocks, and the weights of each
/// group as `cv_pack` lays them.
typedef struct {
  const float *change;
  const float *const *packed;
  long inputs, outputs, groups, blocks;
  long h, w, oh, ow, kh, kw, sh, sw, dh, dw, top, left;
} cv_thin_change;

/// y[entry] = [oh, ow, outputs], minus what the change of block blocks[entry] adds to the convolution's value. With `base`,
/// the value that y changes, y becomes cut(base + y) - cut(base) to low...high.
void cv_thin_changes(const cv_thin_change *change, const long *blocks, long entries, const float *base, float low,
                     float high, float *y);
#endif
