// Convolutions of [N, H, W, C] values by products of small tiles, for the processor found at start.
#ifndef CV_CONVOLUTION_H
#define CV_CONVOLUTION_H

/// The most taps and the longest run of a convolution here, and the most taps of a depthwise one.
#define CV_MOST_TAPS 256
#define CV_LONGEST_RUN 16384
#define CV_MOST_DEPTHWISE_TAPS 128

/// What happens to each sum before it is stored: bias, another value, and a cut to low...high.
typedef struct {
  const float *bias;
  const float *residual;
  float low, high;
  /// Whether the result and the other value are 16-bit floats (products of pairs and Winograd's form only).
  int narrow, narrow_residual;
} cv_finish;

/// A convolution as sums over taps: pixel p of the result reads `run` floats at offsets[t * pixels + p] for each
/// tap t, or zeros where the offset is negative.
typedef struct {
  long batch, image, pixels, taps, run, outputs, pitch;
  const int *offsets;
  /// Whether no offset is negative.
  int whole;
  /// Whether an element of the input and the weights is a pair of 16-bit floats, as `image`, `run` and offsets then
  /// count; cv_rounds where the input is 32-bit floats yet and is rounded on the way (one tap that is always inside).
  int pairs;
} cv_convolution;

enum { cv_plain, cv_pairs, cv_rounds };

/// The instructions in use: 0 the compiler's baseline, 1 AVX2, 2 AVX-512.
int cv_instructions(void);
/// The calling thread uses at most these from now on (for tests).
void cv_limit_instructions(int level);

/// Floats that packed weights take.
long cv_packed_count(long outputs, long inner);
/// Packs [outputs, inner] rows, each times its factor (or 1 where null); element i of a row is at order[i].
void cv_pack(const float *weights, const float *factors, const int *order, float *packed, long outputs, long inner);
/// The same in 16-bit floats, two to an element; `inner` must be even.
void cv_pack_bf16(const float *weights, const float *factors, const int *order, float *packed, long outputs,
                  long inner);
/// Rounds to 16-bit floats, and back.
void cv_to_bf16(const float *x, float *y, long count);
void cv_from_bf16(const float *x, float *y, long count);
/// Whether the processor multiplies pairs of 16-bit floats.
int cv_has_bf16(void);
/// Whether that is worth its while: some processors take longer for them than for 32 bits. `CAMKERNEL_INSTRUCTIONS=bf16` does
/// it all the same, and so do debug builds.
int cv_bf16_pays(void);
/// Whether the processor makes twice as many products with 512 bits as with 256: then few are worth being spared.
int cv_has_wide_products(void);
/// Whether it does so by AMX's tiles.
int cv_has_amx(void);
/// The calling thread uses a model of AMX in plain C from now on (for tests; debug builds have it, others answer 0).
int cv_model_amx(int on);
/// Products of tiles that the model has made so far.
long cv_model_products(void);
void cv_convolve(const cv_convolution *c, const float *x, const float *packed, const cv_finish *finish, float *y);

/// Pictures [N, H, W, C], or [N, C, H, W] where `planes`, inside zeros: [N, height, width, C], 16-bit floats where
/// `narrow` (`width` times C must then be even), and two zeros behind the end.
typedef struct {
  long batch, c, h, w, height, width, top, left;
  int planes, narrow;
} cv_frame;
void cv_frame_run(const cv_frame *f, const float *x, float *y);

/// 3x3 convolutions of stride 1 or 2 by Winograd's form, on the weights of `cv_pack`, whose own forms are made on the way;
/// channels must be multiples of 16.
typedef struct {
  long batch, h, w, c, oh, ow, outputs, stride, top, left;
  /// Whether the input is 16-bit floats, and whether the result takes its memory.
  int narrow, in_place;
} cv_winograd;
/// Floats of scratch memory.
long cv_winograd_scratch(const cv_winograd *w);
/// With `base`, the value [oh, ow, outputs] that the result changes, the result becomes cut(base + result) - cut(base). The
/// residual may be `y` itself.
void cv_winograd_run(const cv_winograd *w, const float *x, const float *packed, const cv_finish *finish,
                     const float *base, float *y, float *scratch);

/// A depthwise convolution (multiplier one); weights are [kh, kw, C].
typedef struct {
  long batch, h, w, c, oh, ow, kh, kw, sh, sw, dh, dw, top, left;
} cv_depthwise;
void cv_depthwise_run(const cv_depthwise *d, const float *x, const float *weights, const cv_finish *finish, float *y);
#endif
