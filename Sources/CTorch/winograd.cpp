// Winograd's F(4×4, 3×3) for convolutions whose filters never change (Lavin and Gray, "Fast Algorithms for Convolutional
// Neural Networks", CVPR 2016, section 4): 36 multiplications where the definition takes 144. The filters are transformed
// once; the transforms of the maps, bias and ReLU are fused around 36 matrix products on a block of tiles that stays in
// the cache. The gradient of a map is the same convolution with the filters turned around.
#include "maps.h"

#include <ATen/Version.h>

#include <cstring>

namespace ct {

/// The interpolation points are 0, ±a, ±b and ∞. These lose less than the usual 1 and 2: the largest error of a layer with
/// 256 channels is 2.6e-6 of its largest value in place of 1.2e-5; a², b², ab² and a²b are exact.
namespace points {
constexpr float a = 0.625f, b = 1.5f;
}

/// The inner loops for one instruction set; winograd-kernels.h says what each does.
struct Kernels {
    int64_t panel;
    void (*tile_to_rows)(const float *const *, const float *const *, int64_t, float *, int64_t);
    void (*rows_to_tile_relu)(const float *, int64_t, int64_t, const float *, float *, int64_t, int, int);
    void (*rows_to_tile)(const float *, int64_t, int64_t, const float *, float *, int64_t, int, int);
    void (*product)(const float *, int64_t, int64_t, const float *, float *, int64_t);
};

}  // namespace ct

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"))), apply_to = function)
#define CT_ISA avx512
#define CT_LANES 16
#define CT_PANEL 64
#include "winograd-kernels.h"
#undef CT_ISA
#undef CT_LANES
#undef CT_PANEL
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define CT_ISA avx2
#define CT_LANES 8
#define CT_PANEL 16
#include "winograd-kernels.h"
#undef CT_ISA
#undef CT_LANES
#undef CT_PANEL
#pragma clang attribute pop
#endif
#define CT_ISA baseline
#define CT_LANES 4
#define CT_PANEL 16
#include "winograd-kernels.h"

namespace ct {
namespace {

/// As libtorch chooses its own: the best that the processor has, or what ATEN_CPU_CAPABILITY asks for.
const Kernels &kernels() {
#if defined(__x86_64__)
    static const std::string capability = at::get_cpu_capability();
    if (capability == "AVX512") return avx512::kernels;
    if (capability == "AVX2") return avx2::kernels;
#endif
    return baseline::kernels;
}

/// Pixels across a tile of the output, across what it reads, and rows of its transform.
constexpr int64_t side = 4, patch = 6, planes = patch * patch;

/// What one convolution works on. Maps are [batch, height, width, channels]; `gate` and `bias` may be null.
struct Job {
    const float *input, *gate, *filters, *bias;
    float *output;
    int64_t batch, height, width, inputs, outputs;
    bool relu;

    int64_t pixel(int64_t image, int64_t y, int64_t x) const { return (image * height + y) * width + x; }
};

/// A tile of the output, by its first pixel.
struct Tile {
    int64_t image, y, x;
};

/// The tiles of a convolution: those to compute, and those which equal one of these.
struct Tiles {
    std::vector<Tile> computed;
    std::vector<std::pair<Tile, Tile>> copied;  // to, from

    /// `occupied`, [batch, height, width] or null, tells which tiles of the output may differ from blank paper's. Blank
    /// tiles of an image are equal, bit for bit: its first one stands for all.
    Tiles(const Job &job, const bool *occupied) {
        for (int64_t image = 0; image < job.batch; ++image) {
            std::optional<Tile> blank;
            for (int64_t y = 0; y < job.height; y += side) {
                for (int64_t x = 0; x < job.width; x += side) {
                    const Tile tile{image, y, x};
                    const bool is_blank = occupied && !occupied[job.pixel(image, y, x)];
                    if (is_blank && blank) {
                        copied.emplace_back(tile, *blank);
                    } else {
                        computed.push_back(tile);
                        if (is_blank) blank = tile;
                    }
                }
            }
        }
    }
};

/// Room for the transforms of a block of tiles. The rows of a plane lie together; 16 floats more keep the planes off the
/// same lines of the cache.
struct Scratch {
    int64_t inputs_plane, outputs_plane;
    at::Tensor memory;
    float *inputs, *outputs;

    Scratch(const Job &job, int64_t tiles)
        : inputs_plane(tiles * job.inputs + 16), outputs_plane(tiles * job.outputs + 16),
          memory(at::empty({planes * (inputs_plane + outputs_plane)}, at::kFloat)),
          inputs(memory.data_ptr<float>()), outputs(inputs + planes * inputs_plane) {}
};

/// As many tiles at once as their transforms fit the second level of the cache, more where the filters are what has to be
/// read again for each block, fewer where there is a thread for them. A multiple of the product's six rows.
int64_t block_size(const Job &job, int64_t tiles) {
    const int64_t channels = job.inputs + job.outputs;
    const int64_t preferred = channels <= 128 ? 24 : channels <= 384 ? 48 : 96;
    const int64_t share = (tiles + at::get_num_threads() - 1) / at::get_num_threads();
    return std::min(preferred, std::max<int64_t>(6, (share + 5) / 6 * 6));
}

void convolve_block(const Job &job, const Tile *tiles, int64_t count, const Scratch &scratch, const float *zeros) {
    const Kernels &kernel = kernels();
    for (int64_t t = 0; t < count; ++t) {
        const float *pixels[planes], *gates[planes];
        for (int64_t i = 0; i < planes; ++i) {
            const int64_t y = tiles[t].y + i / patch - 1, x = tiles[t].x + i % patch - 1;
            const bool inside = y >= 0 && y < job.height && x >= 0 && x < job.width;
            const int64_t offset = job.pixel(tiles[t].image, y, x) * job.inputs;
            pixels[i] = inside ? job.input + offset : zeros;
            gates[i] = inside && job.gate ? job.gate + offset : zeros;
        }
        kernel.tile_to_rows(
            pixels, job.gate ? gates : nullptr, job.inputs, scratch.inputs + t * job.inputs, scratch.inputs_plane);
    }
    for (int64_t i = 0; i < planes; ++i) {
        kernel.product(
            scratch.inputs + i * scratch.inputs_plane, count, job.inputs, job.filters + i * job.inputs * job.outputs,
            scratch.outputs + i * scratch.outputs_plane, job.outputs);
    }
    const auto finish = job.relu ? kernel.rows_to_tile_relu : kernel.rows_to_tile;
    for (int64_t t = 0; t < count; ++t) {
        const auto [image, y, x] = tiles[t];
        finish(
            scratch.outputs + t * job.outputs, scratch.outputs_plane, job.outputs, job.bias,
            job.output + job.pixel(image, y, x) * job.outputs, job.width * job.outputs,
            static_cast<int>(std::min(side, job.height - y)), static_cast<int>(std::min(side, job.width - x)));
    }
}

void convolve(const Job &job, const bool *occupied = nullptr) {
    const Tiles tiles(job, occupied);
    const int64_t count = tiles.computed.size(), block = block_size(job, count);
    const at::Tensor zeros = at::zeros({job.inputs}, at::kFloat);
    parallel_for((count + block - 1) / block, 1, [&](int64_t begin, int64_t end) {
        const Scratch scratch(job, block);
        for (int64_t i = begin; i < end; ++i) {
            const int64_t first = i * block;
            convolve_block(
                job, tiles.computed.data() + first, std::min(block, count - first), scratch, zeros.data_ptr<float>());
        }
    });
    parallel_for(tiles.copied.size(), 64, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
            const auto &[to, from] = tiles.copied[i];
            for (int64_t y = 0; y < side; ++y) {
                std::memcpy(
                    job.output + job.pixel(to.image, to.y + y, to.x) * job.outputs,
                    job.output + job.pixel(from.image, from.y + y, from.x) * job.outputs,
                    side * job.outputs * sizeof(float));
            }
        }
    });
}

/// Where the output of a 3×3 convolution may differ from blank paper's: whole tiles, of which a pixel has an occupied
/// neighbour or lies at the edge. Blank tiles are then equal bit for bit, as all they are computed from is.
void occupy(const bool *input, bool *output, int64_t height, int64_t width) {
    std::fill_n(output, height * width, false);
    const auto mark = [&](int64_t y, int64_t x) {
        if (y < 0 || y >= height || x < 0 || x >= width) return;
        const int64_t top = y / side * side, left = x / side * side;
        if (output[top * width + left]) return;
        const int64_t bottom = std::min(top + side, height), right = std::min(left + side, width);
        for (int64_t line = top; line < bottom; ++line) std::fill(output + line * width + left, output + line * width + right, true);
    };
    for (int64_t y = 0; y < height; ++y) {
        for (int64_t x = 0; x < width; ++x) {
            if (y == 0 || x == 0 || y == height - 1 || x == width - 1) mark(y, x);
            if (!input[y * width + x]) continue;
            for (int64_t dy = -1; dy <= 1; ++dy)
                for (int64_t dx = -1; dx <= 1; ++dx) mark(y + dy, x + dx);
        }
    }
}

/// G g Gᵀ of filters [out, in, 3, 3]: 36 matrices [in, out], each packed in panels for the product.
at::Tensor transformed_filters(const at::Tensor &weight) {
    const double a = points::a, b = points::b, aa = a * a, bb = b * b;
    const double n0 = aa * bb, na = 2 * aa * (aa - bb), nb = 2 * bb * (bb - aa);
    const at::Tensor G = at::tensor(
        {1 / n0, 0.0, 0.0, 1 / na, a / na, aa / na, 1 / na, -a / na, aa / na, 1 / nb, b / nb, bb / nb,
         1 / nb, -b / nb, bb / nb, 0.0, 0.0, 1.0},
        at::kDouble).reshape({patch, 3});
    const int64_t outputs = weight.size(0), inputs = weight.size(1);
    const at::Tensor transformed = at::matmul(at::matmul(G, weight.to(at::kDouble)), G.t());  // [out, in, 6, 6]
    const at::Tensor matrices = transformed.permute({2, 3, 1, 0}).reshape({planes, inputs, outputs});
    std::vector<at::Tensor> panels;
    for (int64_t column = 0; column < outputs; column += kernels().panel) {
        const int64_t width = std::min(kernels().panel, outputs - column);
        panels.push_back(matrices.narrow(2, column, width).reshape({planes, inputs * width}));
    }
    return at::cat(panels, 1).to(at::kFloat).contiguous();
}

at::Tensor run(
    const at::Tensor &input, const at::Tensor *gate, const at::Tensor &filters, const at::Tensor *bias, bool relu,
    const bool *occupied = nullptr
) {
    const int64_t inputs = input.size(1), outputs = filters.size(1) / inputs;
    at::Tensor output = at::empty(
        {input.size(0), outputs, input.size(2), input.size(3)},
        input.options().memory_format(at::MemoryFormat::ChannelsLast));
    const Job job{
        const_data(input), gate ? const_data(*gate) : nullptr,
        const_data(filters), bias ? const_data(*bias) : nullptr, output.data_ptr<float>(),
        input.size(0), input.size(2), input.size(3), inputs, outputs, relu,
    };
    convolve(job, occupied);
    return output;
}

/// relu(conv(x) + bias). Only x has a gradient; the ReLU's is fused into the convolution that takes it back.
struct FrozenConvolution : torch::autograd::Function<FrozenConvolution> {
    static at::Tensor forward(
        torch::autograd::AutogradContext *context, const at::Tensor &x, const at::Tensor &filters,
        const at::Tensor &turned, const at::Tensor &bias
    ) {
        const at::Tensor output = run(channels_last(x), nullptr, filters, &bias, /*relu=*/true);
        context->save_for_backward({output, turned});
        return output;
    }

    static torch::autograd::variable_list backward(
        torch::autograd::AutogradContext *context, torch::autograd::variable_list gradients
    ) {
        const auto saved = context->get_saved_variables();
        const at::Tensor gate = channels_last(saved[0]);
        return {run(channels_last(gradients[0]), &gate, saved[1], nullptr, /*relu=*/false), {}, {}, {}};
    }
};

}  // namespace
}  // namespace ct

using ct::borrow;

CTStatus ct_winograd_filters(CTTensor *out, CTTensor weight) {
    return ct::guarded([&] {
        const at::Tensor w = borrow(weight);
        TORCH_CHECK(
            w.dim() == 4 && w.size(2) == 3 && w.size(3) == 3 && w.size(0) % 16 == 0 && w.size(1) % 16 == 0,
            "Winograd's convolution takes 3×3 filters and channels in multiples of 16, not ", w.sizes());
        *out = ct::give(ct::transformed_filters(w));
    });
}

CTStatus ct_occupied_tiles(CTTensor *out, CTTensor occupied) {
    return ct::guarded([&] {
        const at::Tensor input = borrow(occupied).to(at::kBool).contiguous();
        TORCH_CHECK(input.dim() == 4 && input.size(1) == 1 && input.is_cpu(), "one truth value for each pixel");
        at::Tensor output = at::empty_like(input);
        const int64_t height = input.size(2), width = input.size(3), pixels = height * width;
        for (int64_t image = 0; image < input.size(0); ++image)
            ct::occupy(
                ct::const_data<bool>(input) + image * pixels, output.data_ptr<bool>() + image * pixels, height, width);
        *out = ct::give(output);
    });
}

CTStatus ct_frozen_conv2d(
    CTTensor *out, CTTensor a, CTTensor filters, CTTensor turned_filters, CTTensor bias, CTTensor occupied_or_null
) {
    return ct::guarded([&] {
        const at::Tensor x = borrow(a), forward = borrow(filters), offset = borrow(bias);
        TORCH_CHECK(
            x.dim() == 4 && x.device().is_cpu() && forward.size(1) == x.size(1) * offset.size(0),
            "the filters do not fit maps of ", x.sizes());
        if (const auto occupied = ct::borrow_optional(occupied_or_null)) {
            const at::Tensor pixels = occupied->to(at::kBool).contiguous();
            TORCH_CHECK(pixels.numel() == x.size(0) * x.size(2) * x.size(3), "one truth value for each pixel");
            TORCH_CHECK(!at::GradMode::is_enabled() || !x.requires_grad(), "blank pixels have no gradient here");
            *out = ct::give(ct::run(
                ct::channels_last(x), nullptr, forward, &offset, /*relu=*/true, ct::const_data<bool>(pixels)));
            return;
        }
        *out = ct::give(ct::FrozenConvolution::apply(x, forward, borrow(turned_filters), offset));
    });
}
