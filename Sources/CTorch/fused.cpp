// Operators that libtorch has only as chains, each link of which reads and writes whole maps. Here they pass once.
#include "bridge.h"
#include "parallel.h"

#include <ATen/detail/CUDAHooksInterface.h>
#include <torch/csrc/autograd/custom_function.h>

#include <numeric>

namespace ct {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Floats whose sum is made at once: single sums of few keep the rounding small, and their order is that of the pieces, whatever the
/// number of threads.
constexpr int64_t piece = 4096;
/// Pieces for which another thread is worth waking.
constexpr int64_t grain = 4;

/// body(piece, its first float, the end of it) for all pieces of `count` floats, in parallel.
template <class Body>
void each_piece(int64_t count, const Body &body) {
    parallel_for((count + piece - 1) / piece, grain, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) body(i, i * piece, std::min((i + 1) * piece, count));
    });
}

/// Σ|a − b| of `count` floats.
double absolute_difference(const float *a, const float *b, int64_t count) {
    std::vector<double> totals((count + piece - 1) / piece);
    each_piece(count, [&](int64_t number, int64_t start, int64_t end) {
        constexpr int lanes = 32;
        float sums[lanes] = {};
        int64_t i = start;
        for (; i + lanes <= end; i += lanes)
            for (int lane = 0; lane < lanes; ++lane) sums[lane] += std::abs(a[i + lane] - b[i + lane]);
        for (; i < end; ++i) sums[0] += std::abs(a[i] - b[i]);
        totals[number] = std::accumulate(sums, sums + lanes, 0.0);
    });
    return std::accumulate(totals.begin(), totals.end(), 0.0);
}

/// mean|a − b| of each image, [batch]. `b` is a constant.
struct MeanAbsoluteError : torch::autograd::Function<MeanAbsoluteError> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &a, const at::Tensor &constant) {
        const at::Tensor b = constant.contiguous(a.suggest_memory_format());
        const at::Tensor input = a.contiguous(a.suggest_memory_format());
        const int64_t batch = a.size(0), count = a.numel() / batch;
        at::Tensor means = at::empty({batch}, a.options());
        for (int64_t image = 0; image < batch; ++image) {
            const float *x = const_data(input) + image * count;
            const float *y = const_data(b) + image * count;
            const double sum = absolute_difference(x, y, count);
            means.data_ptr<float>()[image] = static_cast<float>(sum / static_cast<double>(count));
        }
        context->save_for_backward({input, b});
        return means;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const at::Tensor &input = saved[0], scale = gradients[0].contiguous();
        at::Tensor gradient = at::empty_like(input);
        const int64_t batch = input.size(0), count = input.numel() / batch;
        for (int64_t image = 0; image < batch; ++image) {
            const float *x = const_data(input) + image * count;
            const float *y = const_data(saved[1]) + image * count;
            float *out = gradient.data_ptr<float>() + image * count;
            const float step = const_data(scale)[image] / static_cast<float>(count);
            each_piece(count, [&](int64_t, int64_t begin, int64_t end) {
                for (int64_t i = begin; i < end; ++i)
                    out[i] = x[i] > y[i] ? step : x[i] < y[i] ? -step : 0;
            });
        }
        return {gradient, {}};
    }
};

/// The same on any device and in any precision, in two passes forth and three back that keep nothing but the maps. Differences of
/// half-precision maps are added up in fp32.
struct PlainMeanAbsoluteError : torch::autograd::Function<PlainMeanAbsoluteError> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &a, const at::Tensor &constant) {
        context->save_for_backward({a, constant});
        std::vector<int64_t> dims(a.dim() - 1);
        std::iota(dims.begin(), dims.end(), 1);
        const auto type = is_low_precision(a) ? at::kFloat : a.scalar_type();
        return at::linalg_vector_norm(a - constant, 1, dims, /*keepdim=*/false, type) / per_image(a);
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        std::vector<int64_t> each(saved[0].dim(), 1);
        each[0] = -1;
        const at::Tensor step = (gradients[0] / per_image(saved[0])).to(saved[0].scalar_type()).reshape(each);
        return {(saved[0] - saved[1]).sign_().mul_(step), {}};
    }

private:
    static double per_image(const at::Tensor &a) { return static_cast<double>(a.numel() / a.size(0)); }
};

/// relu(conv(x) + bias) in one kernel of a GPU; back, what the ReLU let through is convolved with the turned filters. Filters and bias
/// are constants.
struct ConvolutionReLU : torch::autograd::Function<ConvolutionReLU> {
    static at::Tensor forward(
        AutogradContext *context, const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias
    ) {
        const at::Tensor y = at::cudnn_convolution_relu(x, weight, bias, {1, 1}, {1, 1}, {1, 1}, 1);
        context->save_for_backward({x, weight, y});
        return y;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const at::Tensor passed = at::threshold_backward(gradients[0], saved[2], 0);
        const auto to_x = std::get<0>(at::convolution_backward(
            passed, saved[0], saved[1], at::OptionalIntArrayRef(), {1, 1}, {1, 1}, {1, 1}, /*transposed=*/false, {0, 0},
            1, {true, false, false}));
        return {to_x, {}, {}};
    }
};

}  // namespace
}  // namespace ct

using ct::borrow;

CTStatus ct_conv2d_relu(CTTensor *out, CTTensor a, CTTensor weight, CTTensor bias) {
    return ct::guarded([&] {
        const at::Tensor x = borrow(a).to(borrow(weight).scalar_type()), filters = borrow(weight), offset = borrow(bias);
        const bool fused = x.is_cuda() && at::detail::getCUDAHooks().hasCuDNN();
        *out = ct::give(
            fused ? ct::ConvolutionReLU::apply(x, filters, offset)
                  : at::relu(at::conv2d(x, filters, offset, {1, 1}, at::IntArrayRef{1, 1})));
    });
}

CTStatus ct_mean_absolute_error(CTTensor *out, CTTensor a, CTTensor b) {
    return ct::guarded([&] {
        const at::Tensor x = borrow(a), y = borrow(b);
        TORCH_CHECK(x.sizes() == y.sizes() && x.size(0) > 0, "maps of ", x.sizes(), " and ", y.sizes(), " differ");
        const bool fused = x.is_cpu() && y.is_cpu() && x.scalar_type() == at::kFloat && y.scalar_type() == at::kFloat
            && x.dim() == 4;
        *out = ct::give(
            fused ? ct::MeanAbsoluteError::apply(x, y.detach())
                  : ct::PlainMeanAbsoluteError::apply(x, y.detach()));
    });
}
