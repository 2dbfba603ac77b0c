#include "roll.h"

namespace ct {

std::string key_of(int rank) { return "rank/" + std::to_string(rank); }

std::vector<uint8_t> as_bytes(const std::string &text) { return {text.begin(), text.end()}; }

Roll::Roll(c10::intrusive_ptr<c10d::Store> store, int rank, int size)
    : store_(std::move(store)), rank_(rank), beats_(size), changed_(size, Clock::now()), answered_(Clock::now()) {
    for (int other = 0; other < size; ++other) keys_.push_back(key_of(other));
    thread_ = std::thread([this] { watch(); });
}

Roll::~Roll() {
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void Roll::leave(const std::string &reason) noexcept {
    const std::lock_guard lock(mutex_);
    farewell_ = "left: " + reason;
    try {
        store_->set(key_of(rank_), as_bytes(farewell_));
    } catch (...) {  // the store is gone with rank 0: nobody is left to be told
    }
}

std::string Roll::missing(std::chrono::milliseconds allowed) {
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

void Roll::watch() noexcept {
    for (int64_t beat = 1;; ++beat) {
        std::unique_lock lock(mutex_);
        if (wake_.wait_for(lock, beat_interval, [this] { return stopped_; })) return;
        if (!farewell_.empty()) continue;
        lock.unlock();
        try {
            store_->set(key_of(rank_), as_bytes(std::to_string(beat)));
            // Whoever left meanwhile has given a reason, which the beat must not hide. (`set` may hang, so not under the lock.)
            lock.lock();
            const std::string farewell = farewell_;
            lock.unlock();
            if (!farewell.empty()) store_->set(key_of(rank_), as_bytes(farewell));
            note(store_->multiGet(keys_));
        } catch (...) {
            const std::lock_guard failed(mutex_);
            store_failed_ = rank_ != 0;
            return;
        }
    }
}

void Roll::note(const std::vector<std::vector<uint8_t>> &values) {
    const std::lock_guard lock(mutex_);
    answered_ = Clock::now();
    for (size_t other = 0; other < values.size(); ++other) {
        std::string beat(values[other].begin(), values[other].end());
        if (beat != beats_[other]) changed_[other] = answered_;
        beats_[other] = std::move(beat);
    }
}

}  // namespace ct
