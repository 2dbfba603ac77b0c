// Work of a GPU that is recorded once and then done again at one command (CUDA graphs): the kernels of a training step on small maps
// are done before the processor has named the next one.
#include "bridge.h"

#ifdef WIRESPACE_CUDA

#include <ATen/core/CachingHostAllocator.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/Event.h>
#include <c10/cuda/CUDAStream.h>

#include <cstdlib>
#include <map>
#include <memory>

namespace ct {
namespace {

/// Nothing can be recorded on the stream that works by default.
c10::cuda::CUDAStream recording_stream(c10::DeviceIndex device) {
    static std::map<c10::DeviceIndex, c10::cuda::CUDAStream> streams;
    return streams.try_emplace(device, c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device)).first->second;
}

/// The memory that all recordings use in turn: what one leaves is read before another is done again. It must not be used any more once
/// the last of them has gone, so the next one gets another. (Nor must there ever be two: what destroys a recording may take the scratch
/// memory of cuBLAS from under those that share its stream.)
std::shared_ptr<const c10::MempoolId_t> shared_pool() {
    static std::weak_ptr<const c10::MempoolId_t> last;
    auto pool = last.lock();
    if (!pool) last = pool = std::make_shared<const c10::MempoolId_t>(at::cuda::graph_pool_handle());
    return pool;
}

}  // namespace

class Recording {
public:
    explicit Recording(c10::DeviceIndex device)
        : device_(device), outside_(c10::cuda::getCurrentCUDAStream(device)), pool_(shared_pool()) {
        const c10::DeviceGuard guard(at::Device(at::kCUDA, device_));
        const c10::cuda::CUDAStream stream = recording_stream(device_);
        c10::Event before(at::kCUDA);
        before.record(outside_);
        before.block(stream);
        c10::cuda::setCurrentCUDAStream(stream);
        try {
            // Only this thread's work is recorded, and others may do what they like meanwhile.
            graph_.capture_begin(*pool_, cudaStreamCaptureModeThreadLocal);
        } catch (...) {
            c10::cuda::setCurrentCUDAStream(outside_);
            forget();
            throw;
        }
    }

    /// From here on the thread works again, instead of recording.
    void end() {
        const c10::DeviceGuard guard(at::Device(at::kCUDA, device_));
        try {
            graph_.capture_end();
        } catch (...) {
            c10::cuda::setCurrentCUDAStream(outside_);
            forget();
            throw;
        }
        c10::cuda::setCurrentCUDAStream(outside_);
    }

    void repeat() {
        const c10::DeviceGuard guard(at::Device(at::kCUDA, device_));
        graph_.replay();
    }

private:
    /// Tells the allocators that nothing is being recorded: where the recording ends with an error, libtorch does not.
    void forget() const noexcept {
        try {
            c10::cuda::CUDACachingAllocator::endAllocateToPool(device_, *pool_);
        } catch (const std::exception &) {  // they know it already
        }
#if TORCH_VERSION_MINOR >= 11
        try {
            at::getHostAllocator(at::kCUDA)->end_allocate_to_pool(*pool_);
        } catch (const std::exception &) {
        }
#endif
    }

    const c10::DeviceIndex device_;
    const c10::cuda::CUDAStream outside_;
    const std::shared_ptr<const c10::MempoolId_t> pool_;  // outlives the graph
    at::cuda::CUDAGraph graph_;
};

}  // namespace ct

namespace {
ct::Recording &recording(CTRecording handle) { return *reinterpret_cast<ct::Recording *>(handle); }
}  // namespace

bool ct_records(CTDevice device) {
    const char *const wanted = getenv("WIRESPACE_RECORDING");
    return device.kind == CT_CUDA && !(wanted && std::string(wanted) == "0");
}

CTStatus ct_recording_begin(CTRecording *out, CTDevice device) {
    return ct::guarded([&] {
        auto made = std::make_unique<ct::Recording>(static_cast<c10::DeviceIndex>(device.index));
        *out = reinterpret_cast<CTRecording>(made.release());
    });
}

CTStatus ct_recording_end(CTRecording handle) {
    return ct::guarded([&] { recording(handle).end(); });
}

CTStatus ct_recording_repeat(CTRecording handle) {
    return ct::guarded([&] { recording(handle).repeat(); });
}

void ct_recording_release(CTRecording handle) { delete &recording(handle); }

#else  // without a GPU's libtorch or its headers nothing is ever recorded

namespace {
CTStatus nothing_to_record() {
    return ct::guarded([] { TORCH_CHECK(false, "this program was built without CUDA's headers and records nothing"); });
}
}  // namespace

bool ct_records(CTDevice) { return false; }
CTStatus ct_recording_begin(CTRecording *, CTDevice) { return nothing_to_record(); }
CTStatus ct_recording_end(CTRecording) { return nothing_to_record(); }
CTStatus ct_recording_repeat(CTRecording) { return nothing_to_record(); }
void ct_recording_release(CTRecording) {}

#endif
