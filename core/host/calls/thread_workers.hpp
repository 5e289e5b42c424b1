// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "host/calls/call_runner.hpp"
#include "host/calls/workers.hpp"

namespace espalier::host {

/// Carries out tasks on a number of threads, or, for one worker, on the thread that waits for the answer. Each worker
/// has one of the devices, in turn.
class ThreadWorkers final : public Workers {
public:
    /// The runner is lent.
    ThreadWorkers(int workers, CallRunner&, std::vector<std::string> devices, Arrived);
    ~ThreadWorkers() override;  ///< waits for those that run, tells of them, and drops those that wait
    ThreadWorkers(const ThreadWorkers&) = delete;
    ThreadWorkers& operator=(const ThreadWorkers&) = delete;

    void start(Task) override;
    bool ready() override;
    std::pair<Task, Answer> next() override;

private:
    void serve(const std::string& device);
    Answer carry_out(const Task&, const std::string& device);

    int workers_;
    CallRunner& runner_;
    std::vector<std::string> devices_;
    const Arrived arrived_;
    std::size_t under_way_ = 0;         // started, and not yet given to who asks
    std::vector<std::thread> threads_;  // made with the first task
    std::mutex mutex_;
    std::condition_variable waiting_changed_, answers_changed_;
    std::deque<Task> waiting_;
    std::deque<std::pair<Task, Answer>> answers_;
    bool closing_ = false;
};

}  // namespace espalier::host
