// What the C++ files share: the way from handles to tensors and back, and the guard that no exception passes.
#pragma once

#include "ctorch.h"

#include <ATen/ATen.h>
#include <torch/version.h>

#include <atomic>
#include <optional>
#include <string>
#include <vector>

static_assert(
    TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 9,
    "Wirespace needs libtorch 2.9 or later: set LIBTORCH to such a copy, or remove it to use the one of scripts/setup.");

/// Compiles a function for the instruction sets of common processors and takes the best one at run time. For inner loops over
/// `CT_RESTRICT` pointers, which the compiler turns into vectors.
#if defined(__x86_64__) && defined(__linux__)
#define CT_VECTORISED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CT_VECTORISED
#endif
#define CT_RESTRICT __restrict__

namespace ct {

/// What failed on this thread, and the scopes that are open, each with the first failure in it.
struct Errors {
    struct Scope {
        CTStatus status = CT_OK;
        std::string message;
    };

    std::string message;
    std::vector<Scope> scopes;

    /// Inside a scope only the first failure counts: the later ones follow from it.
    CTStatus record(CTStatus failure, std::string text) {
        message = std::move(text);
        if (!scopes.empty() && scopes.back().status == CT_OK) scopes.back() = {failure, message};
        return failure;
    }

    /// What failed first in the innermost scope; CT_OK when nothing has, or there is none.
    CTStatus first_of_scope() const { return scopes.empty() ? CT_OK : scopes.back().status; }
};

extern thread_local Errors errors;

/// What products are computed in on this thread, where it is not fp32 (Micikevicius et al., "Mixed precision training", ICLR 2018).
/// Our own policy, not `at::autocast`'s: linear, conv2d and matmul cast their operands to it; norms, sums, exponentials and
/// logarithms compute in fp32; all else takes what it gets.
extern thread_local std::optional<at::ScalarType> autocast;

inline at::Tensor for_product(const at::Tensor &a) {
    return autocast && a.is_floating_point() ? a.to(*autocast) : a;
}

inline std::optional<at::Tensor> for_product(const std::optional<at::Tensor> &a) {
    return a ? std::optional<at::Tensor>(for_product(*a)) : std::nullopt;
}

inline bool is_low_precision(const at::Tensor &a) {
    return a.scalar_type() == at::kHalf || a.scalar_type() == at::kBFloat16;
}

/// For operators whose results half precision would spoil.
inline at::Tensor in_full(const at::Tensor &a) { return autocast && is_low_precision(a) ? a.to(at::kFloat) : a; }

extern std::atomic<int64_t> live_tensors;

/// Runs `body`; turns any exception into a status and keeps its message for this thread.
template <class Body>
CTStatus guarded(Body &&body) noexcept {
    try {
        body();
        return CT_OK;
    } catch (const c10::OutOfMemoryError &error) {
        return errors.record(CT_OUT_OF_MEMORY, error.what_without_backtrace());
    } catch (const c10::Error &error) {
        // The CPU allocator reports exhaustion as an ordinary error.
        const std::string text = error.what_without_backtrace();
        const bool exhausted = text.find("DefaultCPUAllocator: ") != std::string::npos;
        return errors.record(exhausted ? CT_OUT_OF_MEMORY : CT_FAILED, text);
    } catch (const std::bad_alloc &) {
        return errors.record(CT_OUT_OF_MEMORY, "the machine has no memory left");
    } catch (const std::exception &error) {
        return errors.record(CT_FAILED, error.what());
    } catch (...) {
        return errors.record(CT_FAILED, "an exception of unknown type");
    }
}

/// A tensor that shares the handle's reference for the length of a call.
inline at::Tensor borrow(CTTensor handle) {
    auto *impl = reinterpret_cast<c10::TensorImpl *>(handle);
    return at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim_copy(impl));
}

inline std::optional<at::Tensor> borrow_optional(CTTensor handle) {
    return handle ? std::optional<at::Tensor>(borrow(handle)) : std::nullopt;
}

inline std::vector<at::Tensor> borrow(CTTensorList list) {
    std::vector<at::Tensor> tensors;
    tensors.reserve(list.count);
    for (size_t i = 0; i < list.count; ++i) tensors.push_back(borrow(list.items[i]));
    return tensors;
}

/// A handle that owns one reference to `tensor`.
inline CTTensor give(at::Tensor tensor) {
    live_tensors.fetch_add(1, std::memory_order_relaxed);
    return reinterpret_cast<CTTensor>(tensor.unsafeReleaseTensorImpl());
}

/// The elements of a contiguous tensor of type T, to read. In place of `const_data_ptr<T>()`, whose symbol in libtorch 2.11, which
/// GCC compiled, is not the one that Clang asks for.
template <class T = float>
const T *const_data(const at::Tensor &a) {
    TORCH_INTERNAL_ASSERT(a.scalar_type() == c10::CppTypeToScalarType<T>::value);
    return static_cast<const T *>(a.const_data_ptr());
}

inline at::IntArrayRef ints(CTInts values) { return {values.items, values.count}; }

inline at::ScalarType scalar_type(CTDType dtype) {
    switch (dtype) {
    case CT_FLOAT32: return at::kFloat;
    case CT_FLOAT64: return at::kDouble;
    case CT_FLOAT16: return at::kHalf;
    case CT_BFLOAT16: return at::kBFloat16;
    case CT_INT64: return at::kLong;
    case CT_INT32: return at::kInt;
    case CT_UINT8: return at::kByte;
    case CT_BOOL: return at::kBool;
    }
    TORCH_CHECK(false, "unknown dtype ", static_cast<int>(dtype));
}

inline at::DeviceType device_type(CTDeviceKind kind) {
    switch (kind) {
    case CT_CPU: return at::kCPU;
    case CT_CUDA: return at::kCUDA;
    case CT_MPS: return at::kMPS;
    }
    TORCH_CHECK(false, "unknown device ", static_cast<int>(kind));
}

inline at::Device device(CTDevice device) {
    return device.kind == CT_CPU ? at::Device(at::kCPU)
                                 : at::Device(device_type(device.kind), static_cast<c10::DeviceIndex>(device.index));
}

inline at::TensorOptions options(CTDType dtype, CTDevice where) {
    return at::TensorOptions().dtype(scalar_type(dtype)).device(device(where));
}

}  // namespace ct
