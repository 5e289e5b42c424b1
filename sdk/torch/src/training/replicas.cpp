// SPDX-License-Identifier: Apache-2.0
#include "replicas.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "espalier/torch/tensors/device.hpp"

namespace espalier::torch_sdk {

struct Replicas::State {
    State(int count, int threads_each) : errors(static_cast<std::size_t>(count))
    {
        for (std::size_t r = 1; r < errors.size(); ++r)
            threads.emplace_back([this, r, threads_each] { serve(r, threads_each); });
    }
    ~State()
    {
        {
            const std::lock_guard lock(mutex);
            ended = true;
        }
        begun.notify_all();
        for (std::thread& thread : threads)
            thread.join();
    }

    void serve(std::size_t replica, int threads_each)
    {
        use_threads(threads_each);
        for (std::size_t seen = 0;;) {
            const std::function<void(std::size_t)>* task = nullptr;
            {
                std::unique_lock lock(mutex);
                begun.wait(lock, [&] { return round != seen || ended; });
                if (ended)
                    return;
                seen = round;
                task = work;
            }
            attempt(*task, replica);
            const std::lock_guard lock(mutex);
            if (--busy == 0)
                finished.notify_one();
        }
    }
    void attempt(const std::function<void(std::size_t)>& task, std::size_t replica)
    {
        try {
            task(replica);
        } catch (...) {
            errors[replica] = std::current_exception();
        }
    }

    std::vector<std::exception_ptr> errors;  // by replica
    std::mutex mutex;                        // guards what follows
    std::condition_variable begun, finished;
    const std::function<void(std::size_t)>* work = nullptr;
    std::size_t round = 0, busy = 0;
    bool ended = false;
    std::vector<std::thread> threads;
};

Replicas::Replicas(int count, int threads) : state_{std::make_unique<State>(count, threads)} {}
Replicas::Replicas(Replicas&&) noexcept = default;
Replicas::~Replicas() = default;

std::size_t Replicas::count() const
{
    return state_->errors.size();
}

void Replicas::each(const std::function<void(std::size_t)>& work)
{
    {
        const std::lock_guard lock(state_->mutex);
        state_->work = &work;
        state_->busy = state_->threads.size();
        ++state_->round;
        state_->errors.assign(state_->errors.size(), nullptr);
    }
    state_->begun.notify_all();
    state_->attempt(work, 0);
    std::unique_lock lock(state_->mutex);
    state_->finished.wait(lock, [this] { return state_->busy == 0; });
    for (const std::exception_ptr& error : state_->errors)
        if (error)
            std::rethrow_exception(error);
}

}  // namespace espalier::torch_sdk
