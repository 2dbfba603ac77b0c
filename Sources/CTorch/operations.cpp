// Arithmetic, reductions, shapes, linear algebra, layers and optimiser steps: each one libtorch call.
#include "bridge.h"

#include <ATen/core/grad_mode.h>

using ct::borrow;
using ct::borrow_optional;
using ct::for_product;
using ct::give;
using ct::guarded;
using ct::in_full;
using ct::ints;

#define CT_DEFINE_UNARY(name) \
    CTStatus ct_##name(CTTensor *out, CTTensor a) { \
        return guarded([&] { *out = give(at::name(borrow(a))); }); \
    }
CT_UNARY_OPS(CT_DEFINE_UNARY)

#define CT_DEFINE_FULL_UNARY(name) \
    CTStatus ct_##name(CTTensor *out, CTTensor a) { \
        return guarded([&] { *out = give(at::name(in_full(borrow(a)))); }); \
    }
CT_FULL_UNARY_OPS(CT_DEFINE_FULL_UNARY)

#define CT_DEFINE_BINARY(name) \
    CTStatus ct_##name(CTTensor *out, CTTensor a, CTTensor b) { \
        return guarded([&] { *out = give(at::name(borrow(a), borrow(b))); }); \
    }
CT_BINARY_OPS(CT_DEFINE_BINARY)

namespace {
at::Tensor add_scalar(const at::Tensor &a, double b) { return at::add(a, b); }
at::Tensor mul_scalar(const at::Tensor &a, double b) { return at::mul(a, b); }
at::Tensor pow_scalar(const at::Tensor &a, double b) { return at::pow(in_full(a), b); }
at::Tensor gt_scalar(const at::Tensor &a, double b) { return at::gt(a, b); }
at::Tensor lt_scalar(const at::Tensor &a, double b) { return at::lt(a, b); }
at::Tensor eq_scalar(const at::Tensor &a, double b) { return at::eq(a, b); }
at::Tensor clamp_min(const at::Tensor &a, double b) { return at::clamp_min(a, b); }
at::Tensor clamp_max(const at::Tensor &a, double b) { return at::clamp_max(a, b); }
}  // namespace

#define CT_DEFINE_SCALAR(name) \
    CTStatus ct_##name(CTTensor *out, CTTensor a, double b) { \
        return guarded([&] { *out = give(name(borrow(a), b)); }); \
    }
CT_SCALAR_OPS(CT_DEFINE_SCALAR)

CTStatus ct_where(CTTensor *out, CTTensor condition, CTTensor a, CTTensor b) {
    return guarded([&] { *out = give(at::where(borrow(condition), borrow(a), borrow(b))); });
}

CTStatus ct_lerp(CTTensor *out, CTTensor a, CTTensor b, double weight) {
    return guarded([&] { *out = give(at::lerp(borrow(a), borrow(b), weight)); });
}

CTStatus ct_lerp_(CTTensor a, CTTensor b, double weight) {
    return guarded([&] { borrow(a).lerp_(borrow(b), weight); });
}

CTStatus ct_addmm_(CTTensor a, CTTensor b, CTTensor c) {
    return guarded([&] { borrow(a).addmm_(borrow(b), borrow(c)); });
}

CTStatus ct_add_(CTTensor a, CTTensor b, double scale) {
    return guarded([&] { borrow(a).add_(borrow(b), scale); });
}

CTStatus ct_mul_scalar_(CTTensor a, double b) {
    return guarded([&] { borrow(a).mul_(b); });
}

CTStatus ct_copy_(CTTensor a, CTTensor b) {
    return guarded([&] { borrow(a).copy_(borrow(b)); });
}

CTStatus ct_fill_(CTTensor a, double value) {
    return guarded([&] { borrow(a).fill_(value); });
}

// Reductions.

namespace {
std::vector<int64_t> dims_or_all(const at::Tensor &a, CTInts dims) {
    if (dims.count > 0) return ints(dims).vec();
    std::vector<int64_t> all(a.dim());
    for (int64_t i = 0; i < a.dim(); ++i) all[i] = i;
    return all;
}
}  // namespace

#define CT_DEFINE_REDUCTION(name, reduced) \
    CTStatus ct_##name(CTTensor *out, CTTensor a, CTInts dims, bool keep) { \
        return guarded([&] { \
            const at::Tensor input = borrow(a); \
            const auto over = dims_or_all(input, dims); \
            const auto full = ct::autocast && ct::is_low_precision(input) ? std::optional(at::kFloat) : std::nullopt; \
            *out = give(reduced); \
        }); \
    }
// Half-precision maps are added up in fp32 as they are read; the largest of them is the same in both.
CT_DEFINE_REDUCTION(sum, at::sum(input, over, keep, full))
CT_DEFINE_REDUCTION(mean, at::mean(input, over, keep, full))
CT_DEFINE_REDUCTION(amax, at::amax(input, over, keep).to(full.value_or(input.scalar_type())))
CT_DEFINE_REDUCTION(amin, at::amin(input, over, keep).to(full.value_or(input.scalar_type())))
CT_DEFINE_REDUCTION(logsumexp, at::logsumexp(in_full(input), over, keep))

CTStatus ct_argmax(CTTensor *out, CTTensor a, int64_t dim) {
    return guarded([&] { *out = give(at::argmax(borrow(a), dim)); });
}

CTStatus ct_cumsum(CTTensor *out, CTTensor a, int64_t dim) {
    return guarded([&] { *out = give(at::cumsum(in_full(borrow(a)), dim)); });
}

CTStatus ct_log_softmax(CTTensor *out, CTTensor a, int64_t dim) {
    return guarded([&] { *out = give(at::log_softmax(in_full(borrow(a)), dim)); });
}

CTStatus ct_norm(CTTensor *out, CTTensor a) {
    return guarded([&] { *out = give(at::norm(in_full(borrow(a)))); });
}

// Shape.

CTStatus ct_reshape(CTTensor *out, CTTensor a, CTInts shape) {
    return guarded([&] { *out = give(borrow(a).reshape(ints(shape))); });
}

CTStatus ct_permute(CTTensor *out, CTTensor a, CTInts dims) {
    return guarded([&] { *out = give(borrow(a).permute(ints(dims))); });
}

CTStatus ct_expand(CTTensor *out, CTTensor a, CTInts shape) {
    return guarded([&] { *out = give(borrow(a).expand(ints(shape))); });
}

CTStatus ct_narrow(CTTensor *out, CTTensor a, int64_t dim, int64_t start, int64_t length) {
    return guarded([&] { *out = give(borrow(a).narrow(dim, start, length)); });
}

CTStatus ct_cat(CTTensor *out, CTTensorList tensors, int64_t dim) {
    return guarded([&] { *out = give(at::cat(borrow(tensors), dim)); });
}

CTStatus ct_stack(CTTensor *out, CTTensorList tensors, int64_t dim) {
    return guarded([&] { *out = give(at::stack(borrow(tensors), dim)); });
}

CTStatus ct_index_select(CTTensor *out, CTTensor a, int64_t dim, CTTensor indices) {
    return guarded([&] { *out = give(at::index_select(borrow(a), dim, borrow(indices))); });
}

CTStatus ct_gather(CTTensor *out, CTTensor a, int64_t dim, CTTensor indices) {
    return guarded([&] { *out = give(at::gather(borrow(a), dim, borrow(indices))); });
}

CTStatus ct_pad(CTTensor *out, CTTensor a, CTInts widths, double value) {
    return guarded([&] { *out = give(at::constant_pad_nd(borrow(a), ints(widths), value)); });
}

// Linear algebra and ordering.

CTStatus ct_matmul(CTTensor *out, CTTensor a, CTTensor b) {
    return guarded([&] { *out = give(at::matmul(for_product(borrow(a)), for_product(borrow(b)))); });
}

CTStatus ct_cdist(CTTensor *out, CTTensor a, CTTensor b) {
    // Mode 2: never through the inner product, whose cancellation turns equal points into points 1e-3 apart.
    return guarded([&] { *out = give(at::cdist(borrow(a), borrow(b), 2.0, 2)); });
}

CTStatus ct_qr(CTTensor *q, CTTensor *r, CTTensor a) {
    return guarded([&] {
        auto [orthogonal, triangular] = at::linalg_qr(borrow(a));
        *q = give(orthogonal);
        *r = give(triangular);
    });
}

CTStatus ct_svd(CTTensor *u, CTTensor *s, CTTensor *vt, CTTensor a) {
    return guarded([&] {
        auto [left, values, right] = at::linalg_svd(borrow(a), /*full_matrices=*/false);
        *u = give(left);
        *s = give(values);
        *vt = give(right);
    });
}

CTStatus ct_eigh(CTTensor *values, CTTensor *vectors, CTTensor a) {
    return guarded([&] {
        auto [eigenvalues, eigenvectors] = at::linalg_eigh(borrow(a));
        *values = give(eigenvalues);
        *vectors = give(eigenvectors);
    });
}

CTStatus ct_solve(CTTensor *out, CTTensor a, CTTensor b) {
    return guarded([&] { *out = give(at::linalg_solve(borrow(a), borrow(b))); });
}

CTStatus ct_topk(CTTensor *values, CTTensor *indices, CTTensor a, int64_t k, int64_t dim, bool largest) {
    return guarded([&] {
        auto [top, where] = at::topk(borrow(a), k, dim, largest, /*sorted=*/true);
        *values = give(top);
        *indices = give(where);
    });
}

CTStatus ct_sort(CTTensor *values, CTTensor *indices, CTTensor a, int64_t dim, bool descending) {
    return guarded([&] {
        auto [sorted, where] = at::sort(borrow(a), /*stable=*/true, dim, descending);
        *values = give(sorted);
        *indices = give(where);
    });
}

// Layers.

CTStatus ct_linear(CTTensor *out, CTTensor a, CTTensor weight, CTTensor bias_or_null) {
    return guarded([&] {
        *out = give(at::linear(
            for_product(borrow(a)), for_product(borrow(weight)), for_product(borrow_optional(bias_or_null))));
    });
}

CTStatus ct_conv2d(
    CTTensor *out, CTTensor a, CTTensor weight, CTTensor bias_or_null, int64_t stride, int64_t padding
) {
    return guarded([&] {
        at::Tensor input = borrow(a);
        const at::Tensor filters = borrow(weight);
        // oneDNN writes past its buffers in the filters' gradient of such convolutions when their channels do not fill its blocks
        // of 16 (channels last, AVX-512; in PyTorch 2.13 as well). Every other row and column by themselves are the same product.
        if (stride > 1 && padding == 0 && filters.size(2) == 1 && filters.size(3) == 1 && filters.size(1) % 16 != 0) {
            input = input.slice(2, 0, std::nullopt, stride).slice(3, 0, std::nullopt, stride);
            stride = 1;
        }
        *out = give(at::conv2d(
            for_product(input), for_product(filters), for_product(borrow_optional(bias_or_null)), {stride, stride},
            at::IntArrayRef{padding, padding}));
    });
}

CTStatus ct_group_norm(
    CTTensor *out, CTTensor a, int64_t groups, CTTensor weight_or_null, CTTensor bias_or_null, double epsilon
) {
    return guarded([&] {
        const at::Tensor input = borrow(a);
        const at::Tensor normalised = at::group_norm(
            in_full(input), groups, borrow_optional(weight_or_null), borrow_optional(bias_or_null), epsilon);
        *out = give(normalised.to(input.scalar_type()));
    });
}

CTStatus ct_layer_norm(CTTensor *out, CTTensor a, CTTensor weight, CTTensor bias, double epsilon) {
    return guarded([&] {
        const at::Tensor input = borrow(a);
        *out = give(at::layer_norm(in_full(input), {input.size(-1)}, borrow(weight), borrow(bias), epsilon)
                        .to(input.scalar_type()));
    });
}

CTStatus ct_attention(CTTensor *out, CTTensor q, CTTensor k, CTTensor v, bool causal) {
    return guarded([&] {
        *out = give(at::scaled_dot_product_attention(borrow(q), borrow(k), borrow(v), std::nullopt, 0.0, causal));
    });
}

CTStatus ct_embedding_sum(CTTensor *out, CTTensor table, CTTensor indices) {
    return guarded([&] {
        const at::Tensor rows = borrow(indices);
        const at::Tensor starts = at::arange(rows.size(0), rows.options()).mul_(rows.size(1));
        *out = give(std::get<0>(at::embedding_bag(borrow(table), rows.reshape(-1), starts)));
    });
}

CTStatus ct_max_pool2d(CTTensor *out, CTTensor a, int64_t kernel, int64_t stride, int64_t padding) {
    return guarded([&] { *out = give(at::max_pool2d(borrow(a), {kernel, kernel}, {stride, stride}, {padding, padding})); });
}

CTStatus ct_adaptive_avg_pool2d(CTTensor *out, CTTensor a, int64_t height, int64_t width) {
    return guarded([&] { *out = give(at::adaptive_avg_pool2d(borrow(a), {height, width})); });
}

CTStatus ct_interpolate(CTTensor *out, CTTensor a, int64_t height, int64_t width, CTInterpolation mode) {
    return guarded([&] {
        const at::Tensor input = borrow(a);
        const std::vector<int64_t> size{height, width};
        switch (mode) {
        case CT_NEAREST: *out = give(at::upsample_nearest2d(input, size)); return;
        case CT_BILINEAR: *out = give(at::upsample_bilinear2d(input, size, /*align_corners=*/false)); return;
        }
    });
}

CTStatus ct_pixel_shuffle(CTTensor *out, CTTensor a, int64_t factor) {
    return guarded([&] { *out = give(at::pixel_shuffle(borrow(a), factor)); });
}

CTStatus ct_bce_with_logits(CTTensor *out, CTTensor logits, CTTensor target) {
    return guarded([&] {
        *out = give(at::binary_cross_entropy_with_logits(in_full(borrow(logits)), borrow(target), {}, {}, at::Reduction::None));
    });
}

// Optimisers.

CTStatus ct_adam_step(
    CTTensorList parameters, CTTensorList gradients, CTTensorList first_moments, CTTensorList second_moments,
    CTTensorList steps, CTAdam settings
) {
    return guarded([&] {
        const at::NoGradGuard no_grad;
        const auto counters = borrow(steps);
        at::_foreach_add_(counters, 1);  // the fused kernels expect the number of the step being taken
        const auto take = [&](auto &&kernel) {
            kernel(
                borrow(parameters), borrow(gradients), borrow(first_moments), borrow(second_moments),
                std::vector<at::Tensor>{}, counters,
                settings.learning_rate, settings.beta1, settings.beta2, settings.weight_decay, settings.epsilon);
        };
        if (settings.decoupled_weight_decay) {
            take([](auto &&...a) { at::_fused_adamw_(a..., /*amsgrad=*/false, /*maximize=*/false); });
        } else {
            take([](auto &&...a) { at::_fused_adam_(a..., /*amsgrad=*/false, /*maximize=*/false); });
        }
    });
}

CTStatus ct_global_norm(CTTensor *out, CTTensorList tensors) {
    return guarded([&] { *out = give(at::norm(at::stack(at::_foreach_norm(borrow(tensors))))); });
}

CTStatus ct_scale_all(CTTensorList tensors, double factor) {
    return guarded([&] {
        const at::NoGradGuard no_grad;
        at::_foreach_mul_(borrow(tensors), factor);
    });
}

CTStatus ct_zero_all(CTTensorList tensors) {
    return guarded([&] {
        const at::NoGradGuard no_grad;
        at::_foreach_zero_(borrow(tensors));
    });
}

CTStatus ct_unscale(bool *finite, CTTensorList gradients, double inverse_scale) {
    return guarded([&] {
        const at::NoGradGuard no_grad;
        const auto tensors = borrow(gradients);
        const auto options = tensors[0].options().dtype(at::kFloat);
        at::Tensor overflow = at::zeros({1}, options);
        at::_amp_foreach_non_finite_check_and_unscale_(tensors, overflow, at::full({1}, inverse_scale, options));
        *finite = overflow.item<float>() == 0;
    });
}
