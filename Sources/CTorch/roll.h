// Who of several processes is still there.
#pragma once

#include <torch/csrc/distributed/c10d/Store.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace ct {

/// Between two signs of life.
constexpr std::chrono::milliseconds beat_interval{1000};

/// Where a rank's sign of life stands in the store.
std::string key_of(int rank);

std::vector<uint8_t> as_bytes(const std::string &text);

/// Signs of life. Each rank writes a counter, or the reason why it leaves, under its key; a thread of each rank reads
/// everybody's once a second. So a broken connection, of which Gloo says only an address, can be given a rank's number,
/// and a machine that vanished without closing its connections is noticed.
class Roll {
public:
    Roll(c10::intrusive_ptr<c10d::Store> store, int rank, int size);
    ~Roll();

    /// Tells the others why this rank leaves.
    void leave(const std::string &reason) noexcept;

    /// Which ranks are lost, in words; empty while all are there.
    std::string missing(std::chrono::milliseconds allowed);

private:
    using Clock = std::chrono::steady_clock;

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

    void watch() noexcept;
    void note(const std::vector<std::vector<uint8_t>> &values);
};

}  // namespace ct
