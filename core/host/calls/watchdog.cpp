// SPDX-License-Identifier: Apache-2.0
#include "host/calls/watchdog.hpp"

#include <utility>

namespace espalier::host {

Watchdog::~Watchdog()
{
    {
        const std::lock_guard guard(mutex_);
        closing_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

Watchdog::Watch::Watch(Watchdog& dog, std::function<void()> overdue) : dog_{dog}, overdue_{std::move(overdue)}
{
    if (dog_.limit_ == Clock::duration::zero())
        return;
    {
        const std::lock_guard guard(dog_.mutex_);
        deadline_ = Clock::now() + dog_.limit_;
        place_ = dog_.watched_.insert(dog_.watched_.end(), this);
        if (!dog_.thread_.joinable())
            dog_.thread_ = std::thread([&d = dog_] { d.serve(); });
    }
    dog_.changed_.notify_all();
}

Watchdog::Watch::~Watch()
{
    if (dog_.limit_ == Clock::duration::zero())
        return;
    const std::lock_guard guard(dog_.mutex_);
    dog_.watched_.erase(place_);
}

void Watchdog::serve()
{
    std::unique_lock guard(mutex_);
    while (!closing_) {
        if (watched_.empty()) {
            changed_.wait(guard);
        } else if (const Clock::time_point deadline = watched_.front()->deadline_; Clock::now() < deadline) {
            changed_.wait_until(guard, deadline);
        } else {
            // The call cannot end meanwhile: its Watch waits for this mutex.
            const std::function<void()> overdue = watched_.front()->overdue_;
            overdue();
        }
    }
}

}  // namespace espalier::host
