// Lifetime, storage, random numbers and autograd.
#include "bridge.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>

using ct::borrow;
using ct::give;
using ct::guarded;

void ct_tensor_release(CTTensor tensor) {
    ct::live_tensors.fetch_sub(1, std::memory_order_relaxed);
    c10::raw::intrusive_ptr::decref(reinterpret_cast<c10::TensorImpl *>(tensor));
}

int64_t ct_dim(CTTensor tensor) { return borrow(tensor).dim(); }

void ct_shape(int64_t *out, CTTensor tensor) {
    const at::Tensor borrowed = borrow(tensor);
    std::copy(borrowed.sizes().begin(), borrowed.sizes().end(), out);
}

CTStatus ct_dtype(CTDType *out, CTTensor tensor) {
    return guarded([&] {
        const auto type = borrow(tensor).scalar_type();
        for (int candidate = CT_FLOAT32; candidate <= CT_BOOL; ++candidate) {
            if (ct::scalar_type(static_cast<CTDType>(candidate)) == type) {
                *out = static_cast<CTDType>(candidate);
                return;
            }
        }
        TORCH_CHECK(false, "a tensor of type ", type, " has no counterpart here");
    });
}

CTDevice ct_device(CTTensor tensor) {
    const auto device = borrow(tensor).device();
    const CTDeviceKind kind = device.is_cuda() ? CT_CUDA : device.is_mps() ? CT_MPS : CT_CPU;
    return {kind, device.has_index() ? device.index() : 0};
}

CTStatus ct_from_bytes(CTTensor *out, const void *bytes, CTInts shape, CTDType dtype, CTDevice device) {
    return guarded([&] {
        // From page-locked memory a GPU fetches the bytes itself, while this thread goes on. The memory is libtorch's, which does not
        // use it again before the GPU has it.
        const bool waits = device.kind != CT_CUDA;
        at::Tensor tensor =
            at::empty(ct::ints(shape), at::TensorOptions(ct::scalar_type(dtype)).pinned_memory(!waits));
        if (tensor.nbytes() > 0) std::memcpy(tensor.mutable_data_ptr(), bytes, tensor.nbytes());
        *out = give(device.kind == CT_CPU ? tensor : tensor.to(ct::device(device), /*non_blocking=*/!waits));
    });
}

CTStatus ct_copy_bytes(void *out, size_t byte_count, CTTensor tensor, CTDType dtype) {
    return guarded([&] {
        const at::Tensor source = borrow(tensor).detach().to(at::kCPU, ct::scalar_type(dtype)).contiguous();
        TORCH_CHECK(source.nbytes() == byte_count, source.nbytes(), " bytes do not fit ", byte_count);
        if (byte_count > 0) std::memcpy(out, source.const_data_ptr(), byte_count);
    });
}

CTStatus ct_empty(CTTensor *out, CTInts shape, CTDType dtype, CTDevice device) {
    return guarded([&] { *out = give(at::empty(ct::ints(shape), ct::options(dtype, device))); });
}

CTStatus ct_full(CTTensor *out, CTInts shape, double value, CTDType dtype, CTDevice device) {
    return guarded([&] { *out = give(at::full(ct::ints(shape), value, ct::options(dtype, device))); });
}

CTStatus ct_arange(CTTensor *out, double start, double end, double step, CTDType dtype, CTDevice device) {
    return guarded([&] { *out = give(at::arange(start, end, step, ct::options(dtype, device))); });
}

CTStatus ct_eye(CTTensor *out, int64_t n, CTDType dtype, CTDevice device) {
    return guarded([&] { *out = give(at::eye(n, ct::options(dtype, device))); });
}

CTStatus ct_to(CTTensor *out, CTTensor a, CTDType dtype, CTDevice device) {
    return guarded([&] { *out = give(borrow(a).to(ct::device(device), ct::scalar_type(dtype))); });
}

CTStatus ct_contiguous(CTTensor *out, CTTensor a, CTMemoryFormat format) {
    return guarded([&] {
        *out = give(borrow(a).contiguous(
            format == CT_CHANNELS_LAST ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous));
    });
}

CTStatus ct_clone(CTTensor *out, CTTensor a) {
    return guarded([&] { *out = give(borrow(a).clone()); });
}

CTStatus ct_alias(CTTensor *out, CTTensor a) {
    return guarded([&] { *out = give(borrow(a)); });
}

// Random numbers.

namespace {

at::Generator generator(CTGenerator handle) {
    auto *impl = reinterpret_cast<c10::GeneratorImpl *>(handle);
    return at::Generator(c10::intrusive_ptr<c10::GeneratorImpl>::reclaim_copy(impl));
}

}  // namespace

CTStatus ct_generator_new(CTGenerator *out, CTDevice device, uint64_t seed) {
    return guarded([&] {
        at::Generator made = device.kind == CT_CPU
            ? at::make_generator<at::CPUGeneratorImpl>(seed)
            : at::globalContext().defaultGenerator(ct::device(device)).clone();
        made.set_current_seed(seed);
        *out = reinterpret_cast<CTGenerator>(made.unsafeReleaseGeneratorImpl());
    });
}

void ct_generator_release(CTGenerator handle) {
    c10::raw::intrusive_ptr::decref(reinterpret_cast<c10::GeneratorImpl *>(handle));
}

CTStatus ct_generator_state(CTTensor *out, CTGenerator handle) {
    return guarded([&] {
        at::Generator source = generator(handle);
        const std::lock_guard<std::mutex> lock(source.mutex());
        *out = give(source.get_state());
    });
}

CTStatus ct_generator_set_state(CTGenerator handle, CTTensor state) {
    return guarded([&] {
        at::Generator target = generator(handle);
        const std::lock_guard<std::mutex> lock(target.mutex());
        target.set_state(borrow(state));
    });
}

CTStatus ct_randn(CTTensor *out, CTInts shape, CTGenerator handle, CTDevice device) {
    return guarded([&] { *out = give(at::randn(ct::ints(shape), generator(handle), ct::options(CT_FLOAT32, device))); });
}

CTStatus ct_rand(CTTensor *out, CTInts shape, CTGenerator handle, CTDevice device) {
    return guarded([&] { *out = give(at::rand(ct::ints(shape), generator(handle), ct::options(CT_FLOAT32, device))); });
}

CTStatus ct_uniform_(CTTensor a, double low, double high, CTGenerator handle) {
    return guarded([&] {
        const at::NoGradGuard no_grad;
        borrow(a).uniform_(low, high, generator(handle));
    });
}

// Autograd.

bool ct_grad_enabled(void) { return at::GradMode::is_enabled(); }
void ct_set_grad_enabled(bool enabled) { at::GradMode::set_enabled(enabled); }
bool ct_requires_grad(CTTensor a) { return borrow(a).requires_grad(); }

CTStatus ct_set_requires_grad(CTTensor a, bool value) {
    return guarded([&] { borrow(a).set_requires_grad(value); });
}

CTStatus ct_detach(CTTensor *out, CTTensor a) {
    return guarded([&] { *out = give(borrow(a).detach()); });
}

CTStatus ct_backward(CTTensor a, CTTensor gradient_or_null) {
    // What it would compute is thrown away with the scope, and placeholders broadcast: all gradients could be zeros, and leave.
    if (const CTStatus failed = ct::errors.first_of_scope(); failed != CT_OK) return failed;
    return guarded([&] { borrow(a).backward(gradient_or_null ? borrow(gradient_or_null) : at::Tensor()); });
}

CTStatus ct_grad(CTTensor *out_or_null, CTTensor a) {
    return guarded([&] {
        const at::Tensor gradient = borrow(a).grad();
        *out_or_null = gradient.defined() ? give(gradient) : nullptr;
    });
}

CTStatus ct_set_grad(CTTensor a, CTTensor gradient_or_null) {
    return guarded([&] { borrow(a).mutable_grad() = gradient_or_null ? borrow(gradient_or_null) : at::Tensor(); });
}
