#include "parallel.h"

#include "bridge.h"

#include <ATen/TensorIterator.h>

#include <mutex>
#include <set>
#include <thread>

namespace ct {

void parallel_for(int64_t count, int64_t grain, c10::function_ref<void(int64_t begin, int64_t end)> body) {
    if (count <= 0) return;
    if (count <= grain || at::get_num_threads() == 1 || at::in_parallel_region()) return body(0, count);
    // A tensor whose elements nobody reads or writes: an iterator over it divides its places among libtorch's threads.
    at::Tensor places = at::empty({count}, at::kByte);
    const char *const first = static_cast<const char *>(places.const_data_ptr());
    at::TensorIterator::nullary_op(places).for_each(
        [&](char **data, const int64_t *, int64_t number) {
            const int64_t begin = data[0] - first;
            body(begin, begin + number);
        },
        grain);
}

}  // namespace ct

CTStatus ct_threads_at_work(int32_t *out) {
    return ct::guarded([&] {
        std::mutex mutex;
        std::set<std::thread::id> seen;
        ct::parallel_for(at::get_num_threads(), 1, [&](int64_t, int64_t) {
            const std::lock_guard lock(mutex);
            seen.insert(std::this_thread::get_id());
        });
        *out = static_cast<int32_t>(seen.size());
    });
}
