// Weighted means over the windows around all places of an image, which structural similarity takes four times of every pair.
#include "bridge.h"
#include "parallel.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

namespace ct {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Rows for which another thread is worth waking.
constexpr int64_t grain = 256;

/// to[i] = Σ_k weights[k] · from[i + k · stride].
template <class Scalar>
inline __attribute__((always_inline)) void weigh_all(
    Scalar *CT_RESTRICT to, const Scalar *CT_RESTRICT from, const Scalar *CT_RESTRICT weights, int64_t taps,
    int64_t stride, int64_t count
) {
    constexpr int64_t lanes = 256 / sizeof(Scalar);  // sums that stay in registers
    int64_t start = 0;
    for (; start + lanes <= count; start += lanes) {
        Scalar sums[lanes] = {};
        for (int64_t k = 0; k < taps; ++k)
            for (int64_t lane = 0; lane < lanes; ++lane) sums[lane] += weights[k] * from[start + lane + k * stride];
        for (int64_t lane = 0; lane < lanes; ++lane) to[start + lane] = sums[lane];
    }
    for (; start < count; ++start) {
        Scalar sum = 0;
        for (int64_t k = 0; k < taps; ++k) sum += weights[k] * from[start + k * stride];
        to[start] = sum;
    }
}

CT_VECTORISED void weigh(
    float *to, const float *from, const float *weights, int64_t taps, int64_t stride, int64_t count
) {
    weigh_all(to, from, weights, taps, stride, count);
}

CT_VECTORISED void weigh(
    double *to, const double *from, const double *weights, int64_t taps, int64_t stride, int64_t count
) {
    weigh_all(to, from, weights, taps, stride, count);
}

/// [batch, height, width] to [batch, height − taps + 1, width − taps + 1], along the rows and then down the columns.
template <class Scalar>
at::Tensor window_means(const at::Tensor &images, const std::vector<double> &weights) {
    const int64_t taps = static_cast<int64_t>(weights.size());
    const int64_t batch = images.size(0), height = images.size(1), width = images.size(2);
    const int64_t rows = height - taps + 1, columns = width - taps + 1;
    const at::Tensor along = at::empty({batch, height, columns}, images.options());
    const at::Tensor means = at::empty({batch, rows, columns}, images.options());
    const std::vector<Scalar> rounded(weights.begin(), weights.end());
    const Scalar *const w = rounded.data(), *const from = const_data<Scalar>(images);
    Scalar *const middle = along.data_ptr<Scalar>(), *const to = means.data_ptr<Scalar>();
    parallel_for(batch * height, grain, [=](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row)
            weigh(middle + row * columns, from + row * width, w, taps, 1, columns);
    });
    parallel_for(batch * rows, grain, [=](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row) {
            const int64_t start = row / rows * height + row % rows;
            weigh(to + row * columns, middle + start * columns, w, taps, columns, columns);
        }
    });
    return means;
}

struct WindowMeans : torch::autograd::Function<WindowMeans> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &images, const std::vector<double> &weights) {
        context->saved_data["weights"] = weights;
        const at::Tensor from = images.contiguous();
        return from.scalar_type() == at::kDouble ? window_means<double>(from, weights)
                                                 : window_means<float>(from, weights);
    }

    /// Each place gets back what it gave to the windows that it lies in.
    static variable_list backward(AutogradContext *context, variable_list gradients) {
        std::vector<double> weights = context->saved_data["weights"].toDoubleVector();
        std::reverse(weights.begin(), weights.end());
        const int64_t margin = static_cast<int64_t>(weights.size()) - 1;
        return {apply(at::constant_pad_nd(gradients[0], {margin, margin, margin, margin}), weights), {}};
    }
};

/// The same by libtorch's own operators: sums of shifted images. (Its convolutions would round the variances of structural similarity
/// away where they may take TF32 or half precision.)
at::Tensor shifted_sums(at::Tensor images, const std::vector<double> &weights) {
    for (int64_t dim = 1; dim <= 2; ++dim) {
        const int64_t length = images.size(dim) - static_cast<int64_t>(weights.size()) + 1;
        at::Tensor sum = images.narrow(dim, 0, length) * weights[0];
        for (size_t k = 1; k < weights.size(); ++k) sum.add_(images.narrow(dim, static_cast<int64_t>(k), length), weights[k]);
        images = sum;
    }
    return images;
}

}  // namespace
}  // namespace ct

CTStatus ct_window_means(CTTensor *out, CTTensor images, const double *weights, size_t count) {
    return ct::guarded([&] {
        const at::Tensor from = ct::borrow(images);
        const std::vector<double> w(weights, weights + count);
        const int64_t taps = static_cast<int64_t>(count);
        TORCH_CHECK(
            from.dim() == 3 && at::isFloatingType(from.scalar_type()) && taps > 0 && from.size(1) >= taps
                && from.size(2) >= taps,
            "no window of ", taps, " weights a side fits into images of ", from.sizes(), " ", from.scalar_type());
        const bool fused = from.is_cpu() && (from.scalar_type() == at::kFloat || from.scalar_type() == at::kDouble);
        *out = ct::give(fused ? ct::WindowMeans::apply(from, w) : ct::shifted_sums(from, w));
    });
}
