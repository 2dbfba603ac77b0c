// What the fused passes over maps share: their layout, and the sums over pixels.
#pragma once

#include "bridge.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

namespace ct {

/// fp32, [batch, height, width, channels] in memory.
inline at::Tensor channels_last(const at::Tensor &a) {
    return a.to(at::kFloat).contiguous(at::MemoryFormat::ChannelsLast);
}

/// The sizes of channels-last maps.
struct Shape {
    int64_t batch, channels, pixels;

    explicit Shape(const at::Tensor &maps)
        : batch(maps.size(0)), channels(maps.size(1)), pixels(maps.size(2) * maps.size(3)) {}

    /// Where an image's maps start.
    int64_t offset(int64_t image, int64_t pixel = 0) const { return (image * pixels + pixel) * channels; }

    /// Calls body(image, first pixel, number of pixels) for stretches of pixels, in parallel.
    template <class Body>
    void each_stretch(const Body &body) const {
        const int64_t length = stretch(), stretches = (pixels + length - 1) / length;
        at::parallel_for(0, batch * stretches, 1, [&](int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end; ++i) {
                const int64_t first = i % stretches * length;
                body(i / stretches, first, std::min(length, pixels - first));
            }
        });
    }

    /// The same where body(image, first pixel, number of pixels, sums) adds to `count` sums for each channel, which are
    /// then added up in a fixed order, whatever the number of threads: [batch, count, channels] in fp64.
    template <class Body>
    at::Tensor sums(int64_t count, const Body &body) const {
        const int64_t length = stretch(), stretches = (pixels + length - 1) / length;
        at::Tensor partial = at::zeros({batch, stretches, count, channels}, at::kFloat);
        float *sums = partial.data_ptr<float>();
        each_stretch([&](int64_t image, int64_t first, int64_t number) {
            body(image, first, number, sums + (image * stretches + first / length) * count * channels);
        });
        return partial.sum({1}, /*keepdim=*/false, at::kDouble);
    }

private:
    /// Pixels of a stretch: some 128 KiB, so that what reads them twice finds them in the cache.
    int64_t stretch() const { return std::max<int64_t>(16, (1 << 15) / channels); }
};

}  // namespace ct
