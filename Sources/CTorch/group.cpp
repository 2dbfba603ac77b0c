// Several processes that work as one: libtorch's own c10d, with a TCPStore to meet at, Gloo to sum tensors and, where libtorch is a
// CUDA build with NCCL's headers beside it (`Package.swift` looks), NCCL to sum those of GPUs.
#include "group.h"

#include "bridge.h"

#include <c10/util/Logging.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#ifdef WIRESPACE_CUDA
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <condition_variable>
#include <mutex>
#include <thread>

C10_DECLARE_int(caffe2_log_level);

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// How often the sign of life of a rank may fail to come before it counts as lost: when nothing else is wrong, and when
/// its connection has already broken.
constexpr milliseconds patience{30'000}, patience_after_failure{5'000};
/// No collective ends sooner than this for want of time: that a rank is lost shows in its missing signs of life.
constexpr milliseconds gloo_timeout{24 * 3600'000};

/// The interface to be reached at: what GLOO_SOCKET_IFNAME names, loopback for a group on one machine, else the one
/// that this machine's name leads to.
std::shared_ptr<gloo::transport::Device> network(const std::string &host) {
    if (const char *name = getenv("GLOO_SOCKET_IFNAME"); name && *name) {
        return c10d::ProcessGroupGloo::createDeviceForInterface(name);
    }
    const bool is_local = host == "localhost" || host.rfind("127.", 0) == 0;
    return is_local ? c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1")
                    : c10d::ProcessGroupGloo::createDefaultDevice();
}

}  // namespace

namespace ct {

Group &group(CTGroup handle) { return *reinterpret_cast<Group *>(handle); }

std::vector<Bucket> in_buckets(const std::vector<at::Tensor> &tensors, size_t bucket_bytes) {
    std::vector<Bucket> buckets;
    size_t bytes = 0;
    for (const auto &tensor : tensors) {
        const bool starts = buckets.empty() || bytes + tensor.nbytes() > bucket_bytes
            || buckets.back().parts[0].scalar_type() != tensor.scalar_type();
        if (starts) {
            buckets.emplace_back();
            bytes = 0;
        }
        buckets.back().parts.push_back(tensor);
        bytes += tensor.nbytes();
    }
    return buckets;
}

Group::Group(const CTMeeting &meeting)
    : host(meeting.host), rank(meeting.rank), size(meeting.size),
      timeout(static_cast<int64_t>(meeting.timeout * 1000)) {
    TORCH_CHECK(size >= 1 && rank >= 0 && rank < size, "there is no rank ", rank, " of ", size);
    c10d::TCPStoreOptions options;
    options.port = meeting.port;
    options.isServer = meeting.serves;
    options.waitWorkers = false;
    options.timeout = timeout;
    server = c10::make_intrusive<c10d::TCPStore>(host, options);
    store = c10::make_intrusive<c10d::PrefixStore>(meeting.name, server);
}

Group::~Group() {
    roll = nullptr;
    // They would wait for the operation that failed, for ever; the process is about to end.
    if (failed && gloo) (void)gloo.release();
    if (failed && nccl) (void)nccl.release();
}

void Group::connect() {
    store->set(key_of(rank), as_bytes("0"));
    std::vector<std::string> keys;
    for (int other = 0; other < size; ++other) keys.push_back(key_of(other));
    try {
        store->wait(keys, timeout);
    } catch (const std::exception &) {
        std::string absent;
        for (int other = 0; other < size; ++other) {
            if (!store->check({keys[other]})) absent += (absent.empty() ? "rank " : ", rank ") + std::to_string(other);
        }
        TORCH_CHECK(false, absent, " did not come within ", timeout.count() / 1000, " s");
    }
    auto options = c10d::ProcessGroupGloo::Options::create(gloo_timeout);
    options->devices.push_back(network(host));
    roll = std::make_unique<Roll>(store, rank, size);
    auto place = c10::make_intrusive<c10d::PrefixStore>("gloo", store);
    gloo = c10::make_intrusive<c10d::ProcessGroupGloo>(place, rank, size, options);
#ifdef WIRESPACE_CUDA
    connect_gpus();
#endif
}

#ifdef WIRESPACE_CUDA
void Group::connect_gpus() {
    const auto value = [](const char *name) { return std::string(getenv(name) ? getenv(name) : ""); };
    const std::string number = value("LOCAL_RANK").empty() ? value("SLURM_LOCALID") : value("LOCAL_RANK");
    const bool willing = value("WIRESPACE_NCCL") != "0" && atoi(number.c_str()) < static_cast<int>(at::getNumGPUs());
    store->set("gpu/" + std::to_string(rank), as_bytes(willing ? "1" : "0"));
    for (int other = 0; other < size; ++other) {
        if (store->get("gpu/" + std::to_string(other)) != as_bytes("1")) return;
    }
    // That a rank is lost shows in its missing signs of life; NCCL's own guard would end the process without a word of ours.
    setenv("TORCH_NCCL_ASYNC_ERROR_HANDLING", "0", /*overwrite=*/0);
    auto options = c10d::ProcessGroupNCCL::Options::create();
    options->timeout = gloo_timeout;
    auto place = c10::make_intrusive<c10d::PrefixStore>("nccl", store);
    nccl = c10::make_intrusive<c10d::ProcessGroupNCCL>(place, rank, size, options);
}
#endif

void Group::finish_on_gpu(const c10::intrusive_ptr<c10d::Work> &work) {
    auto asked = Clock::now();
    std::string lost;
    try {
        while (lost.empty() && !work->isCompleted()) {
            std::this_thread::sleep_for(std::chrono::microseconds(50));
            if (Clock::now() - asked < beat_interval) continue;
            asked = Clock::now();
            lost = roll->missing(patience);
        }
        if (lost.empty()) {
            if (const auto failure = work->exception()) std::rethrow_exception(failure);  // such work counts as completed
            work->wait();  // the current stream, for the sums
        }
    } catch (const std::exception &error) {
        fail_for(error.what());
    }
    if (!lost.empty()) fail(lost);
}

void Group::finish(const c10::intrusive_ptr<c10d::Work> &work) {
    struct Done {
        std::mutex mutex;
        std::condition_variable changed;
        bool value = false;
    };
    auto done = std::make_shared<Done>();
    const auto future = work->getFuture();
    future->addCallback([done](c10::ivalue::Future &) {
        const std::lock_guard lock(done->mutex);
        done->value = true;
        done->changed.notify_all();
    });
    std::unique_lock lock(done->mutex);
    while (!done->changed.wait_for(lock, beat_interval, [&] { return done->value; })) {
        if (const auto lost = roll->missing(patience); !lost.empty()) fail(lost);
    }
    // Of a failure the future knows first: `work->exception()` may still be empty here, and the sums would be taken as whole.
    if (!future->hasError()) return;
    lock.unlock();
    try {
        std::rethrow_exception(future->exception_ptr());
    } catch (const std::exception &error) {
        fail_for(error.what());
    }
}

void Group::fail_for(const std::string &words) {
    const auto start = Clock::now();
    while (Clock::now() - start < 2 * patience_after_failure) {
        if (const auto lost = roll->missing(patience_after_failure); !lost.empty()) fail(lost);
        std::this_thread::sleep_for(milliseconds(100));
    }
    fail(words);
}

void Group::fail(const std::string &words) {
    failed = true;
    linger();
    TORCH_CHECK(false, words);
}

void Group::linger() const {
    if (rank == 0) std::this_thread::sleep_for(3 * beat_interval);
}

void Group::finish() {
    try {
        store->add("finished", 1);
        const auto start = Clock::now();
        while (store->add("finished", 0) < size && Clock::now() - start < milliseconds(10'000)) {
            std::this_thread::sleep_for(milliseconds(5));
        }
    } catch (const std::exception &) {  // rank 0 has seen that all are done, and is gone
    }
}

void Group::send(Bucket &bucket, const std::vector<at::Tensor> &values) {
    std::vector<at::Tensor> rows;
    for (const auto &value : values) rows.push_back(value.reshape({-1}));
    const at::Tensor flat = at::cat(rows);
    if (flat.is_cuda() && nccl) {
        bucket.flat = {flat};
        bucket.work = nccl->allreduce(bucket.flat);
    } else {
        bucket.flat = {flat.to(at::kCPU)};
        bucket.work = gloo->allreduce(bucket.flat);
    }
}

std::vector<at::Tensor> Group::receive(Bucket &bucket) {
    if (bucket.flat[0].is_cuda()) finish_on_gpu(bucket.work);
    else finish(bucket.work);
    bucket.work = nullptr;
    std::vector<at::Tensor> sums;
    int64_t start = 0;
    for (const auto &part : bucket.parts) {
        sums.push_back(bucket.flat[0].narrow(0, start, part.numel()).view(part.sizes()));
        start += part.numel();
    }
    return sums;
}

void Group::sum(const std::vector<at::Tensor> &tensors, size_t bucket_bytes) {
    std::vector<Bucket> buckets = in_buckets(tensors, bucket_bytes);
    for (auto &bucket : buckets) send(bucket, bucket.parts);
    for (auto &bucket : buckets) {
        const std::vector<at::Tensor> sums = receive(bucket);
        for (size_t i = 0; i < sums.size(); ++i) bucket.parts[i].copy_(sums[i]);
    }
}

}  // namespace ct

using ct::group, ct::Group, ct::guarded;

CTStatus ct_group_open(CTGroup *out, CTMeeting meeting) {
    return guarded([&] {
        // libtorch would add a page of stack traces to what we say of a broken connection.
        if (!getenv("TORCH_CPP_LOG_LEVEL")) FLAGS_caffe2_log_level = 2;  // errors only
        *out = reinterpret_cast<CTGroup>(new Group(meeting));
    });
}

uint16_t ct_group_port(CTGroup handle) { return group(handle).server->getPort(); }

CTStatus ct_group_connect(CTGroup handle) {
    return guarded([&] { group(handle).connect(); });
}

void ct_group_leave(CTGroup handle, const char *reason) {
    if (auto &roll = group(handle).roll) {
        roll->leave(reason);
        group(handle).linger();
    }
}

void ct_group_finish(CTGroup handle) { group(handle).finish(); }

void ct_group_release(CTGroup handle) { delete &group(handle); }

CTStatus ct_group_sum(CTGroup handle, CTTensorList tensors, size_t bucket_bytes) {
    return guarded([&] {
        const at::NoGradGuard without_gradients;
        group(handle).sum(ct::borrow(tensors), bucket_bytes);
    });
}

CTStatus ct_group_broadcast(CTGroup handle, CTTensor tensor, int32_t root) {
    return guarded([&] {
        const at::NoGradGuard without_gradients;
        at::Tensor target = ct::borrow(tensor);
        std::vector<at::Tensor> values = {target.detach().to(at::kCPU).contiguous()};
        c10d::BroadcastOptions options;
        options.rootRank = root;
        group(handle).finish(group(handle).gloo->broadcast(values, options));
        target.copy_(values[0]);
    });
}

CTStatus ct_group_gather(CTTensor *out, CTGroup handle, CTTensor tensor) {
    return guarded([&] {
        std::vector<at::Tensor> mine = {ct::borrow(tensor).detach().to(at::kCPU).contiguous()};
        std::vector<std::vector<at::Tensor>> all(1);
        for (int rank = 0; rank < group(handle).size; ++rank) all[0].push_back(at::empty_like(mine[0]));
        group(handle).finish(group(handle).gloo->allgather(all, mine));
        *out = ct::give(at::stack(all[0]));
    });
}
