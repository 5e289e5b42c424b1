// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "espalier/evaluator.hpp"
#include "espalier/search.hpp"

namespace espalier::conformance {

/// Long work that a search has made, a training or the strategy's own.
struct MadePhase {
    std::string name;  ///< the second "warm up" is "warm up (2)"
    std::size_t steps = 0;
    bool finished = false;
    bool operator==(const MadePhase&) const = default;
};

/// What a MemorySearch asks instead of cost models and an evaluator.
struct MemoryProblem {
    const SearchSpace* space = nullptr;  ///< must outlive the search
    std::function<Evaluation(const Architecture&)> evaluate;
    std::function<Metrics(const Architecture&)> cost;  ///< null: no costs
    std::function<double(const Metrics&)> reward;      ///< null: the first objective
    std::vector<Objective> objectives{{"score", true, false}};
    std::vector<Evaluation> known;
    std::size_t budget = 100;
    std::uint64_t seed = 1;
    Evaluator* learner = nullptr;   ///< what `train` teaches, if it learns; must outlive the search
    std::filesystem::path folder;   ///< phases are saved here after each step; empty: nowhere
    std::vector<MadePhase> resume;  ///< what an interrupted search had made: loaded from `folder`, then gone on with
};

/// A search without files, threads or evaluators, for the tests of strategies. Keeps to the rules of the real one:
/// oldest first, an architecture is evaluated once, infeasible ones are free, the budget is met exactly, and 1,000
/// proposals in a row without a new architecture end it. Costs never learn here.
class MemorySearch final : public Search {
public:
    explicit MemorySearch(MemoryProblem);
    ~MemorySearch();

    const SearchSpace& space() const override { return *problem_.space; }
    Rng rng(std::string_view purpose) const override;
    std::span<const Objective> objectives() const override { return problem_.objectives; }
    std::size_t remaining() const override;
    double reward(const Evaluation&) const override;
    void submit(Architecture) override;
    Evaluation collect() override;
    std::vector<Evaluation> known() const override { return problem_.known; }
    std::vector<Evaluation> cost(std::span<const Architecture>) override;
    Metrics cost(const Network& fragment) override;  ///< MACs and params
    bool feasible(const Architecture&) override;
    void phase(std::string_view name, Phase& work) override;
    /// Teaches the problem's learner; what was evaluated before is forgotten.
    void train(std::string_view name, const Region& region, Sampler paths, Learners) override;
    void note(std::string_view series, double value) override;
    void winner(Winner winner) override { winners_.push_back(std::move(winner)); }

    const std::vector<Evaluation>& visits() const { return visits_; }  ///< distinct architectures, in order
    const std::vector<Winner>& winners() const { return winners_; }
    const std::vector<MadePhase>& phases() const { return phases_; }  ///< in the order in which they began
    /// What a phase had saved after so many steps.
    std::filesystem::path saved(std::string_view phase, std::size_t steps) const;
    /// How often each random stream was asked for.
    const std::map<std::string, int, std::less<>>& streams() const { return streams_; }

private:
    void tick() const;
    void check(const Architecture&) const;
    const Evaluation& ask(const Architecture&);
    std::string unique(const std::string& name);

    MemoryProblem problem_;
    std::vector<Evaluation> visits_;
    std::unordered_map<Architecture, std::size_t> visited_;
    std::unordered_map<Architecture, Evaluation> asked_;
    std::deque<Evaluation> in_flight_;
    std::vector<Winner> winners_;
    std::vector<MadePhase> phases_;
    mutable std::map<std::string, int, std::less<>> streams_;  // `rng` is const for strategies
    mutable std::size_t calls_ = 0;                            // so are the calls that find out an endless loop
    std::size_t spent_ = 0, stale_ = 0, free_ = 0, past_budget_ = 0;
};

}  // namespace espalier::conformance
