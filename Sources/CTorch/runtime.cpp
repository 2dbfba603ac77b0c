// Errors, versions, devices and threads.
#include "bridge.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>

#include <cstdlib>

#if defined(__linux__) && defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace ct {
thread_local Errors errors;
thread_local std::optional<at::ScalarType> autocast;
std::atomic<int64_t> live_tensors{0};

namespace {

#if defined(__linux__) && defined(__x86_64__)
bool cpu_announces_amx_bf16() {
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & (1u << 22));
}

/// Executes one tile instruction in a child process: some virtual machines announce AMX, grant it, and then trap.
bool amx_instruction_survives() {
    const pid_t child = fork();
    if (child < 0) return false;
    if (child == 0) {
        constexpr long request_permission = 0x1023, tile_data = 18;
        if (syscall(SYS_arch_prctl, request_permission, tile_data) != 0) _exit(1);
        alignas(64) unsigned char configuration[64] = {1};  // palette 1
        configuration[16] = 64;                             // tile 0: 64 bytes a row
        configuration[48] = 16;                             // tile 0: 16 rows
        asm volatile("ldtilecfg %0" ::"m"(configuration));
        asm volatile(".byte 0xc4, 0xe2, 0x7b, 0x49, 0xc0");  // tilezero tmm0
        asm volatile(".byte 0xc4, 0xe2, 0x7a, 0x5c, 0xc0");  // tdpbf16ps tmm0, tmm0, tmm0
        asm volatile(".byte 0xc4, 0xe2, 0x78, 0x49, 0xc0");  // tilerelease
        _exit(0);
    }
    int status = 0;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
#endif

/// Decides once, before oneDNN or MKL look at the processor, whether they may use AMX.
CTAMX probe_amx() {
#if defined(__linux__) && defined(__x86_64__)
    if (!cpu_announces_amx_bf16()) return CT_AMX_ABSENT;
    if (getenv("ONEDNN_MAX_CPU_ISA")) return CT_AMX_CAPPED_BY_USER;
    if (amx_instruction_survives()) return CT_AMX_WORKS;
    setenv("ONEDNN_MAX_CPU_ISA", "AVX512_CORE_FP16", 0);
    setenv("MKL_ENABLE_INSTRUCTIONS", "AVX512", 0);
    return CT_AMX_CAPPED;
#else
    return CT_AMX_ABSENT;
#endif
}

/// Pages of many sizes need many kernels: some 35 convolutions, three directions, seven heights, eight batch sizes.
/// oneDNN keeps 1,024 of them by default and compiles the others anew in every step, which cost us half the time.
/// Measured on the demo, one thread: 55 s with 1,024, 44 s with 16,384, compilation of the first epoch included.
void keep_compiled_kernels() { setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "16384", /*overwrite=*/0); }

// Runs before main: the libraries read the environment at their first operation.
const CTAMX amx = [] {
    keep_compiled_kernels();
    return probe_amx();
}();

}  // namespace
}  // namespace ct

const char *ct_last_error(void) { return ct::errors.message.c_str(); }
bool ct_scope_active(void) { return !ct::errors.scopes.empty(); }
void ct_scope_enter(void) { ct::errors.scopes.emplace_back(); }

CTStatus ct_scope_leave(void) {
    const ct::Errors::Scope scope = std::move(ct::errors.scopes.back());
    ct::errors.scopes.pop_back();
    if (scope.status != CT_OK) ct::errors.message = scope.message;
    return scope.status;
}

const char *ct_version(void) { return TORCH_VERSION; }
CTAMX ct_amx(void) { return ct::amx; }
int32_t ct_cuda_count(void) { return static_cast<int32_t>(at::getNumGPUs()); }
bool ct_mps_available(void) { return at::hasMPS(); }
int64_t ct_live_tensors(void) { return ct::live_tensors.load(std::memory_order_relaxed); }
CTStatus ct_set_threads(int32_t count) {
    return ct::guarded([&] { at::set_num_threads(count); });
}
int32_t ct_threads(void) { return at::get_num_threads(); }

const char *ct_cpu_capability(void) {
    static const std::string capability = at::get_cpu_capability();
    return capability.c_str();
}

CTStatus ct_synchronize(CTDevice device) {
    return ct::guarded([&] {
        if (device.kind == CT_CUDA) {
            const c10::impl::VirtualGuardImpl guard(at::kCUDA);
            guard.synchronizeDevice(static_cast<c10::DeviceIndex>(device.index));
        }
    });
}

bool ct_fast_bfloat16(void) {
    return at::hasCUDA() && at::getNumGPUs() > 0 && at::detail::getCUDAHooks().supportsBFloat16ConvolutionWithCuDNNv8();
}

CTDType ct_autocast(void) {
    return !ct::autocast ? CT_FLOAT32 : *ct::autocast == at::kHalf ? CT_FLOAT16 : CT_BFLOAT16;
}

CTStatus ct_set_autocast(CTDType dtype) {
    return ct::guarded([&] {
        TORCH_CHECK(
            dtype == CT_FLOAT32 || dtype == CT_FLOAT16 || dtype == CT_BFLOAT16, "products in ", ct::scalar_type(dtype));
        ct::autocast = dtype == CT_FLOAT32 ? std::nullopt : std::optional(ct::scalar_type(dtype));
    });
}
