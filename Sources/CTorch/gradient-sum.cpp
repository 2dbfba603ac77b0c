// Gradients on their way while others are still computed.
#include "bridge.h"
#include "group.h"

#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

namespace {

using ct::Bucket, ct::Group;

/// The sums of gradients over all ranks, of which some are on their way while others are still computed (after Li et al., "PyTorch
/// Distributed", VLDB 2020).
///
/// The order of the buckets is that of the parameters, on every rank: a bucket that is complete waits for those before it.
class GradientSum {
public:
    GradientSum(Group &group, const std::vector<at::Tensor> &parameters, size_t bucket_bytes)
        : group_(group), buckets_(ct::in_buckets(parameters, bucket_bytes)), awaited_(buckets_.size()) {}

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

}  // namespace

using ct::guarded;

CTStatus ct_gradient_sum_open(CTGradientSum *out, CTGroup handle, CTTensorList parameters, size_t bucket_bytes) {
    return guarded([&] {
        *out = reinterpret_cast<CTGradientSum>(new GradientSum(ct::group(handle), ct::borrow(parameters), bucket_bytes));
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
