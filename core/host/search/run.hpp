// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "host/calls/observer.hpp"
#include "host/experiment/components.hpp"
#include "host/store/store.hpp"

namespace espalier::host {

struct RunOutcome {
    RunState state = RunState::finished;
    std::vector<StoredWinner> winners;
    std::string sentence;  ///< what went wrong, what is the lowest-cost infeasible one, or why nothing was chosen;
                           ///< empty: nothing to say
};

/// Searches, or replays and goes on where the store stops, then asks `final` about the winners. Results of the runs in
/// `experiment.reuse` are taken over. `stop` is looked at between evaluations: set, the outcome is `interrupted`.
/// Whatever ends the run early is in the outcome; the store then holds what was computed. Nothing happens to a run that
/// is finished, unless it has got another budget: then the experiment takes the place of the store's once the search
/// is beyond what is recorded, and the run ends anew. @throws Error, with nothing changed, if it does not get there.
RunOutcome run(const Experiment&, const Components&, RunStore&, Observer&, const std::atomic<bool>& stop,
               bool other_budget = false);

/// What was to be said at the end of a run that has ended; empty: nothing.
std::string outcome_sentence(const RunStore&);

/// The metrics of given architectures under costs, evaluator and finals: no search, no constraints, nothing stored, but
/// the runs in `experiment.reuse` are used. Where a component fails, the evaluation is `failed`, has the reasons, and
/// the metrics of the others. Interrupted: the rest is `failed`. @throws Error if nothing can be evaluated.
std::vector<Evaluation> evaluate_only(const Experiment&, const Components&, std::span<const Architecture>, Observer&,
                                      const std::atomic<bool>& stop);

/// The same under the costs alone, of networks without a space, too. @return by cost, then in the order of the
/// candidates.
std::vector<std::vector<Evaluation>> price_only(const Experiment&, const Components&, std::span<const Candidate>,
                                                Observer&, const std::atomic<bool>& stop);

}  // namespace espalier::host
