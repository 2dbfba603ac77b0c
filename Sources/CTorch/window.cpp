// Weighted means over the windows around all places of an image, which structural similarity takes five times of every pair.
#include "bridge.h"
#include "parallel.h"

#include <torch/csrc/autograd/custom_function.h>

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
    constexpr int64_t lanes = 64;  // sums that stay in registers
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
at::Tensor window_means(const at::Tensor &images, const at::Tensor &weights) {
    const int64_t taps = weights.numel(), batch = images.size(0), height = images.size(1), width = images.size(2);
    const int64_t rows = height - taps + 1, columns = width - taps + 1;
    const at::Tensor along = at::empty({batch, height, columns}, images.options());
    const at::Tensor means = at::empty({batch, rows, columns}, images.options());
    const Scalar *const w = const_data<Scalar>(weights), *const from = const_data<Scalar>(images);
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

at::Tensor window_means(const at::Tensor &images, const at::Tensor &weights) {
    const at::Tensor from = images.contiguous();
    return from.scalar_type() == at::kDouble ? window_means<double>(from, weights) : window_means<float>(from, weights);
}

struct WindowMeans : torch::autograd::Function<WindowMeans> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &images, const at::Tensor &weights) {
        context->save_for_backward({weights});
        return window_means(images, weights);
    }

    /// Each place gets back what it gave to the windows that it lies in.
    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const at::Tensor weights = context->get_saved_variables()[0];
        const int64_t margin = weights.numel() - 1;
        const at::Tensor padded = at::constant_pad_nd(gradients[0], {margin, margin, margin, margin});
        return {window_means(padded, weights.flip(0)), {}};
    }
};

/// The same by libtorch's own operators: sums of shifted images. (Its convolutions would round the variances of structural similarity
/// away where they may take TF32 or half precision.)
at::Tensor shifted_sums(at::Tensor images, const at::Tensor &weights) {
    const int64_t taps = weights.numel();
    for (int64_t dim = 1; dim <= 2; ++dim) {
        const int64_t length = images.size(dim) - taps + 1;
        at::Tensor sum = at::zeros({}, images.options());
        for (int64_t k = 0; k < taps; ++k) sum = sum + images.narrow(dim, k, length) * weights[k];
        images = sum;
    }
    return images;
}

}  // namespace
}  // namespace ct

CTStatus ct_window_means(CTTensor *out, CTTensor images, CTTensor weights) {
    return ct::guarded([&] {
        const at::Tensor from = ct::borrow(images);
        const at::Tensor w = ct::borrow(weights).detach().to(from.options()).contiguous();
        TORCH_CHECK(
            from.dim() == 3 && w.dim() == 1 && w.numel() > 0 && from.size(1) >= w.numel() && from.size(2) >= w.numel(),
            "no window of ", w.sizes(), " weights a side fits into images of ", from.sizes());
        const bool fused = from.is_cpu() && (from.scalar_type() == at::kFloat || from.scalar_type() == at::kDouble);
        *out = ct::give(fused ? ct::WindowMeans::apply(from, w) : ct::shifted_sums(from, w));
    });
}
