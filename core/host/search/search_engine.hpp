// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "espalier/search.hpp"

#include "host/calls/asked_component.hpp"
#include "host/calls/evaluation_book.hpp"
#include "host/calls/number_table.hpp"
#include "host/search/time_budget.hpp"

namespace espalier::host {

/// The search of one run: prices, evaluates at most once, counts the budget, records, and gives recorded evaluations
/// back at once when an interrupted run is replayed. docs/runs.md says what it promises.
class SearchEngine final : public Search {
public:
    /// All are lent; the workplace has a store. Reads what the run has recorded so far.
    SearchEngine(Workplace&, AskedComponents&, const Components&, Observer&);

    const SearchSpace& space() const override { return place_.space; }
    Rng rng(std::string_view purpose) const override;
    std::span<const Objective> objectives() const override { return parts_.setup.objectives; }
    std::size_t remaining() const override;
    double reward(const Evaluation&) const override;
    void submit(Architecture) override;
    Evaluation collect() override;
    std::vector<Evaluation> known() const override { return known_; }
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
    void save() { time_.save(); }
    /// All rows in order. Nothing may be evaluated afterwards.
    EvaluationBook take_rows();
    /// The first row since the last training: those before were scored by other weights.
    std::size_t last_round() const { return last_round_; }
    const std::vector<Winner>& announced() const { return announced_; }

private:
    struct Pending {
        std::size_t row = 0;
        std::optional<std::string> asked;  // evaluator's key whose answer is to come
        std::optional<Evaluation> out_of_budget;
        std::optional<StoredEvaluation> fresh;  // of the first proposal of its row, until it is collected
    };
    class WatchedPhase;

    void require_calm(std::string_view what) const;
    void check(const Architecture&) const;
    bool replaying() const { return rows_.size() < recorded_; }
    const StoredEvaluation& recorded(std::size_t row);
    std::string why_no_budget() const;
    void repropose(std::size_t row);
    void replay(const Candidate&, Pending&);
    void begin(const Candidate&, Pending&);
    bool count(bool paid);
    void settle(Pending&);  ///< waits for the evaluator's answer
    void complete(const StoredEvaluation&);
    void make_ready();
    /// All costs in order. @param drop stop at the first constraint that drops the candidate.
    Evaluation priced(const Candidate&, bool drop);
    void drop_if_infeasible(Evaluation&) const;

    Workplace& place_;
    AskedComponents& components_;
    const Components& parts_;
    Observer& observer_;
    Executor executor_;
    mutable TimeBudget time_;

    std::size_t recorded_;                  // rows of the run before it was interrupted
    std::vector<StoredEvaluation> replay_;  // some of them, in order
    EvaluationBook rows_;
    NumberTable row_of_;          // of this round
    std::size_t last_round_ = 0;  // the first row of the last round that has one
    std::deque<Pending> in_flight_;
    std::vector<Evaluation> known_;
    std::vector<Winner> announced_;

    std::size_t spent_ = 0, done_ = 0;    // of the budget: when proposed, when collected
    std::size_t stale_ = 0, unpaid_ = 0;  // proposals without a new architecture, rows without a cost, in a row
    bool exhausted_ = false, ready_ = false, new_round_ = true;
    int round_ = 0;
    std::size_t notes_ = 0, recorded_notes_ = 0;
    std::map<std::string, int, std::less<>> phases_;  // how often under each name
    Context* in_phase_ = nullptr;
};

}  // namespace espalier::host
