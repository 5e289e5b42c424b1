// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <filesystem>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "espalier/evaluator.hpp"

#include "host/calls/phases.hpp"
#include "host/calls/workers.hpp"
#include "host/experiment/components.hpp"
#include "host/plugins/watchdog.hpp"

namespace espalier::host {

struct CallSlot;

/// "time-out after 3 s": why what a component did not finish within its limit has failed.
std::string time_out(double limit_s);
bool timed_out(const Evaluation&);

/// The worker's half of a call: asks the component within the time limit, turns what goes wrong into values, gathers
/// notes, and lets nothing run beside a measurement. Knows nothing of results. May be used from several threads.
class CallRunner {
public:
    /// Ends the process in which a component ignores its time limit by far; runs on a thread of its own and does not
    /// return. @param who "final 1 'train'", or a component within it
    using Overdue = std::function<void(const Task&, const std::string& fingerprint, const std::string& who)>;
    /// All are lent.
    /// @param logs the folder for what components log, made when it is needed; empty: it goes to standard error.
    CallRunner(const Components&, PhaseRunner&, Observer&, const std::atomic<bool>& stop, std::filesystem::path logs,
               Overdue);
    ~CallRunner();
    CallRunner(const CallRunner&) = delete;
    CallRunner& operator=(const CallRunner&) = delete;

    /// @param device that the call may use.
    Answer carry_out(const Task&, const std::string& device);
    /// Writes what was learnt for the task's only candidate. @return false: nothing. @throws Stopped, or what the
    /// component throws.
    bool save(const Task&, const std::string& folder, const std::string& device);

    bool stopped() const { return stop_ || ending_; }
    void end() { ending_ = true; }  ///< what is under way is to return soon and counts for nothing

private:
    struct Called {
        Evaluator* component;
        std::string role, fingerprint, text, who;  // "final 1 'train'", the same with its plug-in
        std::vector<std::string> metrics;          // that it declares, sorted
        bool measures;
    };
    class Call;
    const Called& called(const std::string& role) const;
    static void check(const Called&, Evaluation&);
    static std::string hanging(const Called& asked, const CallSlot*);
    Answer attempt(const Called&, const Task&, Call&);
    void log(const Called&, std::string_view line);

    std::vector<Called> called_;
    PhaseRunner& phases_;
    Observer& observer_;
    const std::atomic<bool>& stop_;
    const std::filesystem::path logs_;
    std::mutex logging_;
    const Overdue overdue_;
    std::atomic<bool> ending_ = false;
    std::shared_mutex machine_;  // held alone by who measures
    Watchdog watchdog_;
    const int file_;  // open as long as components close only what is theirs
};

}  // namespace espalier::host
