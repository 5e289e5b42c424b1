// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <cstdint>
#include <shared_mutex>
#include <string>

#include "espalier/evaluator.hpp"

#include "host/calls/phases.hpp"
#include "host/calls/watchdog.hpp"
#include "host/experiment/components.hpp"

namespace espalier::host {

/// How a component stands in this run. Changed only while none of its calls is under way.
struct Taught {
    template <class Interface>
    explicit Taught(const Part<Interface>& part)
        : component{part.component.get()}, role{part.role}, name{part.name}, fingerprint{part.fingerprint}
    {
    }

    Evaluator* component;
    std::string role, name, fingerprint;  ///< as the part's
    std::string history;                  ///< what it has learnt, as a hash; empty: nothing
    bool shareable = true;                ///< other runs can tell whether they have learnt the same
    int generation = 0;                   ///< how often it has learnt
    bool reusable = true;                 ///< its results may come from other runs
    bool recorded = true;                 ///< its results are kept in the store
    bool limited = true;                  ///< `timeout_s` holds for it
    bool abortable = true;                ///< `on_failure: abort` ends the run if it fails
};

/// "time-out after 3 s": what a component did not finish within `timeout_s`.
bool timed_out(const Evaluation&);

/// Asks components about single candidates: retries, time-outs, failures as values, notes, and nothing beside a
/// measurement. May be used from several threads.
class ComponentCalls {
public:
    /// All are lent. Null `store`: nothing is recorded.
    ComponentCalls(const Experiment&, RunStore* store, PhaseRunner&, Observer&, const std::atomic<bool>& stop);

    /// The answer has no architecture. It is in the store when this returns, and durable if it was measured.
    /// @param row the evaluation that this belongs to. @throws Stopped, or Error if the run cannot go on.
    Evaluation ask(const Taught&, const Candidate&, const std::string& key, std::size_t row);

    bool stopped() const { return stop_ || ending_; }
    void end() { ending_ = true; }  ///< what is under way is to return soon and counts for nothing

private:
    class Call;
    Evaluation attempt(const Taught&, const Candidate&, const std::string& key, Call&);
    void record(const Taught&, const std::string& key, const Evaluation&, Call&);

    const Experiment& experiment_;
    RunStore* store_;
    PhaseRunner& phases_;
    Observer& observer_;
    const std::atomic<bool>& stop_;
    std::atomic<bool> ending_ = false;
    std::shared_mutex machine_;  // held alone by who measures
    Watchdog watchdog_;
};

}  // namespace espalier::host
