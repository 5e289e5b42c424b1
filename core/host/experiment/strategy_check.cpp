// SPDX-License-Identifier: Apache-2.0
#include "host/experiment/strategy_check.hpp"

#include <limits>

#include "espalier/search.hpp"

#include "host/experiment/told_apart.hpp"

namespace espalier::host {
namespace {

struct Begun {};

/// A search as it stands before anything was proposed.
class Beginning final : public Search {
public:
    Beginning(const Experiment& experiment, const Components& parts) : experiment_{experiment}, parts_{parts} {}
    const SearchSpace& space() const override { return *parts_.space; }
    Rng rng(std::string_view purpose) const override { return Rng(experiment_.seed, purpose); }
    std::span<const Objective> objectives() const override { return parts_.setup.objectives; }
    std::size_t remaining() const override
    {
        return experiment_.budget.evaluations.value_or(std::numeric_limits<std::size_t>::max());
    }
    double reward(const Evaluation&) const override { throw Begun{}; }
    void submit(Architecture) override { throw Begun{}; }
    Evaluation collect() override { throw Begun{}; }
    std::vector<Evaluation> known() const override { throw Begun{}; }
    std::vector<Evaluation> cost(std::span<const Architecture>) override { throw Begun{}; }
    Metrics cost(const Network&) override { throw Begun{}; }
    bool feasible(const Architecture&) override { throw Begun{}; }
    void phase(std::string_view, Phase&) override { throw Begun{}; }
    void train(std::string_view, const Region&, Sampler, Learners) override { throw Begun{}; }
    void note(std::string_view, double) override {}
    void winner(Winner) override { throw Begun{}; }

private:
    const Experiment& experiment_;
    const Components& parts_;
};

}  // namespace

void check_strategy(const Experiment& experiment, const Components& parts, Diagnostics& diagnostics)
{
    const auto begin = [&] {
        Beginning search(experiment, parts);
        parts.strategy->search(search);
        return std::string();
    };
    if (std::string told = told_apart(begin, std::chrono::seconds(2)); !told.empty())
        diagnostics.add(experiment.strategy.error(std::move(told)));
}

}  // namespace espalier::host
