// SPDX-License-Identifier: Apache-2.0
#include "host/calls/executor.hpp"

#include <utility>

namespace espalier::host {

Executor::~Executor()
{
    {
        const std::lock_guard guard(mutex_);
        closing_ = true;
        waiting_.clear();
    }
    changed_.notify_all();
    for (std::thread& thread : threads_)
        thread.join();
}

std::shared_future<Evaluation> Executor::start(std::function<Evaluation()> work)
{
    if (workers_ <= 1)
        return std::async(std::launch::deferred, std::move(work)).share();
    std::packaged_task<Evaluation()> task(std::move(work));
    std::shared_future<Evaluation> outcome = task.get_future().share();
    {
        const std::lock_guard guard(mutex_);
        waiting_.push_back(std::move(task));
        if (threads_.empty())
            for (int i = 0; i < workers_; ++i)
                threads_.emplace_back([this] { serve(); });
    }
    changed_.notify_one();
    return outcome;
}

void Executor::serve()
{
    for (;;) {
        std::packaged_task<Evaluation()> task;
        {
            std::unique_lock guard(mutex_);
            changed_.wait(guard, [this] { return closing_ || !waiting_.empty(); });
            if (closing_)
                return;
            task = std::move(waiting_.front());
            waiting_.pop_front();
        }
        task();
    }
}

}  // namespace espalier::host
