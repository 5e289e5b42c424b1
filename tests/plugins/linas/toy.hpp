// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "espalier/cost_model.hpp"
#include "espalier/error.hpp"
#include "espalier/sdk/memory_search.hpp"
#include "espalier/search_space.hpp"
#include "espalier/setup.hpp"

/// `stages` stages of up to three blocks: a depth each, and for each block one of four widths, which does not matter
/// where the stage is not that deep.
class Stages final : public espalier::SearchSpace {
public:
    explicit Stages(std::size_t stages) : stages_{stages}
    {
        for (std::size_t s = 0; s < stages; ++s) {
            decisions_.push_back({"d" + std::to_string(s), {"1", "2", "3"}, true});
            for (int b = 0; b < 3; ++b)
                decisions_.push_back({"w" + std::to_string(s) + "." + std::to_string(b), {"1", "2", "3", "4"}, true});
        }
    }
    std::span<const espalier::Decision> decisions() const override { return decisions_; }
    espalier::Network network(const espalier::Region&) const override { throw espalier::Error("has no network"); }
    std::vector<bool> active(const espalier::Architecture& a) const override
    {
        std::vector<bool> active;
        for (std::size_t s = 0; s < stages_; ++s) {
            active.push_back(true);
            for (std::size_t b = 0; b < 3; ++b)
                active.push_back(b <= a.choices[4 * s]);
        }
        return active;
    }
    double cost(const espalier::Architecture& a) const
    {
        double sum = 1;
        const std::vector<bool> counts = active(a);
        for (std::size_t i = 0; i < a.choices.size(); ++i)
            if (i % 4 != 0 && counts[i])
                sum += (a.choices[i] + 1) * (1 + static_cast<double>(i % 5) / 4);
        return sum;
    }
    double score(const espalier::Architecture& a) const
    {
        double sum = 70;
        const std::vector<bool> counts = active(a);
        for (std::size_t i = 0; i < a.choices.size(); ++i)
            if (i % 4 != 0 && counts[i])
                sum += std::sqrt(a.choices[i] + 1.) * (1 + static_cast<double>(i % 3)) / 10;
        return sum;
    }

private:
    std::size_t stages_;
    std::vector<espalier::Decision> decisions_;
};

/// Only asked for its name: MemorySearch prices by itself.
class SumCost final : public espalier::CostModel {
public:
    explicit SumCost(bool measures = false) : measures_{measures} {}
    std::vector<std::string> metrics() const override { return {"cost"}; }
    std::vector<espalier::Evaluation> evaluate(std::span<const espalier::Candidate>, espalier::Context&) override
    {
        return {};
    }
    bool measures() const override { return measures_; }

private:
    bool measures_;
};

const std::vector<espalier::Objective> kScoreAndCost{{"score", true, false}, {"cost", false, true}};

inline espalier::conformance::MemoryProblem toy_problem(const Stages& space, std::size_t budget, std::uint64_t seed = 1)
{
    espalier::conformance::MemoryProblem p;
    p.space = &space;
    p.budget = budget;
    p.seed = seed;
    p.objectives = kScoreAndCost;
    p.cost = [&space](const espalier::Architecture& a) { return espalier::Metrics{{"cost", space.cost(a)}}; };
    p.evaluate = [&space](const espalier::Architecture& a) {
        return espalier::Evaluation{a, {{"score", space.score(a)}, {"cost", space.cost(a)}}, espalier::Status::ok, ""};
    };
    return p;
}

inline espalier::Setup toy_setup(const espalier::conformance::MemoryProblem& problem, const SumCost& cost,
                                 std::vector<espalier::Constraint> constraints = {})
{
    espalier::Setup setup;
    setup.space = problem.space;
    setup.objectives = problem.objectives;
    setup.costs = {&cost};
    setup.constraints = std::move(constraints);
    return setup;
}

/// A MemorySearch whose notes and prices are counted.
class WatchedSearch final : public espalier::Search {
public:
    explicit WatchedSearch(espalier::conformance::MemoryProblem problem) : inner_{std::move(problem)} {}
    const espalier::SearchSpace& space() const override { return inner_.space(); }
    espalier::Rng rng(std::string_view purpose) const override { return inner_.rng(purpose); }
    std::span<const espalier::Objective> objectives() const override { return inner_.objectives(); }
    std::size_t remaining() const override { return inner_.remaining(); }
    double reward(const espalier::Evaluation& e) const override { return inner_.reward(e); }
    void submit(espalier::Architecture a) override
    {
        proposals.push_back(a);
        inner_.submit(std::move(a));
    }
    espalier::Evaluation collect() override { return inner_.collect(); }
    std::vector<espalier::Evaluation> known() const override { return inner_.known(); }
    std::vector<espalier::Evaluation> cost(std::span<const espalier::Architecture> batch) override
    {
        priced += batch.size();
        return inner_.cost(batch);
    }
    espalier::Metrics cost(const espalier::Network& fragment) override { return inner_.cost(fragment); }
    bool feasible(const espalier::Architecture& a) override { return inner_.feasible(a); }
    void phase(std::string_view name, espalier::Phase& work) override { inner_.phase(name, work); }
    void train(std::string_view, const espalier::Region&, espalier::Sampler, espalier::Learners) override {}
    void note(std::string_view series, double value) override { notes[std::string(series)].push_back(value); }
    void winner(espalier::Winner) override {}

    const std::vector<espalier::Evaluation>& visits() const { return inner_.visits(); }
    std::vector<std::string> keys() const
    {
        std::vector<std::string> keys;
        for (const espalier::Evaluation& e : visits())
            keys.push_back(space().key(e.architecture));
        return keys;
    }
    std::vector<espalier::Architecture> proposals;
    std::size_t priced = 0;
    std::map<std::string, std::vector<double>> notes;

private:
    espalier::conformance::MemorySearch inner_;
};
