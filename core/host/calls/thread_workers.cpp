// SPDX-License-Identifier: Apache-2.0
#include "host/calls/thread_workers.hpp"

#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "espalier/error.hpp"

#include "host/calls/in_plugin.hpp"

namespace espalier::host {

ThreadWorkers::ThreadWorkers(int workers, CallRunner& runner, std::vector<std::string> devices, Arrived arrived)
    : workers_{workers}, runner_{runner}, devices_{std::move(devices)}, arrived_{std::move(arrived)}
{
}

ThreadWorkers::~ThreadWorkers()
{
    {
        const std::lock_guard guard(mutex_);
        closing_ = true;
        waiting_.clear();
    }
    waiting_changed_.notify_all();
    for (std::thread& thread : threads_)
        thread.join();
}

void ThreadWorkers::start(Task task)
{
    ++under_way_;
    {
        const std::lock_guard guard(mutex_);
        waiting_.push_back(std::move(task));
    }
    try {
        for (int i = static_cast<int>(threads_.size()); i < workers_ && workers_ > 1; ++i)
            threads_.emplace_back(
                [this, &device = devices_[static_cast<std::size_t>(i) % devices_.size()]] { serve(device); });
    } catch (const std::system_error& error) {
        throw Error(fmt::format("no thread can be made for worker {} of {}: {}.", threads_.size() + 1, workers_,
                                error.code().message()));
    }
    waiting_changed_.notify_one();
}

bool ThreadWorkers::ready()
{
    if (workers_ <= 1)
        return false;
    const std::lock_guard guard(mutex_);
    return !answers_.empty();
}

std::pair<Task, Answer> ThreadWorkers::next()
{
    if (under_way_ == 0)
        throw Error("an answer is waited for that nobody computes.");
    --under_way_;
    std::unique_lock guard(mutex_);
    if (workers_ > 1) {
        answers_changed_.wait(guard, [this] { return !answers_.empty(); });
        std::pair<Task, Answer> next = std::move(answers_.front());
        answers_.pop_front();
        return next;
    }
    Task task = std::move(waiting_.front());
    waiting_.pop_front();
    guard.unlock();
    Answer answer = carry_out(task, devices_.front());
    return {std::move(task), std::move(answer)};
}

Answer ThreadWorkers::carry_out(const Task& task, const std::string& device)
{
    try {
        Answer answer = runner_.carry_out(task, device);
        arrived_(task, answer);
        return answer;
    } catch (...) {  // it cannot be written down: who asked is told, not this thread
        return {Answer::Kind::impossible, {}, {}, thrown()};
    }
}

void ThreadWorkers::serve(const std::string& device)
{
    std::unique_lock guard(mutex_);
    for (;;) {
        waiting_changed_.wait(guard, [this] { return closing_ || !waiting_.empty(); });
        if (closing_)
            return;
        Task task = std::move(waiting_.front());
        waiting_.pop_front();
        guard.unlock();
        Answer answer = carry_out(task, device);
        guard.lock();
        answers_.emplace_back(std::move(task), std::move(answer));
        answers_changed_.notify_one();
    }
}

}  // namespace espalier::host
