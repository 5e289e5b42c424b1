// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace espalier::host {

/// Watches calls that should end by themselves. One thread, made with the first call.
class Watchdog {
public:
    using Clock = std::chrono::steady_clock;
    Watchdog() = default;
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    /// While it lives, a call is under way; `overdue` runs on the watchdog's thread if that lasts beyond the limit. If
    /// it returns, the call may last as long once more.
    class Watch {
    public:
        Watch(Watchdog&, Clock::duration limit, std::function<void()> overdue);
        ~Watch();
        Watch(const Watch&) = delete;
        Watch& operator=(const Watch&) = delete;

    private:
        friend class Watchdog;
        Watchdog& dog_;
        Clock::duration limit_;
        Clock::time_point deadline_;
        std::function<void()> overdue_;
        std::list<Watch*>::iterator place_;
    };

private:
    void serve();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::list<Watch*> watched_;
    std::thread thread_;
    bool closing_ = false;
};

}  // namespace espalier::host
