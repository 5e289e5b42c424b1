// SPDX-License-Identifier: Apache-2.0
#include "host/plugins/watchdog.hpp"

#include <algorithm>
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

Watchdog::Watch::Watch(Watchdog& dog, Clock::duration limit, std::function<void()> overdue)
    : dog_{dog}, limit_{limit}, deadline_{Clock::now() + limit}, overdue_{std::move(overdue)}
{
    {
        const std::lock_guard guard(dog_.mutex_);
        place_ = dog_.watched_.insert(dog_.watched_.end(), this);
        if (!dog_.thread_.joinable())
            dog_.thread_ = std::thread([&d = dog_] { d.serve(); });
    }
    dog_.changed_.notify_all();
}

Watchdog::Watch::~Watch()
{
    const std::lock_guard guard(dog_.mutex_);
    dog_.watched_.erase(place_);
}

void Watchdog::serve()
{
    std::unique_lock guard(mutex_);
    while (!closing_) {
        const auto first = std::ranges::min_element(watched_, {}, &Watch::deadline_);
        if (first == watched_.end()) {
            changed_.wait(guard);
        } else if (const Clock::time_point deadline = (*first)->deadline_; Clock::now() < deadline) {
            changed_.wait_until(guard, deadline);
        } else {
            // The call cannot end meanwhile: its Watch waits for this mutex.
            (*first)->overdue_();
            (*first)->deadline_ = Clock::now() + (*first)->limit_;
        }
    }
}

}  // namespace espalier::host
