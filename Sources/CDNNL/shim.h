// oneDNN 2.6 and 3.x under one set of calls: only creation of descriptors differs between them.
#ifndef CDNNL_SHIM_H
#define CDNNL_SHIM_H

#include <oneapi/dnnl/dnnl.h>
#include <stdlib.h>

/// A memory descriptor of either version; owned ones are freed by `cdnnl_memory_free`.
typedef const void *cdnnl_memory;

/// What a convolution is made of; axes without dilation say 0, as oneDNN does.
typedef struct {
  cdnnl_memory source, weights, bias, target;
  int64_t strides[2], dilations[2], before[2], after[2];
} cdnnl_convolution;

static inline int cdnnl_major(void) { return dnnl_version()->major; }

#if DNNL_VERSION_MAJOR >= 3

static inline cdnnl_memory cdnnl_memory_by_tag(int rank, const int64_t *extents, int type, int tag) {
  dnnl_memory_desc_t result = NULL;
  if (dnnl_memory_desc_create_with_tag(&result, rank, extents, (dnnl_data_type_t)type, (dnnl_format_tag_t)tag))
    return NULL;
  return result;
}

static inline void cdnnl_memory_free(cdnnl_memory memory) {
  dnnl_memory_desc_destroy((dnnl_memory_desc_t)(uintptr_t)memory);
}

static inline size_t cdnnl_memory_size(cdnnl_memory memory) {
  return dnnl_memory_desc_get_size((const_dnnl_memory_desc_t)memory);
}

static inline int cdnnl_memory_equal(cdnnl_memory left, cdnnl_memory right) {
  return dnnl_memory_desc_equal((const_dnnl_memory_desc_t)left, (const_dnnl_memory_desc_t)right);
}

static inline dnnl_status_t cdnnl_memory_create(dnnl_memory_t *memory, cdnnl_memory description,
                                                dnnl_engine_t engine, void *handle) {
  return dnnl_memory_create(memory, (const_dnnl_memory_desc_t)description, engine, handle);
}

static inline cdnnl_memory cdnnl_query(const_dnnl_primitive_desc_t primitive, int what, int index) {
  return dnnl_primitive_desc_query_md(primitive, (dnnl_query_t)what, index);
}

static inline dnnl_status_t cdnnl_append_eltwise(dnnl_post_ops_t ops, int algorithm, float alpha, float beta) {
  return dnnl_post_ops_append_eltwise(ops, (dnnl_alg_kind_t)algorithm, alpha, beta);
}

static inline dnnl_status_t cdnnl_append_sum(dnnl_post_ops_t ops) {
  return dnnl_post_ops_append_sum(ops, 1.0f, 0, dnnl_data_type_undef);
}

static inline dnnl_status_t cdnnl_convolution_forward(dnnl_primitive_desc_t *result, const cdnnl_convolution *c,
                                                      int algorithm, dnnl_primitive_attr_t attributes,
                                                      dnnl_engine_t engine) {
  return dnnl_convolution_forward_primitive_desc_create(
      result, engine, dnnl_forward_inference, (dnnl_alg_kind_t)algorithm, (const_dnnl_memory_desc_t)c->source,
      (const_dnnl_memory_desc_t)c->weights, (const_dnnl_memory_desc_t)c->bias, (const_dnnl_memory_desc_t)c->target,
      c->strides, c->dilations, c->before, c->after, attributes);
}

/// `source` is the gradient that comes out, `target` the one that goes in.
static inline dnnl_status_t cdnnl_convolution_backward_data(dnnl_primitive_desc_t *result,
                                                            const cdnnl_convolution *c,
                                                            dnnl_primitive_attr_t attributes,
                                                            dnnl_engine_t engine,
                                                            const_dnnl_primitive_desc_t hint) {
  return dnnl_convolution_backward_data_primitive_desc_create(
      result, engine, dnnl_convolution_direct, (const_dnnl_memory_desc_t)c->source,
      (const_dnnl_memory_desc_t)c->weights, (const_dnnl_memory_desc_t)c->target, c->strides, c->dilations, c->before,
      c->after, hint, attributes);
}

/// `weights` and `bias` are the gradients that come out, `target` the one that goes in.
static inline dnnl_status_t cdnnl_convolution_backward_weights(dnnl_primitive_desc_t *result,
                                                               const cdnnl_convolution *c,
                                                               dnnl_primitive_attr_t attributes,
                                                               dnnl_engine_t engine,
                                                               const_dnnl_primitive_desc_t hint) {
  return dnnl_convolution_backward_weights_primitive_desc_create(
      result, engine, dnnl_convolution_direct, (const_dnnl_memory_desc_t)c->source,
      (const_dnnl_memory_desc_t)c->weights, (const_dnnl_memory_desc_t)c->bias, (const_dnnl_memory_desc_t)c->target,
      c->strides, c->dilations, c->before, c->after, hint, attributes);
}

static inline dnnl_status_t cdnnl_reorder(dnnl_primitive_desc_t *result, cdnnl_memory from, cdnnl_memory to,
                                          dnnl_engine_t engine) {
  return dnnl_reorder_primitive_desc_create(result, (const_dnnl_memory_desc_t)from, engine,
                                            (const_dnnl_memory_desc_t)to, engine, NULL);
}

#else

static inline cdnnl_memory cdnnl_memory_by_tag(int rank, const int64_t *extents, int type, int tag) {
  dnnl_memory_desc_t *result = (dnnl_memory_desc_t *)malloc(sizeof *result);
  if (!result) return NULL;
  if (dnnl_memory_desc_init_by_tag(result, rank, extents, (dnnl_data_type_t)type, (dnnl_format_tag_t)tag)) {
    free(result);
    return NULL;
  }
  return result;
}

static inline void cdnnl_memory_free(cdnnl_memory memory) { free((void *)(uintptr_t)memory); }

static inline size_t cdnnl_memory_size(cdnnl_memory memory) {
  return dnnl_memory_desc_get_size((const dnnl_memory_desc_t *)memory);
}

static inline int cdnnl_memory_equal(cdnnl_memory left, cdnnl_memory right) {
  return dnnl_memory_desc_equal((const dnnl_memory_desc_t *)left, (const dnnl_memory_desc_t *)right);
}

static inline dnnl_status_t cdnnl_memory_create(dnnl_memory_t *memory, cdnnl_memory description,
                                                dnnl_engine_t engine, void *handle) {
  return dnnl_memory_create(memory, (const dnnl_memory_desc_t *)description, engine, handle);
}

static inline cdnnl_memory cdnnl_query(const_dnnl_primitive_desc_t primitive, int what, int index) {
  return dnnl_primitive_desc_query_md(primitive, (dnnl_query_t)what, index);
}

static inline dnnl_status_t cdnnl_append_eltwise(dnnl_post_ops_t ops, int algorithm, float alpha, float beta) {
  return dnnl_post_ops_append_eltwise(ops, 1.0f, (dnnl_alg_kind_t)algorithm, alpha, beta);
}

static inline dnnl_status_t cdnnl_append_sum(dnnl_post_ops_t ops) { return dnnl_post_ops_append_sum(ops, 1.0f); }

static inline dnnl_status_t cdnnl_convolution_forward(dnnl_primitive_desc_t *result, const cdnnl_convolution *c,
                                                      int algorithm, dnnl_primitive_attr_t attributes,
                                                      dnnl_engine_t engine) {
  dnnl_convolution_desc_t op;
  dnnl_status_t status = dnnl_dilated_convolution_forward_desc_init(
      &op, dnnl_forward_inference, (dnnl_alg_kind_t)algorithm, (const dnnl_memory_desc_t *)c->source,
      (const dnnl_memory_desc_t *)c->weights, (const dnnl_memory_desc_t *)c->bias,
      (const dnnl_memory_desc_t *)c->target, c->strides, c->dilations, c->before, c->after);
  return status ? status : dnnl_primitive_desc_create(result, &op, attributes, engine, NULL);
}

/// `source` is the gradient that comes out, `target` the one that goes in.
static inline dnnl_status_t cdnnl_convolution_backward_data(dnnl_primitive_desc_t *result,
                                                            const cdnnl_convolution *c,
                                                            dnnl_primitive_attr_t attributes,
                                                            dnnl_engine_t engine,
                                                            const_dnnl_primitive_desc_t hint) {
  dnnl_convolution_desc_t op;
  dnnl_status_t status = dnnl_dilated_convolution_backward_data_desc_init(
      &op, dnnl_convolution_direct, (const dnnl_memory_desc_t *)c->source, (const dnnl_memory_desc_t *)c->weights,
      (const dnnl_memory_desc_t *)c->target, c->strides, c->dilations, c->before, c->after);
  return status ? status : dnnl_primitive_desc_create(result, &op, attributes, engine, hint);
}

/// `weights` and `bias` are the gradients that come out, `target` the one that goes in.
static inline dnnl_status_t cdnnl_convolution_backward_weights(dnnl_primitive_desc_t *result,
                                                               const cdnnl_convolution *c,
                                                               dnnl_primitive_attr_t attributes,
                                                               dnnl_engine_t engine,
                                                               const_dnnl_primitive_desc_t hint) {
  dnnl_convolution_desc_t op;
  dnnl_status_t status = dnnl_dilated_convolution_backward_weights_desc_init(
      &op, dnnl_convolution_direct, (const dnnl_memory_desc_t *)c->source, (const dnnl_memory_desc_t *)c->weights,
      (const dnnl_memory_desc_t *)c->bias, (const dnnl_memory_desc_t *)c->target, c->strides, c->dilations,
      c->before, c->after);
  return status ? status : dnnl_primitive_desc_create(result, &op, attributes, engine, hint);
}

static inline dnnl_status_t cdnnl_reorder(dnnl_primitive_desc_t *result, cdnnl_memory from, cdnnl_memory to,
                                          dnnl_engine_t engine) {
  return dnnl_reorder_primitive_desc_create(result, (const dnnl_memory_desc_t *)from, engine,
                                            (const dnnl_memory_desc_t *)to, engine, NULL);
}

#endif
#endif
