// Memory: what is kept for the next step, what there may be at most, and how much it was.
#include "bridge.h"

#include <c10/core/AllocatorConfig.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

#include <cstdlib>

#if defined(__APPLE__)
#include <malloc/malloc.h>
#else
#include <malloc.h>
#endif

namespace ct {
namespace {

size_t usable_size(void *block) {
#if defined(__APPLE__)
    return malloc_size(block);
#else
    return malloc_usable_size(block);
#endif
}

/// Counts what a processor's tensors hold, and refuses what would be more than a limit, as a GPU does. (Linux promises more
/// than there is, and ends the process that takes it at its word.)
class BoundedAllocator final : public c10::Allocator {
public:
    explicit BoundedAllocator(int64_t limit) : limit_(limit) {}

    c10::DataPtr allocate(size_t count) override {
        const int64_t wanted = held_.load() + static_cast<int64_t>(count);
        if (wanted > limit_) {
            throw c10::OutOfMemoryError(
                {__func__, __FILE__, __LINE__},
                c10::str(
                    "tensors may hold ", limit_ >> 20, " MiB (WIRESPACE_MEMORY_MIB), ", (wanted + (1 << 20) - 1) >> 20,
                    " are needed"));
        }
        void *const block = c10::alloc_cpu(count);
        const int64_t held = block ? held_ += static_cast<int64_t>(usable_size(block)) : 0;
        for (int64_t peak = peak_; held > peak && !peak_.compare_exchange_weak(peak, held);) {}
        return {block, block, &release, at::Device(at::kCPU)};
    }

    c10::DeleterFnPtr raw_deleter() const override { return &release; }
    void copy_data(void *to, const void *from, size_t count) const override { default_copy_data(to, from, count); }

    int64_t peak() const { return peak_; }

private:
    static void release(void *block);

    const int64_t limit_;
    std::atomic<int64_t> held_{0}, peak_{0};
};

/// Set by `WIRESPACE_MEMORY_MIB`, else none: to see on a processor what a training does on a small GPU.
BoundedAllocator *const bounded = []() -> BoundedAllocator * {
    const char *const text = getenv("WIRESPACE_MEMORY_MIB");
    const int64_t mebibytes = text ? std::strtoll(text, nullptr, 10) : 0;
    if (mebibytes <= 0) return nullptr;
    auto *const allocator = new BoundedAllocator(mebibytes << 20);  // for as long as the process lives
    c10::SetCPUAllocator(allocator, /*priority=*/1);
    return allocator;
}();

void BoundedAllocator::release(void *block) {
    if (block) bounded->held_ -= static_cast<int64_t>(usable_size(block));
    c10::free_cpu(block);
}

/// Keeps freed blocks for the next step: by default glibc gives every large one back to the kernel, which then has to
/// clear its pages again.
const bool keeps_freed_memory = [] {
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, 256 << 20);
    mallopt(M_TRIM_THRESHOLD, 512 << 20);
#endif
    return true;
}();

/// Pages of many sizes leave a GPU's memory in pieces that fit nothing else; segments that can grow do not. Runs before main:
/// the library reads the environment at its first operation.
const bool lets_segments_grow = [] {
    if (!getenv("PYTORCH_ALLOC_CONF")) setenv("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True", /*overwrite=*/0);
    return true;
}();

/// The allocator of a GPU; null on a processor.
c10::DeviceAllocator *caching_allocator(CTDevice device) {
    if (device.kind != CT_CUDA) return nullptr;
    auto *allocator = dynamic_cast<c10::DeviceAllocator *>(c10::GetAllocator(at::kCUDA));
    return allocator && allocator->initialized() ? allocator : nullptr;
}

}  // namespace
}  // namespace ct

CTStatus ct_empty_cache(CTDevice device) {
    return ct::guarded([&] {
        if (auto *allocator = ct::caching_allocator(device)) allocator->emptyCache();
#if defined(__GLIBC__)
        if (device.kind == CT_CPU) malloc_trim(0);
#endif
    });
}

CTStatus ct_peak_memory(int64_t *out, CTDevice device) {
    return ct::guarded([&] {
        auto *allocator = ct::caching_allocator(device);
        const auto index = static_cast<c10::DeviceIndex>(device.index);
        *out = allocator                                ? allocator->getDeviceStats(index).allocated_bytes[0].peak
               : device.kind == CT_CPU && ct::bounded ? ct::bounded->peak()
                                                        : 0;
    });
}

bool ct_expandable_segments(void) { return c10::CachingAllocator::AcceleratorAllocatorConfig::use_expandable_segments(); }
