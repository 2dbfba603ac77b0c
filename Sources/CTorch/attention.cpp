// The passes of CBAM (Woo et al., ECCV 2018) over whole maps, each with its gradient. As chains of libtorch's operators
// they read and write a map some 25 times, forward and back; here, 10 times.
#include "gpu-maps.h"
#include "maps.h"

#include <limits>

namespace ct {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr float lowest = -std::numeric_limits<float>::infinity();
/// Sums over channels run in as many lanes, which the compiler turns into vectors.
constexpr int lanes = 8;

// ---------------------------------------------------------------------------------------------------------------------
// Mean and maximum of each map.

CT_VECTORISED void add_up(const float *CT_RESTRICT x, int64_t pixels, int64_t channels, float *CT_RESTRICT sums) {
    for (int64_t p = 0; p < pixels; ++p)
        for (int64_t c = 0; c < channels; ++c) sums[c] += x[p * channels + c];
}

CT_VECTORISED void raise(const float *CT_RESTRICT x, int64_t pixels, int64_t channels, float *CT_RESTRICT maximum) {
    for (int64_t p = 0; p < pixels; ++p) {
        for (int64_t c = 0; c < channels; ++c) {
            const float value = x[p * channels + c];
            maximum[c] = value > maximum[c] ? value : maximum[c];
        }
    }
}

CT_VECTORISED void count_equal(
    const float *CT_RESTRICT x, const float *CT_RESTRICT maximum, int64_t pixels, int64_t channels, float *CT_RESTRICT sums
) {
    for (int64_t p = 0; p < pixels; ++p)
        for (int64_t c = 0; c < channels; ++c) sums[c] += x[p * channels + c] == maximum[c] ? 1.0f : 0.0f;
}

CT_VECTORISED void spread(
    const float *CT_RESTRICT x, const float *CT_RESTRICT maximum, const float *CT_RESTRICT share,
    const float *CT_RESTRICT step, int64_t pixels, int64_t channels, float *CT_RESTRICT out
) {
    for (int64_t p = 0; p < pixels; ++p) {
        for (int64_t c = 0; c < channels; ++c) {
            const int64_t i = p * channels + c;
            out[i] = share[c] + (x[i] == maximum[c] ? step[c] : 0.0f);
        }
    }
}

/// [2, batch, channels]: means, then maxima. Equal maxima share their gradient, as in `amax`.
struct ChannelPool : torch::autograd::Function<ChannelPool> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &maps) {
        const at::Tensor x = channels_last(maps);
        const Shape shape(x);
        const float *data = const_data(x);
        const at::Tensor sums = shape.sums(1, [&](int64_t image, int64_t first, int64_t count, float *out) {
            add_up(data + shape.offset(image, first), count, shape.channels, out);
        });
        const auto highest = shape.partial_results(1, lowest, [&](int64_t image, int64_t first, int64_t count, float *out) {
            raise(data + shape.offset(image, first), count, shape.channels, out);
        });
        const at::Tensor maximum = highest.select(2, 0).amax(1);
        const at::Tensor mean = (sums.select(1, 0) / static_cast<double>(shape.pixels)).to(at::kFloat);
        context->save_for_backward({x, maximum});
        return at::stack({mean, maximum});
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], &maximum = saved[1];
        const Shape shape(x);
        const float *data = const_data(x), *highest = const_data(maximum);
        const at::Tensor equal = shape.sums(1, [&](int64_t image, int64_t first, int64_t count, float *out) {
            count_equal(
                data + shape.offset(image, first), highest + image * shape.channels, count, shape.channels, out);
        });
        const at::Tensor share = (gradients[0].select(0, 0) / static_cast<double>(shape.pixels)).contiguous();
        const at::Tensor step = (gradients[0].select(0, 1) / equal.select(1, 0)).to(at::kFloat).contiguous();
        at::Tensor gradient = at::empty_like(x);
        shape.each_stretch([&](int64_t image, int64_t first, int64_t count) {
            const int64_t row = image * shape.channels;
            spread(
                data + shape.offset(image, first), highest + row, const_data(share) + row,
                const_data(step) + row, count, shape.channels,
                gradient.data_ptr<float>() + shape.offset(image, first));
        });
        return {gradient};
    }
};

// ---------------------------------------------------------------------------------------------------------------------
// Mean and maximum of each place, over F' = F · s.

CT_VECTORISED void pool_places(
    const float *CT_RESTRICT x, const float *CT_RESTRICT scale, int64_t pixels, int64_t channels,
    float *CT_RESTRICT mean, float *CT_RESTRICT maximum
) {
    for (int64_t p = 0; p < pixels; ++p) {
        const float *CT_RESTRICT pixel = x + p * channels;
        float sums[lanes] = {}, highest[lanes] = {lowest, lowest, lowest, lowest, lowest, lowest, lowest, lowest};
        for (int64_t c = 0; c < channels; c += lanes) {
            for (int lane = 0; lane < lanes; ++lane) {
                const float value = pixel[c + lane] * scale[c + lane];
                sums[lane] += value;
                highest[lane] = value > highest[lane] ? value : highest[lane];
            }
        }
        float sum = 0, most = lowest;
        for (int lane = 0; lane < lanes; ++lane) {
            sum += sums[lane];
            most = highest[lane] > most ? highest[lane] : most;
        }
        mean[p] = sum / static_cast<float>(channels);
        maximum[p] = most;
    }
}

/// The gradients of F, and of s in `sums`.
CT_VECTORISED void unpool_places(
    const float *CT_RESTRICT x, const float *CT_RESTRICT scale, const float *CT_RESTRICT maximum,
    const float *CT_RESTRICT to_mean, const float *CT_RESTRICT to_maximum, int64_t pixels, int64_t channels,
    float *CT_RESTRICT out, float *CT_RESTRICT sums
) {
    for (int64_t p = 0; p < pixels; ++p) {
        const float *CT_RESTRICT pixel = x + p * channels;
        const float highest = maximum[p];
        float equal = 0, in_lane[lanes] = {};
        for (int64_t c = 0; c < channels; c += lanes)
            for (int lane = 0; lane < lanes; ++lane)
                in_lane[lane] += pixel[c + lane] * scale[c + lane] == highest ? 1.0f : 0.0f;
        for (const float count : in_lane) equal += count;
        const float share = to_mean[p] / static_cast<float>(channels), step = to_maximum[p] / equal;
        for (int64_t c = 0; c < channels; ++c) {
            const float gradient = share + (pixel[c] * scale[c] == highest ? step : 0.0f);
            sums[c] += gradient * pixel[c];
            out[p * channels + c] = gradient * scale[c];
        }
    }
}

/// [batch, 2, height, width]: means, then maxima; s is [batch, channels].
struct PlacePool : torch::autograd::Function<PlacePool> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &maps, const at::Tensor &scales) {
        const at::Tensor x = channels_last(maps), scale = scales.contiguous();
        const Shape shape(x);
        at::Tensor pooled = at::empty({shape.batch, 2, maps.size(2), maps.size(3)}, scale.options());
        shape.each_stretch([&](int64_t image, int64_t first, int64_t count) {
            float *mean = pooled.data_ptr<float>() + 2 * image * shape.pixels + first;
            pool_places(
                const_data(x) + shape.offset(image, first),
                const_data(scale) + image * shape.channels, count, shape.channels, mean,
                mean + shape.pixels);
        });
        context->save_for_backward({x, scale, pooled});
        return pooled;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], &scale = saved[1], &pooled = saved[2], from = gradients[0].contiguous();
        const Shape shape(x);
        at::Tensor gradient = at::empty_like(x);
        const at::Tensor sums = shape.sums(1, [&](int64_t image, int64_t first, int64_t count, float *out) {
            const int64_t place = 2 * image * shape.pixels + first;
            const float *to_mean = const_data(from) + place;
            unpool_places(
                const_data(x) + shape.offset(image, first),
                const_data(scale) + image * shape.channels,
                const_data(pooled) + place + shape.pixels, to_mean, to_mean + shape.pixels, count,
                shape.channels, gradient.data_ptr<float>() + shape.offset(image, first), out);
        });
        return {gradient, sums.select(1, 0).to(at::kFloat)};
    }
};

// ---------------------------------------------------------------------------------------------------------------------
// relu(F · s · t + r).

CT_VECTORISED void attend(
    const float *CT_RESTRICT x, const float *CT_RESTRICT scale, const float *CT_RESTRICT place,
    const float *CT_RESTRICT residual, int64_t pixels, int64_t channels, float *CT_RESTRICT out
) {
    for (int64_t p = 0; p < pixels; ++p) {
        for (int64_t c = 0; c < channels; ++c) {
            const int64_t i = p * channels + c;
            const float value = x[i] * scale[c] * place[p] + residual[i];
            out[i] = value < 0 ? 0 : value;  // a NaN stays one
        }
    }
}

CT_VECTORISED void attend_back(
    const float *CT_RESTRICT g, const float *CT_RESTRICT y, const float *CT_RESTRICT x, const float *CT_RESTRICT scale,
    const float *CT_RESTRICT place, int64_t pixels, int64_t channels, float *CT_RESTRICT to_x,
    float *CT_RESTRICT to_residual, float *CT_RESTRICT to_place, float *CT_RESTRICT sums
) {
    for (int64_t p = 0; p < pixels; ++p) {
        const float here = place[p];
        float in_lane[lanes] = {}, sum = 0;
        for (int64_t start = 0; start < channels; start += lanes) {
            for (int lane = 0; lane < lanes; ++lane) {
                const int64_t c = start + lane, i = p * channels + c;
                const float gated = y[i] > 0 ? g[i] : 0.0f, product = gated * x[i];
                to_residual[i] = gated;
                to_x[i] = gated * (scale[c] * here);
                sums[c] += product * here;
                in_lane[lane] += product * scale[c];
            }
        }
        for (const float part : in_lane) sum += part;
        to_place[p] = sum;
    }
}

/// s is [batch, channels], t is [batch, 1, height, width], r as F.
struct AttendAndAdd : torch::autograd::Function<AttendAndAdd> {
    static at::Tensor forward(
        AutogradContext *context, const at::Tensor &maps, const at::Tensor &scales, const at::Tensor &places,
        const at::Tensor &residual
    ) {
        const at::Tensor x = channels_last(maps), added = channels_last(residual);
        const at::Tensor scale = scales.contiguous(), place = places.contiguous();
        const Shape shape(x);
        at::Tensor y = at::empty_like(x);
        shape.each_stretch([&](int64_t image, int64_t first, int64_t count) {
            const int64_t i = shape.offset(image, first);
            attend(
                const_data(x) + i, const_data(scale) + image * shape.channels,
                const_data(place) + image * shape.pixels + first, const_data(added) + i, count,
                shape.channels, y.data_ptr<float>() + i);
        });
        context->save_for_backward({x, scale, place, y});
        return y;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], &scale = saved[1], &place = saved[2], &y = saved[3];
        const at::Tensor g = channels_last(gradients[0]);
        const Shape shape(x);
        at::Tensor to_x = at::empty_like(x), to_residual = at::empty_like(x), to_place = at::empty_like(place);
        const at::Tensor sums = shape.sums(1, [&](int64_t image, int64_t first, int64_t count, float *out) {
            const int64_t i = shape.offset(image, first), p = image * shape.pixels + first;
            attend_back(
                const_data(g) + i, const_data(y) + i, const_data(x) + i,
                const_data(scale) + image * shape.channels, const_data(place) + p, count,
                shape.channels, to_x.data_ptr<float>() + i, to_residual.data_ptr<float>() + i,
                to_place.data_ptr<float>() + p, out);
        });
        return {to_x, sums.select(1, 0).to(at::kFloat), to_place, to_residual};
    }
};

/// Whether the passes above take these maps.
bool fits(const at::Tensor &maps) {
    TORCH_CHECK(maps.dim() == 4 && maps.numel() > 0, "no maps: ", maps.sizes());
    const bool fused = maps.is_cpu() && maps.scalar_type() == at::kFloat;
    TORCH_CHECK(
        !fused || maps.size(1) % lanes == 0, "the fused attention takes channels in multiples of ", lanes, ", not maps of ",
        maps.sizes());
    return fused;
}

}  // namespace
}  // namespace ct

using ct::borrow;

CTStatus ct_channel_pool(CTTensor *out, CTTensor maps) {
    return ct::guarded([&] {
        const at::Tensor x = borrow(maps);
        *out = ct::give(ct::fits(x) ? ct::ChannelPool::apply(x) : ct::gpu::channel_pool(x));
    });
}

CTStatus ct_place_pool(CTTensor *out, CTTensor maps, CTTensor scales) {
    return ct::guarded([&] {
        const at::Tensor x = borrow(maps), s = borrow(scales);
        const bool fused = ct::fits(x);
        TORCH_CHECK(s.dim() == 2 && s.size(0) == x.size(0) && s.size(1) == x.size(1), "one scale for each map");
        *out = ct::give(fused ? ct::PlacePool::apply(x, s) : ct::gpu::place_pool(x, s));
    });
}

CTStatus ct_attend_and_add(CTTensor *out, CTTensor maps, CTTensor scales, CTTensor places, CTTensor residual) {
    return ct::guarded([&] {
        const at::Tensor x = borrow(maps), s = borrow(scales), t = borrow(places), r = borrow(residual);
        const bool fused = ct::fits(x);
        TORCH_CHECK(
            s.dim() == 2 && s.size(0) == x.size(0) && s.size(1) == x.size(1)
                && t.numel() == x.numel() / x.size(1) && x.sizes() == r.sizes(),
            "scales, places or the residual do not fit maps of ", x.sizes());
        *out = ct::give(fused ? ct::AttendAndAdd::apply(x, s, t, r) : ct::gpu::attend_and_add(x, s, t, r));
    });
}
