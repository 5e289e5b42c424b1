// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "espalier/evaluation.hpp"

namespace espalier::host {

/// Carries out evaluations on a number of threads, or, for one worker, on the thread that asks for the outcome.
class Executor {
public:
    explicit Executor(int workers) : workers_{workers} {}
    ~Executor();  ///< waits for those that run and drops those that wait
    Executor(const Executor&) = delete;
    Executor& operator=(const Executor&) = delete;

    /// The future holds what `work` returns or throws. Shared, because several proposals may wait for one evaluation.
    std::shared_future<Evaluation> start(std::function<Evaluation()> work);

private:
    void serve();

    int workers_;
    std::vector<std::thread> threads_;  // made with the first work
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::packaged_task<Evaluation()>> waiting_;
    bool closing_ = false;
};

}  // namespace espalier::host
