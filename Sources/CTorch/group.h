// Several processes that work as one.
#pragma once

// What libtorch's headers declare depends on these.
#define USE_C10D_GLOO
#ifdef WIRESPACE_CUDA
#define USE_C10D_NCCL
#endif

#include "ctorch.h"
#include "roll.h"

#include <ATen/ATen.h>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace ct {

/// Tensors that travel together, because small ones are not worth a message each.
struct Bucket {
    std::vector<at::Tensor> parts;
    std::vector<at::Tensor> flat;          // one; where the group that sums it works
    c10::intrusive_ptr<c10d::Work> work;   // while it is on its way
};

/// The tensors in their order, in buckets of at most so many bytes, or of one tensor.
std::vector<Bucket> in_buckets(const std::vector<at::Tensor> &tensors, size_t bucket_bytes);

/// A rank's place among the others, and its ways to them.
struct Group {
    const std::string host;
    const int rank, size;
    const std::chrono::milliseconds timeout;
    c10::intrusive_ptr<c10d::TCPStore> server;
    c10::intrusive_ptr<c10d::Store> store;
    std::unique_ptr<Roll> roll;
    c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo;
    /// Sums tensors of GPUs; null where there is no NCCL.
    c10::intrusive_ptr<c10d::Backend> nccl;
    bool failed = false;

    explicit Group(const CTMeeting &meeting);
    ~Group();

    /// Waits for all ranks.
    void connect();

    /// Waits for an operation that all ranks take part in.
    ///
    /// A failure is told in terms of ranks as soon as it is known who is missing.
    void finish(const c10::intrusive_ptr<c10d::Work> &work);

    /// Waits until all have done all: a connection that closes is a failure to whoever still reads from it.
    void finish();

    /// What the others know of each other comes through rank 0, so it stays a little when something is wrong.
    void linger() const;

    /// Starts the sum over all ranks of `values`, one for each part of the bucket.
    void send(Bucket &bucket, const std::vector<at::Tensor> &values);

    /// Waits for the sums, each in the shape of its part.
    std::vector<at::Tensor> receive(Bucket &bucket);

    /// Sums tensors over all ranks, in place. While one bucket is on its way the next is filled.
    void sum(const std::vector<at::Tensor> &tensors, size_t bucket_bytes);

private:
    /// If all ranks have a GPU of their own, which NCCL wants, and none has `WIRESPACE_NCCL=0`. Nothing is sent before the first sum.
    void connect_gpus();

    /// Waits for an operation on GPUs. NCCL does not notice that another rank is gone.
    void finish_on_gpu(const c10::intrusive_ptr<c10d::Work> &work);

    /// Fails in terms of ranks, if it comes to light in time who is missing, else with these words.
    [[noreturn]] void fail_for(const std::string &words);

    [[noreturn]] void fail(const std::string &words);
};

Group &group(CTGroup handle);

}  // namespace ct
