// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "espalier/search.hpp"

#include "host/calls/asked_component.hpp"
#include "host/calls/thread_workers.hpp"
#include "host/search/in_flight.hpp"
#include "host/search/pricer.hpp"
#include "host/search/replay.hpp"
#include "host/search/search_budget.hpp"
#include "host/search/search_rows.hpp"
#include "host/search/strategy_phases.hpp"

namespace espalier::host {

/// The search of one run: prices, evaluates at most once, counts the budget, records, and gives recorded evaluations
/// back at once when an interrupted run is replayed. docs/runs.md says what it promises.
class SearchEngine final : public Search {
public:
    /// All are lent; there is a store. Reads what the run has recorded so far. @param other_budget than the store's:
    /// the experiment takes that one's place, and ends what the run ended with, as soon as the record lies behind.
    SearchEngine(RunServices&, AskedComponents&, const Components&, Observer&, bool other_budget);

    const SearchSpace& space() const override { return services_.space; }
    Rng rng(std::string_view purpose) const override { return Rng(services_.experiment.seed, purpose); }
    std::span<const Objective> objectives() const override { return parts_.setup.objectives; }
    std::size_t remaining() const override;
    double reward(const Evaluation&) const override;
    void submit(Architecture) override;
    Evaluation collect() override;
    std::vector<Evaluation> known() const override;
    std::vector<Evaluation> cost(std::span<const Architecture>) override;
    Metrics cost(const Network& fragment) override;
    bool feasible(const Architecture&) override;
    void phase(std::string_view name, Phase& work) override;
    void train(std::string_view name, const Region& region, Sampler paths, Learners) override;
    void note(std::string_view series, double value) override;
    void winner(Winner) override;

    /// The strategy is done: collects what is still in flight. @throws Error if the replay ended before the record.
    void finish();
    /// Keeps what an interruption would lose.
    void save() { budget_.save(); }
    /// Nothing may be evaluated after they are taken.
    SearchRows& rows() { return rows_; }
    const std::vector<Winner>& announced() const { return announced_; }

private:
    void require_calm(std::string_view what) const;
    void check(const Architecture&) const;
    void go_beyond_the_record();
    bool replaying() const { return replay_.has(rows_.size()); }
    void replay(const Candidate&, StoredEvaluation&);
    void complete(const StoredEvaluation&);

    RunServices& services_;
    AskedComponents& components_;
    const Components& parts_;
    Observer& observer_;
    ThreadWorkers workers_;
    Pricer pricer_;
    mutable SearchBudget budget_;  // how much remains depends on time,
    mutable InFlight in_flight_;   // and on prices to be waited for
    Replay replay_;
    SearchRows rows_;
    const std::string strategy_, reward_, space_;  // as a Part's `who`
    StrategyPhases phases_;
    std::vector<Winner> announced_;
    bool to_extend_;
    mutable bool reward_refused_ = false;  // once is told
};

}  // namespace espalier::host
