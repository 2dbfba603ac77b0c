// Work for libtorch's threads.
#pragma once

#include <ATen/Parallel.h>
#include <c10/util/FunctionRef.h>

namespace ct {

/// body(begin, end) for all of 0 …< count, in equal pieces on at most ⌈count / grain⌉ of the threads that this one has for an operation.
///
/// `at::parallel_for` is a template: compiled here, without OpenMP, it would run on one thread. With an OpenMP of our own there
/// would be two kinds of threads, each waiting in a loop for the other's cores.
void parallel_for(int64_t count, int64_t grain, c10::function_ref<void(int64_t begin, int64_t end)> body);

}  // namespace ct
