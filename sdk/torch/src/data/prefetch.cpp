// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/data/prefetch.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "espalier/torch/tensors/device.hpp"

namespace espalier::torch_sdk {
namespace {

constexpr std::size_t kAhead = 2;

/// What the thread hands over: a batch, none at the end, or why there is none.
struct Prepared {
    std::optional<Batch> batch;
    std::exception_ptr error;
    bool last() const { return !batch; }
};

}  // namespace

struct Prefetch::State {
    explicit State(Epoch from) : epoch{std::move(from)}, batches{epoch.batches()}, thread{[this] { prepare(); }} {}
    ~State()
    {
        {
            const std::lock_guard lock(mutex);
            abandoned = true;
        }
        room.notify_one();
        thread.join();
    }

    void prepare()
    {
        use_threads(1);  // the others are for the training
        for (bool more = true; more;) {
            Prepared next = prepared_next();
            more = !next.last();
            std::unique_lock lock(mutex);
            room.wait(lock, [this] { return ready.size() < kAhead || abandoned; });
            if (abandoned)
                return;
            ready.push_back(std::move(next));
            filled.notify_one();
        }
    }

    Prepared prepared_next()
    {
        try {
            return {epoch.next(), nullptr};
        } catch (...) {
            return {std::nullopt, std::current_exception()};
        }
    }

    Epoch epoch;
    std::int64_t batches;
    std::mutex mutex;  // guards what follows
    std::condition_variable room, filled;
    std::deque<Prepared> ready;
    bool abandoned = false;
    double waited_s = 0;  // of the caller's thread alone
    std::thread thread;   // last, so that it finds all of the above made
};

Prefetch::Prefetch(Epoch epoch) : state_{std::make_unique<State>(std::move(epoch))} {}

Prefetch::~Prefetch() = default;

std::optional<Batch> Prefetch::next()
{
    const auto since = std::chrono::steady_clock::now();
    std::unique_lock lock(state_->mutex);
    state_->filled.wait(lock, [this] { return !state_->ready.empty(); });
    state_->waited_s += std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
    if (state_->ready.front().last()) {  // stays, for who asks again
        if (state_->ready.front().error)
            std::rethrow_exception(state_->ready.front().error);
        return std::nullopt;
    }
    std::optional<Batch> batch = std::move(state_->ready.front().batch);
    state_->ready.pop_front();
    state_->room.notify_one();
    return batch;
}

std::int64_t Prefetch::batches() const
{
    return state_->batches;
}

double Prefetch::waited_s() const
{
    return state_->waited_s;
}

}  // namespace espalier::torch_sdk
