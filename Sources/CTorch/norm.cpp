// Group normalisation (Wu and He, ECCV 2018) with its scale and shift and, where wanted, the ReLU after it, in two passes
// forward and two back. libtorch's own takes four times as long to go back through channels-last maps.
#include "gpu-maps.h"
#include "maps.h"

#include <limits>

namespace ct {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Σx and Σ(x − mean)² of each channel, the mean being that of these pixels: blank paper makes channels that are nearly
/// constant, and squares around anything else would cancel.
CT_VECTORISED void moments(
    const float *CT_RESTRICT x, int64_t pixels, int64_t channels, float *CT_RESTRICT sums
) {
    float *CT_RESTRICT squares = sums + channels;
    for (int64_t p = 0; p < pixels; ++p)
        for (int64_t c = 0; c < channels; ++c) sums[c] += x[p * channels + c];
    const float share = 1.0f / static_cast<float>(pixels);
    for (int64_t p = 0; p < pixels; ++p) {
        for (int64_t c = 0; c < channels; ++c) {
            const float difference = x[p * channels + c] - sums[c] * share;
            squares[c] += difference * difference;
        }
    }
}

/// x · scale + shift, channel by channel, and the ReLU of it.
CT_VECTORISED void scale_and_shift(
    const float *CT_RESTRICT x, const float *CT_RESTRICT scale, const float *CT_RESTRICT shift, int64_t pixels,
    int64_t channels, bool relu, float *CT_RESTRICT y
) {
    const float least = relu ? 0 : -std::numeric_limits<float>::infinity();
    for (int64_t p = 0; p < pixels; ++p) {
        for (int64_t c = 0; c < channels; ++c) {
            const float value = x[p * channels + c] * scale[c] + shift[c];
            y[p * channels + c] = value < least ? least : value;  // a NaN stays one
        }
    }
}

/// Σg and Σg·x of each channel, where g counts only where y is above `least`.
CT_VECTORISED void gradient_sums(
    const float *CT_RESTRICT g, const float *CT_RESTRICT y, const float *CT_RESTRICT x, float least, int64_t pixels,
    int64_t channels, float *CT_RESTRICT sums
) {
    float *CT_RESTRICT products = sums + channels;
    for (int64_t p = 0; p < pixels; ++p) {
        for (int64_t c = 0; c < channels; ++c) {
            const int64_t i = p * channels + c;
            const float gated = y[i] > least ? g[i] : 0;
            sums[c] += gated;
            products[c] += gated * x[i];
        }
    }
}

/// g · a + x · b + c, channel by channel.
CT_VECTORISED void input_gradient(
    const float *CT_RESTRICT g, const float *CT_RESTRICT y, const float *CT_RESTRICT x, float least, int64_t pixels,
    int64_t channels, const float *CT_RESTRICT coefficients, float *CT_RESTRICT out
) {
    const float *CT_RESTRICT a = coefficients, *CT_RESTRICT b = a + channels, *CT_RESTRICT constant = b + channels;
    for (int64_t p = 0; p < pixels; ++p) {
        for (int64_t c = 0; c < channels; ++c) {
            const int64_t i = p * channels + c;
            const float gated = y[i] > least ? g[i] : 0;
            out[i] = gated * a[c] + x[i] * b[c] + constant[c];
        }
    }
}

/// relu?(GN(x) · scale + shift); scale and shift are [batch, channels].
struct Normalisation : torch::autograd::Function<Normalisation> {
    static at::Tensor forward(
        AutogradContext *context, const at::Tensor &maps, const at::Tensor &scales, const at::Tensor &shifts,
        int64_t groups, bool relu, double epsilon
    ) {
        const at::Tensor x = channels_last(maps), scale = scales.contiguous();
        const Shape shape(x);
        const float *data = const_data(x);
        // Of each stretch of pixels and channel; then mean and variance of each channel (Chan, Golub and LeVeque, 1983).
        const at::Tensor parts = shape.partial_sums(2, [&](int64_t image, int64_t first, int64_t count, float *out) {
            moments(data + shape.offset(image, first), count, shape.channels, out);
        });
        const at::Tensor counts = shape.counts(), totals = parts.select(2, 0);
        const double pixels = static_cast<double>(shape.pixels);
        const at::Tensor mean = totals.sum({1}) / pixels;
        const at::Tensor between = (totals / counts - mean.unsqueeze(1)).square() * counts;
        const at::Tensor square = (parts.select(2, 1) + between).sum({1}) / pixels;
        const auto over_group = [&](const at::Tensor &a) {
            return a.reshape({shape.batch, groups, -1}).mean({2}, /*keepdim=*/true).expand({-1, -1, shape.channels / groups})
                .reshape({shape.batch, shape.channels});
        };
        const at::Tensor group_mean = over_group(mean);
        const at::Tensor variance = over_group(square + (mean - group_mean).square());
        const at::Tensor inverse = (variance + epsilon).rsqrt();
        const at::Tensor a = scale * inverse, b = shifts - group_mean * a;
        const at::Tensor factor = a.to(at::kFloat).contiguous(), constant = b.to(at::kFloat).contiguous();
        at::Tensor y = at::empty_like(x);
        shape.each_stretch([&](int64_t image, int64_t first, int64_t count) {
            scale_and_shift(
                data + shape.offset(image, first), const_data(factor) + image * shape.channels,
                const_data(constant) + image * shape.channels, count, shape.channels, relu,
                y.data_ptr<float>() + shape.offset(image, first));
        });
        context->save_for_backward({x, y, scale, group_mean, inverse});
        context->saved_data["groups"] = groups;
        context->saved_data["relu"] = relu;
        return y;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], &y = saved[1], &scale = saved[2], &mean = saved[3], &inverse = saved[4];
        const int64_t groups = context->saved_data["groups"].toInt();
        const float least = context->saved_data["relu"].toBool() ? 0 : -std::numeric_limits<float>::infinity();
        const at::Tensor g = channels_last(gradients[0]);
        const Shape shape(x);
        const at::Tensor sums = shape.sums(2, [&](int64_t image, int64_t first, int64_t count, float *out) {
            const int64_t i = shape.offset(image, first);
            gradient_sums(
                const_data(g) + i, const_data(y) + i, const_data(x) + i, least, count,
                shape.channels, out);
        });
        const at::Tensor to_shift = sums.select(1, 0);                                      // Σg
        const at::Tensor to_scale = (sums.select(1, 1) - mean * to_shift) * inverse;        // Σg·x̂
        const double elements = static_cast<double>(shape.pixels * (shape.channels / groups));
        const auto over_group = [&](const at::Tensor &a) {
            return (a.reshape({shape.batch, groups, -1}).sum({2}, /*keepdim=*/true) / elements)
                .expand({-1, -1, shape.channels / groups}).reshape({shape.batch, shape.channels});
        };
        // dx = (scale·g − mean(scale·g) − x̂·mean(scale·g·x̂)) / σ
        const at::Tensor first_mean = over_group(to_shift * scale), second_mean = over_group(to_scale * scale);
        const at::Tensor by_x = -second_mean * inverse * inverse;
        const at::Tensor constant = -first_mean * inverse - mean * by_x;
        const at::Tensor coefficients = at::stack({scale * inverse, by_x, constant}, 1).to(at::kFloat).contiguous();
        at::Tensor to_x = at::empty_like(x);
        shape.each_stretch([&](int64_t image, int64_t first, int64_t count) {
            const int64_t i = shape.offset(image, first);
            input_gradient(
                const_data(g) + i, const_data(y) + i, const_data(x) + i, least, count,
                shape.channels, const_data(coefficients) + image * 3 * shape.channels,
                to_x.data_ptr<float>() + i);
        });
        return {to_x, to_scale.to(at::kFloat), to_shift.to(at::kFloat), {}, {}, {}};
    }
};

}  // namespace
}  // namespace ct

using ct::borrow;

CTStatus ct_normalise(
    CTTensor *out, CTTensor a, CTTensor scale, CTTensor shift, int64_t groups, bool relu, double epsilon
) {
    return ct::guarded([&] {
        const at::Tensor x = borrow(a), factor = borrow(scale), constant = borrow(shift);
        TORCH_CHECK(
            x.dim() == 4 && x.numel() > 0 && groups > 0 && x.size(1) % groups == 0,
            "no ", groups, " groups of maps of ", x.sizes());
        const std::vector<int64_t> size{x.size(0), x.size(1)};
        const bool fused = x.is_cpu() && x.scalar_type() == at::kFloat;
        const at::Tensor scales = factor.expand(size), shifts = constant.expand(size);
        *out = ct::give(
            fused ? ct::Normalisation::apply(x, scales, shifts, groups, relu, epsilon)
                  : ct::gpu::normalise(x, scales, shifts, groups, relu, epsilon));
    });
}
