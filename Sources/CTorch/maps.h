// What the fused passes over maps share: their layout, and the sums over pixels.
#pragma once

#include "bridge.h"
#include "parallel.h"

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
        parallel_for(batch * stretches, enough / (length * channels), [&](int64_t begin, int64_t end) {
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
        return partial_sums(count, body).sum({1});
    }

    /// The sums of each stretch: [batch, stretches, count, channels] in fp64.
    template <class Body>
    at::Tensor partial_sums(int64_t count, const Body &body) const {
        return partial_results(count, 0, body).to(at::kDouble);
    }

    /// What body(image, first pixel, number of pixels, results) makes of `count` initial values for each channel, stretch by
    /// stretch: [batch, stretches, count, channels].
    template <class Body>
    at::Tensor partial_results(int64_t count, float initial, const Body &body) const {
        const int64_t length = stretch(), stretches = (pixels + length - 1) / length;
        at::Tensor partial = at::full({batch, stretches, count, channels}, initial, at::kFloat);
        float *results = partial.data_ptr<float>();
        each_stretch([&](int64_t image, int64_t first, int64_t number) {
            body(image, first, number, results + (image * stretches + first / length) * count * channels);
        });
        return partial;
    }

    /// Pixels of each stretch, [stretches, 1].
    at::Tensor counts() const {
        const int64_t length = stretch(), stretches = (pixels + length - 1) / length;
        at::Tensor counts = at::full({stretches, 1}, static_cast<double>(length), at::kDouble);
        counts.select(0, stretches - 1).fill_(static_cast<double>(pixels - (stretches - 1) * length));
        return counts;
    }

private:
    /// Floats for which a thread is worth waking.
    static constexpr int64_t enough = 1 << 15;

    /// Pixels of a stretch: at most 128 KiB, so that what reads them twice finds them in the cache, and few, since sums over a
    /// stretch are in fp32 and round the more the longer it is.
    int64_t stretch() const { return std::clamp<int64_t>((1 << 15) / channels, 16, 128); }
};

}  // namespace ct
