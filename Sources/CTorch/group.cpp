// Several processes that work as one: libtorch's own c10d, with a TCPStore to meet at, Gloo to sum tensors and, where libtorch is a
// CUDA build with NCCL's headers beside it (`Package.swift` looks), NCCL to sum those of GPUs.
#define USE_C10D_GLOO
#ifdef WIRESPACE_NCCL
#define USE_C10D_NCCL
#endif

#include "bridge.h"

#include <c10/util/Logging.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#ifdef WIRESPACE_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

C10_DECLARE_int(caffe2_log_level);

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds beat_interval{1000};
/// How often the sign of life of a rank may fail to come before it counts as lost: when nothing else is wrong, and when
/// its connection has already broken.
constexpr milliseconds patience{30'000}, patience_after_failure{5'000};
/// No collective ends sooner than this for want of time: that a rank is lost shows in its missing signs of life.
constexpr milliseconds gloo_timeout{24 * 3600'000};

std::string key_of(int rank) { return "rank/" + std::to_string(rank); }

std::vector<uint8_t> bytes(const std::string &text) { return {text.begin(), text.end()}; }

/// Signs of life. Each rank writes a counter, or the reason why it leaves, under its key; a thread of each rank reads
/// everybody's once a second. So a broken connection, of which Gloo says only an address, can be given a rank's number,
/// and a machine that vanished without closing its connections is noticed.
class Roll {
public:
    Roll(c10::intrusive_ptr<c10d::Store> store, int rank, int size)
        : store_(std::move(store)), rank_(rank), beats_(size), changed_(size, Clock::now()), answered_(Clock::now()) {
        for (int other = 0; other < size; ++other) keys_.push_back(key_of(other));
        thread_ = std::thread([this] { watch(); });
    }

    ~Roll() {
        {
            const std::lock_guard lock(mutex_);
            stopped_ = true;
        }
        wake_.notify_all();
        thread_.join();
    }

    /// Tells the others why this rank leaves.
    void leave(const std::string &reason) noexcept {
        const std::lock_guard lock(mutex_);
        farewell_ = "left: " + reason;
        try {
            store_->set(key_of(rank_), bytes(farewell_));
        } catch (...) {  // the store is gone with rank 0: nobody is left to be told
        }
    }

    /// Which ranks are lost, in words; empty while all are there.
    std::string missing(milliseconds allowed) {
        const std::lock_guard lock(mutex_);
        const auto now = Clock::now();
        // All that is known of the others comes through rank 0.
        if (now - answered_ > allowed || store_failed_) return "rank 0 is lost";
        std::string words;
        for (int other = 0; other < static_cast<int>(beats_.size()); ++other) {
            const std::string name = "rank " + std::to_string(other);
            if (beats_[other].rfind("left: ", 0) == 0 && other != rank_) return name + " stopped: " + beats_[other].substr(6);
            if (other != rank_ && now - changed_[other] > allowed) words += (words.empty() ? "" : ", ") + name;
        }
        return words.empty() ? words : words + (words.find(',') == std::string::npos ? " is lost" : " are lost");
    }

private:
    c10::intrusive_ptr<c10d::Store> store_;
    const int rank_;
    std::vector<std::string> keys_;
    /// Guards what follows.
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<std::string> beats_;
    std::vector<Clock::time_point> changed_;
    Clock::time_point answered_;
    std::string farewell_;
    bool store_failed_ = false, stopped_ = false;
    std::thread thread_;

    void watch() noexcept {
        for (int64_t beat = 1;; ++beat) {
            std::unique_lock lock(mutex_);
            if (wake_.wait_for(lock, beat_interval, [this] { return stopped_; })) return;
            if (!farewell_.empty()) continue;
            lock.unlock();
            try {
                store_->set(key_of(rank_), bytes(std::to_string(beat)));
                note(store_->multiGet(keys_));
            } catch (...) {
                const std::lock_guard failed(mutex_);
                store_failed_ = rank_ != 0;
                return;
            }
        }
    }

    void note(const std::vector<std::vector<uint8_t>> &values) {
        const std::lock_guard lock(mutex_);
        answered_ = Clock::now();
        for (size_t other = 0; other < values.size(); ++other) {
            std::string beat(values[other].begin(), values[other].end());
            if (beat != beats_[other]) changed_[other] = answered_;
            beats_[other] = std::move(beat);
        }
    }
};

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

/// Tensors that travel together, because small ones are not worth a message each.
struct Bucket {
    std::vector<at::Tensor> parts;
    std::vector<at::Tensor> flat;          // one; where the group that sums it works
    c10::intrusive_ptr<c10d::Work> work;   // while it is on its way
};

/// The tensors in their order, in buckets of at most so many bytes, or of one tensor.
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

struct Group {
    const std::string host;
    const int rank, size;
    const milliseconds timeout;
    c10::intrusive_ptr<c10d::TCPStore> server;
    c10::intrusive_ptr<c10d::Store> store;
    std::unique_ptr<Roll> roll;
    c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo;
    /// Sums tensors of GPUs; null where there is no NCCL.
    c10::intrusive_ptr<c10d::Backend> nccl;
    bool failed = false;

    explicit Group(const CTMeeting &meeting)
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

    ~Group() {
        roll = nullptr;
        // They would wait for the operation that failed, for ever; the process is about to end.
        if (failed && gloo) (void)gloo.release();
        if (failed && nccl) (void)nccl.release();
    }

    /// Waits for all ranks.
    void connect() {
        store->set(key_of(rank), bytes("0"));
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
#ifdef WIRESPACE_NCCL
        connect_gpus();
#endif
    }

#ifdef WIRESPACE_NCCL
    /// If all ranks have a GPU of their own, which NCCL wants, and none has `WIRESPACE_NCCL=0`. Nothing is sent before the first sum.
    void connect_gpus() {
        const auto value = [](const char *name) { return std::string(getenv(name) ? getenv(name) : ""); };
        const std::string number = value("LOCAL_RANK").empty() ? value("SLURM_LOCALID") : value("LOCAL_RANK");
        const bool willing = value("WIRESPACE_NCCL") != "0" && atoi(number.c_str()) < static_cast<int>(at::getNumGPUs());
        store->set("gpu/" + std::to_string(rank), bytes(willing ? "1" : "0"));
        for (int other = 0; other < size; ++other) {
            if (store->get("gpu/" + std::to_string(other)) != bytes("1")) return;
        }
        // That a rank is lost shows in its missing signs of life; NCCL's own guard would end the process without a word of ours.
        setenv("TORCH_NCCL_ASYNC_ERROR_HANDLING", "0", /*overwrite=*/0);
        auto options = c10d::ProcessGroupNCCL::Options::create();
        options->timeout = gloo_timeout;
        auto place = c10::make_intrusive<c10d::PrefixStore>("nccl", store);
        nccl = c10::make_intrusive<c10d::ProcessGroupNCCL>(place, rank, size, options);
    }
#endif

    /// Waits for an operation on GPUs. NCCL does not notice that another rank is gone.
    void finish_on_gpu(const c10::intrusive_ptr<c10d::Work> &work) {
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

    /// Waits for an operation that all ranks take part in.
    ///
    /// A failure is told in terms of ranks as soon as it is known who is missing.
    void finish(const c10::intrusive_ptr<c10d::Work> &work) {
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

    /// Fails in terms of ranks, if it comes to light in time who is missing, else with these words.
    [[noreturn]] void fail_for(const std::string &words) {
        const auto start = Clock::now();
        while (Clock::now() - start < 2 * patience_after_failure) {
            if (const auto lost = roll->missing(patience_after_failure); !lost.empty()) fail(lost);
            std::this_thread::sleep_for(milliseconds(100));
        }
        fail(words);
    }

    [[noreturn]] void fail(const std::string &words) {
        failed = true;
        linger();
        TORCH_CHECK(false, words);
    }

    /// What the others know of each other comes through rank 0, so it stays a little when something is wrong.
    void linger() const {
        if (rank == 0) std::this_thread::sleep_for(3 * beat_interval);
    }

    /// Waits until all have done all: a connection that closes is a failure to whoever still reads from it.
    void finish() {
        try {
            store->add("finished", 1);
            const auto start = Clock::now();
            while (store->add("finished", 0) < size && Clock::now() - start < milliseconds(10'000)) {
                std::this_thread::sleep_for(milliseconds(5));
            }
        } catch (const std::exception &) {  // rank 0 has seen that all are done, and is gone
        }
    }

    void send(Bucket &bucket, const std::vector<at::Tensor> &values) {
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

    /// Waits for the sums, each in the shape of its part.
    std::vector<at::Tensor> receive(Bucket &bucket) {
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

    /// Sums tensors over all ranks, in place. While one bucket is on its way the next is filled.
    void sum(const std::vector<at::Tensor> &tensors, size_t bucket_bytes) {
        std::vector<Bucket> buckets = in_buckets(tensors, bucket_bytes);
        for (auto &bucket : buckets) send(bucket, bucket.parts);
        for (auto &bucket : buckets) {
            const std::vector<at::Tensor> sums = receive(bucket);
            for (size_t i = 0; i < sums.size(); ++i) bucket.parts[i].copy_(sums[i]);
        }
    }
};

/// The sums of gradients over all ranks, of which some are on their way while others are still computed (after Li et al., "PyTorch
/// Distributed", VLDB 2020).
///
/// The order of the buckets is that of the parameters, on every rank: a bucket that is complete waits for those before it.
class GradientSum {
public:
    GradientSum(Group &group, const std::vector<at::Tensor> &parameters, size_t bucket_bytes)
        : group_(group), buckets_(in_buckets(parameters, bucket_bytes)), awaited_(buckets_.size()) {}

    ~GradientSum() {
        watch(false);
        // Nobody has waited for it, and with the others gone nobody may.
        for (const auto &bucket : buckets_) group_.failed |= bucket.work != nullptr;
    }

    /// Whether buckets leave as soon as `backward` has completed them.
    void watch(bool watching) {
        for (size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
            awaited_[bucket] = buckets_[bucket].parts.size();
            for (const auto &parameter : buckets_[bucket].parts) {
                torch::autograd::impl::set_post_acc_grad_hooks(
                    parameter, watching ? std::make_unique<Hook>(*this, bucket) : nullptr);
            }
        }
    }

    /// Sends what has not left.
    void send() {
        while (sent_ < buckets_.size()) send_next();
    }

    size_t sent() const { return sent_; }

    /// Waits for all sums, which replace the gradients.
    void receive() {
        for (auto &bucket : buckets_) {
            const std::vector<at::Tensor> sums = group_.receive(bucket);
            for (size_t i = 0; i < sums.size(); ++i) {
                at::Tensor &gradient = bucket.parts[i].mutable_grad();
                if (gradient.defined()) gradient.copy_(sums[i]);
                else gradient = sums[i].to(bucket.parts[i].device(), /*non_blocking=*/false, /*copy=*/true);
            }
        }
    }

private:
    struct Hook : torch::autograd::PostAccumulateGradHook {
        GradientSum &sum;
        const size_t bucket;
        bool has_come = false;

        Hook(GradientSum &sum, size_t bucket) : sum(sum), bucket(bucket) {}
        void operator()(const at::Tensor &) override {
            TORCH_CHECK(!has_come, "a gradient that may have left for the other ranks was added to");
            has_come = true;
            sum.completed(bucket);
        }
    };

    Group &group_;
    std::vector<Bucket> buckets_;
    std::vector<size_t> awaited_;  // of each bucket, how many gradients are still to come
    size_t sent_ = 0;

    void completed(size_t bucket) {
        --awaited_[bucket];
        while (sent_ < buckets_.size() && awaited_[sent_] == 0) send_next();
    }

    /// A parameter without a gradient adds nothing.
    void send_next() {
        const at::NoGradGuard without_gradients;
        std::vector<at::Tensor> gradients;
        for (const auto &parameter : buckets_[sent_].parts) {
            gradients.push_back(parameter.grad().defined() ? parameter.grad() : at::zeros_like(parameter));
        }
        group_.send(buckets_[sent_], gradients);
        ++sent_;
    }
};

GradientSum &gradient_sum(CTGradientSum handle) { return *reinterpret_cast<GradientSum *>(handle); }

Group &group(CTGroup handle) { return *reinterpret_cast<Group *>(handle); }

}  // namespace

using ct::guarded;

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

CTStatus ct_gradient_sum_open(CTGradientSum *out, CTGroup handle, CTTensorList parameters, size_t bucket_bytes) {
    return guarded([&] {
        *out = reinterpret_cast<CTGradientSum>(new GradientSum(group(handle), ct::borrow(parameters), bucket_bytes));
    });
}

CTStatus ct_gradient_sum_watch(CTGradientSum handle, bool watching) {
    return guarded([&] { gradient_sum(handle).watch(watching); });
}

CTStatus ct_gradient_sum_send(CTGradientSum handle) {
    return guarded([&] { gradient_sum(handle).send(); });
}

size_t ct_gradient_sum_sent(CTGradientSum handle) { return gradient_sum(handle).sent(); }

CTStatus ct_gradient_sum_receive(CTGradientSum handle) {
    return guarded([&] {
        const at::NoGradGuard without_gradients;
        gradient_sum(handle).receive();
    });
}

void ct_gradient_sum_release(CTGradientSum handle) { delete &gradient_sum(handle); }

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
