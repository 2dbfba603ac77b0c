// libtorch behind C. A function that may fail returns a status and writes its result through its first argument; the message of
// the last failure is kept per thread. A `CTTensor` owns one reference: give it back with `ct_tensor_release`.
#ifndef CTORCH_H
#define CTORCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct CTTensorImpl *CTTensor;        // a c10::TensorImpl
typedef struct CTGeneratorImpl *CTGenerator;  // a c10::GeneratorImpl
typedef struct CTGroupImpl *CTGroup;          // processes that work as one
typedef struct CTGradientSumImpl *CTGradientSum;
typedef struct CTGraphImpl *CTGraph;

typedef enum { CT_OK = 0, CT_FAILED = 1, CT_OUT_OF_MEMORY = 2 } CTStatus;
typedef enum {
    CT_FLOAT32 = 0, CT_FLOAT64, CT_FLOAT16, CT_BFLOAT16, CT_INT64, CT_INT32, CT_UINT8, CT_BOOL
} CTDType;
typedef enum { CT_CPU = 0, CT_CUDA, CT_MPS } CTDeviceKind;
typedef struct { CTDeviceKind kind; int32_t index; } CTDevice;
typedef enum { CT_CONTIGUOUS = 0, CT_CHANNELS_LAST } CTMemoryFormat;
typedef enum { CT_NEAREST = 0, CT_BILINEAR } CTInterpolation;
typedef enum { CT_AMX_ABSENT = 0, CT_AMX_WORKS, CT_AMX_CAPPED, CT_AMX_CAPPED_BY_USER } CTAMX;

typedef struct { const CTTensor *items; size_t count; } CTTensorList;
typedef struct { const int64_t *items; size_t count; } CTInts;

// Errors. The first failure inside a scope is remembered until its `ct_scope_leave`, which returns it. Scopes nest.
const char *ct_last_error(void);
void ct_scope_enter(void);
CTStatus ct_scope_leave(void);
bool ct_scope_active(void);

// Runtime.
const char *ct_version(void);
const char *ct_cpu_capability(void);
CTAMX ct_amx(void);
int32_t ct_cuda_count(void);
bool ct_mps_available(void);
int64_t ct_live_tensors(void);
CTStatus ct_set_threads(int32_t count);
int32_t ct_threads(void);
CTStatus ct_threads_at_work(int32_t *out);  // that a pass of our own is divided among
CTStatus ct_synchronize(CTDevice device);
CTStatus ct_empty_cache(CTDevice device);  // gives unused memory back, for whoever needs larger pieces
CTStatus ct_peak_memory(int64_t *out, CTDevice device);  // bytes held at most; 0 where libtorch does not count
bool ct_expandable_segments(void);
bool ct_fast_bfloat16(void);  // whether the current GPU multiplies it fast

// Lifetime, shape and storage.
void ct_tensor_release(CTTensor tensor);
int64_t ct_dim(CTTensor tensor);
void ct_shape(int64_t *out, CTTensor tensor);
CTStatus ct_dtype(CTDType *out, CTTensor tensor);
CTDevice ct_device(CTTensor tensor);
CTStatus ct_from_bytes(CTTensor *out, const void *bytes, CTInts shape, CTDType dtype, CTDevice device);
CTStatus ct_copy_bytes(void *out, size_t byte_count, CTTensor tensor, CTDType dtype);
CTStatus ct_empty(CTTensor *out, CTInts shape, CTDType dtype, CTDevice device);
CTStatus ct_full(CTTensor *out, CTInts shape, double value, CTDType dtype, CTDevice device);
CTStatus ct_arange(CTTensor *out, double start, double end, double step, CTDType dtype, CTDevice device);
CTStatus ct_eye(CTTensor *out, int64_t n, CTDType dtype, CTDevice device);
CTStatus ct_to(CTTensor *out, CTTensor a, CTDType dtype, CTDevice device);
CTStatus ct_contiguous(CTTensor *out, CTTensor a, CTMemoryFormat format);
CTStatus ct_clone(CTTensor *out, CTTensor a);
CTStatus ct_alias(CTTensor *out, CTTensor a);

// Random numbers.
CTStatus ct_generator_new(CTGenerator *out, CTDevice device, uint64_t seed);
void ct_generator_release(CTGenerator generator);
CTStatus ct_generator_state(CTTensor *out, CTGenerator generator);
CTStatus ct_generator_set_state(CTGenerator generator, CTTensor state);
CTStatus ct_randn(CTTensor *out, CTInts shape, CTGenerator generator, CTDevice device);
CTStatus ct_rand(CTTensor *out, CTInts shape, CTGenerator generator, CTDevice device);
CTStatus ct_uniform_(CTTensor a, double low, double high, CTGenerator generator);

// Autograd.
bool ct_grad_enabled(void);
void ct_set_grad_enabled(bool enabled);
bool ct_requires_grad(CTTensor a);
CTStatus ct_set_requires_grad(CTTensor a, bool value);
CTStatus ct_detach(CTTensor *out, CTTensor a);
CTStatus ct_backward(CTTensor a, CTTensor gradient_or_null);
CTStatus ct_grad(CTTensor *out_or_null, CTTensor a);
CTStatus ct_set_grad(CTTensor a, CTTensor gradient_or_null);
// Runs a segment of a network without recording; on the way back it runs again, with the same inputs. `run` owns its inputs
// and gives its outputs away; `release` is called once, when nobody needs the context any more.
typedef struct {
    void *context;
    size_t outputs;
    CTStatus (*run)(void *context, const CTTensor *inputs, size_t count, CTTensor *outputs);
    void (*release)(void *context);
} CTSegment;
CTStatus ct_checkpoint(CTTensor *outputs, CTTensorList inputs, CTSegment segment);
// What this thread computes products in: linear, conv2d and matmul. CT_FLOAT32 leaves all as it is.
CTDType ct_autocast(void);
CTStatus ct_set_autocast(CTDType dtype);

// CUDA graphs: work of a GPU that is captured, and replayed as often as wanted, with the memory that it had then. Between `begin` and
// `end` this thread's work is captured and not done; a graph whose `end` fails is to be released.
bool ct_graphs_available(CTDevice device);
CTStatus ct_graph_begin(CTGraph *out, CTDevice device);
CTStatus ct_graph_end(CTGraph graph);
CTStatus ct_graph_replay(CTGraph graph);
void ct_graph_release(CTGraph graph);

// Element by element.
#define CT_UNARY_OPS(X) \
    X(neg) X(abs) X(sigmoid) X(relu) X(gelu) X(tanh) X(sign) X(isfinite)
#define CT_FULL_UNARY_OPS(X) X(exp) X(log) X(sqrt) X(square)  // in fp32 under autocast
#define CT_BINARY_OPS(X) \
    X(add) X(sub) X(mul) X(div) X(maximum) X(minimum) X(eq) X(gt) X(lt) X(logical_and)
#define CT_SCALAR_OPS(X) \
    X(add_scalar) X(mul_scalar) X(pow_scalar) X(gt_scalar) X(lt_scalar) X(eq_scalar) X(clamp_min) X(clamp_max)
#define CT_DECLARE_UNARY(name) CTStatus ct_##name(CTTensor *out, CTTensor a);
#define CT_DECLARE_BINARY(name) CTStatus ct_##name(CTTensor *out, CTTensor a, CTTensor b);
#define CT_DECLARE_SCALAR(name) CTStatus ct_##name(CTTensor *out, CTTensor a, double b);
CT_UNARY_OPS(CT_DECLARE_UNARY)
CT_FULL_UNARY_OPS(CT_DECLARE_UNARY)
CT_BINARY_OPS(CT_DECLARE_BINARY)
CT_SCALAR_OPS(CT_DECLARE_SCALAR)
CTStatus ct_where(CTTensor *out, CTTensor condition, CTTensor a, CTTensor b);
CTStatus ct_lerp(CTTensor *out, CTTensor a, CTTensor b, double weight);
CTStatus ct_lerp_(CTTensor a, CTTensor b, double weight);
CTStatus ct_add_(CTTensor a, CTTensor b, double scale);
CTStatus ct_addmm_(CTTensor a, CTTensor b, CTTensor c);  // a += b c
CTStatus ct_mul_scalar_(CTTensor a, double b);
CTStatus ct_copy_(CTTensor a, CTTensor b);
CTStatus ct_fill_(CTTensor a, double value);

// Reductions; no dimensions means all of them.
#define CT_REDUCTIONS(X) X(sum) X(mean) X(amax) X(amin) X(logsumexp)
#define CT_DECLARE_REDUCTION(name) CTStatus ct_##name(CTTensor *out, CTTensor a, CTInts dims, bool keep);
CT_REDUCTIONS(CT_DECLARE_REDUCTION)
CTStatus ct_argmax(CTTensor *out, CTTensor a, int64_t dim);
CTStatus ct_cumsum(CTTensor *out, CTTensor a, int64_t dim);
CTStatus ct_log_softmax(CTTensor *out, CTTensor a, int64_t dim);
CTStatus ct_norm(CTTensor *out, CTTensor a);

// Shape.
CTStatus ct_reshape(CTTensor *out, CTTensor a, CTInts shape);
CTStatus ct_permute(CTTensor *out, CTTensor a, CTInts dims);
CTStatus ct_expand(CTTensor *out, CTTensor a, CTInts shape);
CTStatus ct_narrow(CTTensor *out, CTTensor a, int64_t dim, int64_t start, int64_t length);
CTStatus ct_cat(CTTensor *out, CTTensorList tensors, int64_t dim);
CTStatus ct_stack(CTTensor *out, CTTensorList tensors, int64_t dim);
CTStatus ct_index_select(CTTensor *out, CTTensor a, int64_t dim, CTTensor indices);
CTStatus ct_gather(CTTensor *out, CTTensor a, int64_t dim, CTTensor indices);
CTStatus ct_pad(CTTensor *out, CTTensor a, CTInts widths, double value);

// Linear algebra and ordering.
CTStatus ct_matmul(CTTensor *out, CTTensor a, CTTensor b);
CTStatus ct_cdist(CTTensor *out, CTTensor a, CTTensor b);
CTStatus ct_qr(CTTensor *q, CTTensor *r, CTTensor a);
CTStatus ct_svd(CTTensor *u, CTTensor *s, CTTensor *vt, CTTensor a);
CTStatus ct_eigh(CTTensor *values, CTTensor *vectors, CTTensor a);
CTStatus ct_solve(CTTensor *out, CTTensor a, CTTensor b);
CTStatus ct_topk(CTTensor *values, CTTensor *indices, CTTensor a, int64_t k, int64_t dim, bool largest);
CTStatus ct_sort(CTTensor *values, CTTensor *indices, CTTensor a, int64_t dim, bool descending);

// Layers.
CTStatus ct_linear(CTTensor *out, CTTensor a, CTTensor weight, CTTensor bias_or_null);
CTStatus ct_conv2d(
    CTTensor *out, CTTensor a, CTTensor weight, CTTensor bias_or_null, int64_t stride, int64_t padding);
CTStatus ct_group_norm(
    CTTensor *out, CTTensor a, int64_t groups, CTTensor weight_or_null, CTTensor bias_or_null, double epsilon);
CTStatus ct_layer_norm(CTTensor *out, CTTensor a, CTTensor weight, CTTensor bias, double epsilon);
// softmax(q · kᵀ / √width) · v of [batch, heads, length, width]; if causal, a place sees itself and those before it.
CTStatus ct_attention(CTTensor *out, CTTensor q, CTTensor k, CTTensor v, bool causal);
// The sum of the table's rows that each row of indices [rows, n] names.
CTStatus ct_embedding_sum(CTTensor *out, CTTensor table, CTTensor indices);
CTStatus ct_max_pool2d(CTTensor *out, CTTensor a, int64_t kernel, int64_t stride, int64_t padding);
CTStatus ct_adaptive_avg_pool2d(CTTensor *out, CTTensor a, int64_t height, int64_t width);
CTStatus ct_interpolate(CTTensor *out, CTTensor a, int64_t height, int64_t width, CTInterpolation mode);
CTStatus ct_pixel_shuffle(CTTensor *out, CTTensor a, int64_t factor);
// relu(conv(a) + bias) with 3×3 filters that never change, padding 1, on the CPU. `filters` come from `ct_winograd_filters`,
// `turned_filters` from the same of the filters turned by 180° with inputs and outputs exchanged. Tiles of the output
// where `occupied` [batch, 1, height, width] is false are equal within an image and computed once; no gradient then.
// `ct_occupied_tiles` makes it from where the input may differ from blank paper's.
CTStatus ct_winograd_filters(CTTensor *out, CTTensor weight);
CTStatus ct_occupied_tiles(CTTensor *out, CTTensor occupied);
CTStatus ct_frozen_conv2d(
    CTTensor *out, CTTensor a, CTTensor filters, CTTensor turned_filters, CTTensor bias, CTTensor occupied_or_null);
// relu(conv(a) + bias) with 3×3 filters, padding 1, in the filters' precision; filters and bias get no gradient.
CTStatus ct_conv2d_relu(CTTensor *out, CTTensor a, CTTensor weight, CTTensor bias);
// Passes over maps that come out channels-last: relu?(GN(a) · scale + shift) with scale and shift [batch, channels];
// mean and maximum of each map, [2, batch, channels]; mean and maximum of each place over F · s, [batch, 2, height, width];
// relu(F · s · t + residual). fp32 maps on the CPU are passed once; of these the last three take channels in multiples of 8.
CTStatus ct_normalise(
    CTTensor *out, CTTensor a, CTTensor scale, CTTensor shift, int64_t groups, bool relu, double epsilon);
CTStatus ct_channel_pool(CTTensor *out, CTTensor maps);
CTStatus ct_place_pool(CTTensor *out, CTTensor maps, CTTensor scales);
CTStatus ct_attend_and_add(CTTensor *out, CTTensor maps, CTTensor scales, CTTensor places, CTTensor residual);
// Σ weights · image over each window that lies inside images [batch, height, width]; the weights are those of a side, and a
// place's weight is the product of its row's and its column's.
CTStatus ct_window_means(CTTensor *out, CTTensor images, const double *weights, size_t count);
CTStatus ct_mean_absolute_error(CTTensor *out, CTTensor a, CTTensor b);  // [batch]; no gradient for b
CTStatus ct_bce_with_logits(CTTensor *out, CTTensor logits, CTTensor target);

// Optimisers: one step over all parameters, in place.
typedef struct {
    double learning_rate, beta1, beta2, epsilon, weight_decay;
    bool decoupled_weight_decay;  // AdamW
} CTAdam;
CTStatus ct_adam_step(
    CTTensorList parameters, CTTensorList gradients, CTTensorList first_moments, CTTensorList second_moments,
    CTTensorList steps, CTAdam settings);
CTStatus ct_global_norm(CTTensor *out, CTTensorList tensors);
CTStatus ct_scale_all(CTTensorList tensors, double factor);  // in place
CTStatus ct_zero_all(CTTensorList tensors);                  // in place
CTStatus ct_unscale(bool *finite, CTTensorList gradients, double inverse_scale);  // in place

// Several processes that work as one. One of them, or their launcher, serves the place where they meet (port 0: any free
// one), the others go there; `connect` waits for all of them, `timeout` seconds. What follows must be called by all ranks
// in the same order. A failure names the rank.
typedef struct {
    const char *host, *name;
    uint16_t port;
    bool serves;
    int32_t rank, size;
    double timeout;
} CTMeeting;
CTStatus ct_group_open(CTGroup *out, CTMeeting meeting);
uint16_t ct_group_port(CTGroup group);
CTStatus ct_group_connect(CTGroup group);
void ct_group_leave(CTGroup group, const char *reason);  // because of an error
void ct_group_finish(CTGroup group);                     // waits until all have finished
void ct_group_release(CTGroup group);
CTStatus ct_group_sum(CTGroup group, CTTensorList tensors, size_t bucket_bytes);    // in place

// The sums of the gradients of parameters (all of which require them) over all ranks. While it is watched, gradients leave as soon as
// `backward` has them, once; `send` sends the rest, `receive` puts the sums in the gradients' place. To be released before the group.
CTStatus ct_gradient_sum_open(CTGradientSum *out, CTGroup group, CTTensorList parameters, size_t bucket_bytes);
CTStatus ct_gradient_sum_watch(CTGradientSum sum, bool watching);
CTStatus ct_gradient_sum_send(CTGradientSum sum);
CTStatus ct_gradient_sum_receive(CTGradientSum sum);
size_t ct_gradient_sum_sent(CTGradientSum sum);  // buckets that have been sent
void ct_gradient_sum_release(CTGradientSum sum);

CTStatus ct_group_broadcast(CTGroup group, CTTensor tensor, int32_t root);          // in place
CTStatus ct_group_gather(CTTensor *out, CTGroup group, CTTensor tensor);            // stacked, equal shapes

#ifdef __cplusplus
}
#endif
#endif
