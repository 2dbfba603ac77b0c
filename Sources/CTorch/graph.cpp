// CUDA graphs: work of a GPU that is captured once and replayed at one command. The kernels of a training step on small maps are done
// before the processor has launched the next one.
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

/// Nothing can be captured on the default stream.
c10::cuda::CUDAStream capture_stream(c10::DeviceIndex device) {
    static std::map<c10::DeviceIndex, c10::cuda::CUDAStream> streams;
    return streams.try_emplace(device, c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device)).first->second;
}

/// The memory that all graphs use in turn: what one leaves is read before another is replayed. It must not be used any more once
/// the last of them has gone, so the next one gets another. (Nor must there ever be two: what destroys a graph may take the scratch memory
/// of cuBLAS from under those that were captured on its stream.)
std::shared_ptr<const c10::MempoolId_t> shared_pool() {
    static std::weak_ptr<const c10::MempoolId_t> last;
    auto pool = last.lock();
    if (!pool) last = pool = std::make_shared<const c10::MempoolId_t>(at::cuda::graph_pool_handle());
    return pool;
}

}  // namespace

class Graph {
public:
    explicit Graph(c10::DeviceIndex device)
        : device_(device), outside_(c10::cuda::getCurrentCUDAStream(device)), pool_(shared_pool()) {
        const c10::DeviceGuard guard(at::Device(at::kCUDA, device_));
        const c10::cuda::CUDAStream stream = capture_stream(device_);
        c10::Event before(at::kCUDA);
        before.record(outside_);
        before.block(stream);
        c10::cuda::setCurrentCUDAStream(stream);
        try {
            // Only this thread's work is captured, and others may do what they like meanwhile.
            graph_.capture_begin(*pool_, cudaStreamCaptureModeThreadLocal);
        } catch (...) {
            c10::cuda::setCurrentCUDAStream(outside_);
            forget();
            throw;
        }
    }

    /// From here on the thread works again, instead of capturing.
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

    void replay() {
        const c10::DeviceGuard guard(at::Device(at::kCUDA, device_));
        graph_.replay();
    }

private:
    /// Tells the allocators that nothing is being captured: where a capture ends with an error, libtorch does not.
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
ct::Graph &graph(CTGraph handle) { return *reinterpret_cast<ct::Graph *>(handle); }
}  // namespace

bool ct_graphs_available(CTDevice device) {
    const char *const wanted = getenv("WIRESPACE_CUDA_GRAPHS");
    return device.kind == CT_CUDA && !(wanted && std::string(wanted) == "0");
}

CTStatus ct_graph_begin(CTGraph *out, CTDevice device) {
    return ct::guarded([&] {
        auto made = std::make_unique<ct::Graph>(static_cast<c10::DeviceIndex>(device.index));
        *out = reinterpret_cast<CTGraph>(made.release());
    });
}

CTStatus ct_graph_end(CTGraph handle) {
    return ct::guarded([&] { graph(handle).end(); });
}

CTStatus ct_graph_replay(CTGraph handle) {
    return ct::guarded([&] { graph(handle).replay(); });
}

void ct_graph_release(CTGraph handle) { delete &graph(handle); }

#else  // without a GPU's libtorch or its headers nothing is ever captured

namespace {
CTStatus no_graphs() {
    return ct::guarded([] { TORCH_CHECK(false, "this program was built without CUDA's headers and has no CUDA graphs"); });
}
}  // namespace

bool ct_graphs_available(CTDevice) { return false; }
CTStatus ct_graph_begin(CTGraph *, CTDevice) { return no_graphs(); }
CTStatus ct_graph_end(CTGraph) { return no_graphs(); }
CTStatus ct_graph_replay(CTGraph) { return no_graphs(); }
void ct_graph_release(CTGraph) {}

#endif
