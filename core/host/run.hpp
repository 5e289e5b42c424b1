// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "host/parts.hpp"
#include "host/store.hpp"

namespace espalier::host {

/// What the search tells while it works. Called from several threads, one call at a time.
class Observer {
public:
    virtual ~Observer() = default;
    virtual void evaluated(std::size_t done, const Evaluation&) { (void)done; }  ///< one more distinct architecture
    virtual void noted(std::string_view series, double value) { (void)series, (void)value; }
    virtual void phase(std::string_view name, std::size_t step) { (void)name, (void)step; }  ///< after each saved step
    virtual void message(std::string_view sentence) { (void)sentence; }
};

struct RunOutcome {
    RunState state = RunState::finished;
    std::vector<StoredWinner> winners;
    std::string sentence;  ///< what went wrong or what is the lowest-cost infeasible one; empty: nothing to say
};

/// Searches, or replays and goes on where the store stops, then prices the winners with `final`. Results of the runs in
/// `experiment.reuse` are taken over. `stop` is looked at between evaluations: set, the outcome is `interrupted`.
RunOutcome run(const Experiment&, Parts&, RunStore&, Observer&, const std::atomic<bool>& stop);

/// The metrics of given architectures under costs, evaluator and finals, no search, nothing stored.
std::vector<Evaluation> evaluate_only(const Experiment&, Parts&, std::span<const Architecture>, Observer&,
                                      const std::atomic<bool>& stop);

}  // namespace espalier::host
