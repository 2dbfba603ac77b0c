// The passes over maps that are fused on a processor, by libtorch's kernels, as few as will do: sums and the statistics of norms in fp32
// whatever the maps are in, and nothing but the maps kept for the way back. libtorch's own group norm of one large page keeps a GPU from
// working (a block for each group), and has no channels-last kernel; its batch norm's kernels have one, and give any channel's sums.
#include "gpu-maps.h"

#include <torch/csrc/autograd/custom_function.h>

namespace ct {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// libtorch's kernels of batch norm know channels, not images: on a GPU there is one page.
at::Tensor in_channels_last(const at::Tensor &a) {
    TORCH_CHECK(!a.is_cuda() || a.size(0) == 1, "a GPU takes one page at a time, not maps of ", a.sizes());
    return a.contiguous(at::MemoryFormat::ChannelsLast);
}

/// What sums over maps are made in.
at::ScalarType wide(const at::Tensor &maps) { return is_low_precision(maps) ? at::kFloat : maps.scalar_type(); }

/// [batch, channels] as factors of maps, in their precision.
at::Tensor by_channel(const at::Tensor &a, const at::Tensor &maps) {
    return a.to(maps.scalar_type()).reshape({maps.size(0), -1, 1, 1});
}

/// [batch, channels] as factors of maps, in the precision of sums.
at::Tensor each_map(const at::Tensor &a) { return a.unsqueeze(-1).unsqueeze(-1); }

/// Mean and variance of each channel, [2, batch, channels].
at::Tensor channel_moments(const at::Tensor &x) {
    if (!x.is_cuda()) {
        const auto [variance, mean] = at::var_mean(x.to(wide(x)), at::IntArrayRef{2, 3}, /*correction=*/0);
        return at::stack({mean, variance});
    }
    constexpr double epsilon = 1e-5;  // of the kernel, which gives 1 / √(variance + ε)
    const auto [mean, inverse] = at::batch_norm_stats(x, epsilon);
    return at::stack({mean, (inverse.pow(-2) - epsilon).clamp_min(0)}).unsqueeze(1);
}

/// (x − mean) · inverse · scale + shift, with all of them [batch, channels].
at::Tensor normalised(
    const at::Tensor &x, const at::Tensor &mean, const at::Tensor &inverse, const at::Tensor &scale,
    const at::Tensor &shift
) {
    if (!x.is_cuda()) {
        const at::Tensor y = (x.to(wide(x)) - each_map(mean)) * each_map(inverse * scale) + each_map(shift);
        return y.to(x.scalar_type());
    }
    return at::batch_norm_elemt(x, scale.select(0, 0), shift.select(0, 0), mean.select(0, 0), inverse.select(0, 0), 0);
}

/// Σg and Σg·(x − mean) of each channel, [2, batch, channels].
at::Tensor channel_sums(const at::Tensor &g, const at::Tensor &x, const at::Tensor &mean, const at::Tensor &inverse) {
    if (!x.is_cuda()) {
        const at::Tensor full = g.to(wide(g));
        return at::stack({full.sum({2, 3}), (full * (x.to(wide(x)) - each_map(mean))).sum({2, 3})});
    }
    const auto sums = at::batch_norm_backward_reduce(
        g, x, mean.select(0, 0), inverse.select(0, 0), std::nullopt, /*input_g=*/true, /*weight_g=*/false, /*bias_g=*/false);
    return at::stack({std::get<0>(sums), std::get<1>(sums)}).unsqueeze(1);
}

/// Σ a·b of each channel, [batch, channels].
at::Tensor channel_products(const at::Tensor &a, const at::Tensor &b) {
    const at::Tensor zero = at::zeros({a.size(0), a.size(1)}, a.options().dtype(wide(a)));
    return channel_sums(a, b, zero, zero).select(0, 1);
}

/// (g · scale − first − x̂ · second) · inverse, with x̂ = (x − mean) · inverse: back through a norm.
at::Tensor back_through_norm(
    const at::Tensor &g, const at::Tensor &x, const at::Tensor &mean, const at::Tensor &inverse, const at::Tensor &scale,
    const at::Tensor &first, const at::Tensor &second
) {
    if (!x.is_cuda()) {
        const at::Tensor straight = (x.to(wide(x)) - each_map(mean)) * each_map(inverse);
        const at::Tensor to_x = g.to(wide(g)) * each_map(scale) - each_map(first) - straight * each_map(second);
        return (to_x * each_map(inverse)).to(x.scalar_type());
    }
    // The kernel multiplies all three terms by the scale, which may be zero.
    constexpr double least = 1e-12;
    const at::Tensor factor = at::where(scale.abs() < least, at::full_like(scale, least), scale).select(0, 0);
    const at::Tensor inverted = inverse.select(0, 0), one = at::ones({1}, x.options().dtype(at::kInt));
    return at::batch_norm_backward_elemt(
        g, x, mean.select(0, 0), inverted, factor, first.select(0, 0) / factor,
        second.select(0, 0) / (factor * inverted), one);
}

/// The mean over each group of channels, for each channel of it: [batch, channels].
at::Tensor over_group(const at::Tensor &a, int64_t groups) {
    const at::Tensor grouped = a.reshape({a.size(0), groups, -1});
    return grouped.mean({2}, /*keepdim=*/true).expand_as(grouped).reshape(a.sizes());
}

struct Normalisation : torch::autograd::Function<Normalisation> {
    static at::Tensor forward(
        AutogradContext *context, const at::Tensor &maps, const at::Tensor &scales, const at::Tensor &shifts,
        int64_t groups, bool relu, double epsilon
    ) {
        const at::Tensor x = in_channels_last(maps);
        const at::Tensor scale = scales.to(wide(x)).contiguous(), shift = shifts.to(wide(x)).contiguous();
        const at::Tensor moments = channel_moments(x), channel_mean = moments.select(0, 0);
        const at::Tensor mean = over_group(channel_mean, groups);
        const at::Tensor variance = over_group(moments.select(0, 1) + (channel_mean - mean).square(), groups);
        const at::Tensor inverse = (variance + epsilon).rsqrt();
        at::Tensor y = normalised(x, mean, inverse, scale, shift);
        if (relu) y.relu_();
        context->save_for_backward({x, relu ? y : at::Tensor(), scale, mean, inverse});
        context->saved_data["groups"] = groups;
        return y;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], &y = saved[1], &scale = saved[2], &mean = saved[3], &inverse = saved[4];
        const int64_t groups = context->saved_data["groups"].toInt();
        at::Tensor g = in_channels_last(gradients[0]);
        if (y.defined()) g = at::threshold_backward(g, y, 0);
        const at::Tensor sums = channel_sums(g, x, mean, inverse);
        const at::Tensor to_shift = sums.select(0, 0), to_scale = sums.select(0, 1) * inverse;
        const double pixels = static_cast<double>(x.size(2) * x.size(3));
        const at::Tensor first = over_group(to_shift * scale, groups) / pixels;
        const at::Tensor second = over_group(to_scale * scale, groups) / pixels;
        return {back_through_norm(g, x, mean, inverse, scale, first, second), to_scale, to_shift, {}, {}, {}};
    }
};

/// Back from the mean over some dimensions and the maximum there: `to_mean` is what each element gets, `to_largest` what the largest get
/// together. `values` are those that the maximum was taken of.
at::Tensor back_from_pool(
    const at::Tensor &values, const at::Tensor &largest, at::IntArrayRef dims, const at::Tensor &to_mean,
    const at::Tensor &to_largest
) {
    const at::Tensor is_largest = values.eq(largest);
    const at::Tensor share = to_largest / is_largest.sum(dims, /*keepdim=*/true);
    return at::where(
        is_largest, (to_mean + share).to(values.scalar_type()), to_mean.to(values.scalar_type()));
}

struct ChannelPool : torch::autograd::Function<ChannelPool> {
    static constexpr int64_t dims[2] = {2, 3};

    static at::Tensor forward(AutogradContext *context, const at::Tensor &maps) {
        const at::Tensor x = in_channels_last(maps), largest = at::amax(x, dims);
        context->save_for_backward({x, largest});
        return at::stack({at::mean(x, dims, /*keepdim=*/false, wide(x)), largest.to(wide(x))});
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const at::Tensor &x = saved[0];
        const double pixels = static_cast<double>(x.size(2) * x.size(3));
        return {back_from_pool(
            x, each_map(saved[1]), dims, each_map(gradients[0].select(0, 0)) / pixels,
            each_map(gradients[0].select(0, 1)))};
    }
};

struct PlacePool : torch::autograd::Function<PlacePool> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &maps, const at::Tensor &scales) {
        const at::Tensor x = in_channels_last(maps), scaled = x * by_channel(scales, x);
        const at::Tensor largest = at::amax(scaled, {1}, /*keepdim=*/true);
        context->save_for_backward({x, scales, largest});
        return at::cat({at::mean(scaled, {1}, /*keepdim=*/true, wide(x)).to(x.scalar_type()), largest}, 1);
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], scale = by_channel(saved[1], x), g = gradients[0].to(wide(x));
        const at::Tensor to_scaled = back_from_pool(
            x * scale, saved[2], {1}, g.narrow(1, 0, 1) / static_cast<double>(x.size(1)), g.narrow(1, 1, 1));
        return {to_scaled * scale, channel_products(to_scaled, x).to(saved[1].scalar_type())};
    }
};

struct AttendAndAdd : torch::autograd::Function<AttendAndAdd> {
    static at::Tensor forward(
        AutogradContext *context, const at::Tensor &maps, const at::Tensor &scales, const at::Tensor &places,
        const at::Tensor &residual
    ) {
        const at::Tensor x = in_channels_last(maps);
        const at::Tensor y = at::addcmul(in_channels_last(residual), x * by_channel(scales, x), places).relu_();
        context->save_for_backward({x, scales, places, y});
        return y;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], scale = by_channel(saved[1], x), &places = saved[2];
        const at::Tensor passed = at::threshold_backward(in_channels_last(gradients[0]), saved[3], 0);
        const at::Tensor to_places = (passed * x).mul_(scale).sum({1}, /*keepdim=*/true, wide(x));
        const at::Tensor to_scaled = passed * places;
        return {
            to_scaled * scale, channel_products(to_scaled, x).to(saved[1].scalar_type()),
            to_places.to(places.scalar_type()), passed};
    }
};

}  // namespace

at::Tensor gpu::normalise(
    const at::Tensor &maps, const at::Tensor &scale, const at::Tensor &shift, int64_t groups, bool relu, double epsilon
) {
    return Normalisation::apply(maps, scale, shift, groups, relu, epsilon);
}

at::Tensor gpu::channel_pool(const at::Tensor &maps) { return ChannelPool::apply(maps); }

at::Tensor gpu::place_pool(const at::Tensor &maps, const at::Tensor &scales) { return PlacePool::apply(maps, scales); }

at::Tensor gpu::attend_and_add(
    const at::Tensor &maps, const at::Tensor &scales, const at::Tensor &places, const at::Tensor &residual
) {
    const auto type = maps.scalar_type();
    return AttendAndAdd::apply(maps, scales, places.to(type), residual.to(type));
}

}  // namespace ct
