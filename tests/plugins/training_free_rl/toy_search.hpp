// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "espalier/error.hpp"
#include "espalier/search.hpp"
#include "espalier/search_space.hpp"

#include "toys/toy_space.hpp"

namespace espalier::toy {

/// `decisions` decisions with `options` options each; every architecture is a network of its own.
struct Digits : ToySpace {
    explicit Digits(const std::vector<std::size_t>& options) : ToySpace(digit_decisions(options.size()))
    {
        for (std::size_t d = 0; d < options.size(); ++d)
            decisions_[d].options.resize(options[d]);
    }
};

/// A search whose evaluator and cost model are functions, so that what a strategy does can be seen. The reward is the
/// metric `score`.
class Search final : public espalier::Search {
public:
    using Answer = std::function<Evaluation(const Architecture&)>;
    Search(const SearchSpace& space, std::uint64_t seed, Answer evaluator, std::size_t budget = 1'000'000)
        : space_{space}, seed_{seed}, evaluator_{std::move(evaluator)}, budget_{budget}
    {
    }
    const SearchSpace& space() const override { return space_; }
    Rng rng(std::string_view purpose) const override { return {seed_, purpose}; }
    std::span<const Objective> objectives() const override { return objectives_; }
    std::size_t remaining() const override { return budget_ - seen_.size(); }
    double reward(const Evaluation& e) const override { return e.ok() ? e.metrics.at("score") : -HUGE_VAL; }
    void submit(Architecture a) override
    {
        visits.push_back(a);
        auto known = seen_.find(a);
        if (known == seen_.end() && remaining() > 0)
            known = seen_.emplace(a, evaluator_(a)).first;
        flying_.push_back(known != seen_.end() ? known->second : Evaluation{a, {}, Status::out_of_budget, "budget"});
    }
    Evaluation collect() override
    {
        Evaluation oldest = flying_.front();
        flying_.erase(flying_.begin());
        return oldest;
    }
    std::vector<Evaluation> known() const override { return {}; }
    std::vector<Evaluation> cost(std::span<const Architecture> batch) override
    {
        std::vector<Evaluation> result;
        for (const Architecture& a : batch)
            result.push_back(evaluator_(a));
        return result;
    }
    Metrics cost(const Network&) override { return {}; }
    bool feasible(const Architecture&) override { return true; }
    void phase(std::string_view, Phase&) override { throw Error("no phases here"); }
    void train(std::string_view, const Region&, Sampler, Learners) override { throw Error("nothing to train here"); }
    void note(std::string_view series, double value) override { notes[std::string(series)].push_back(value); }
    void winner(Winner) override {}

    std::vector<Architecture> visits;
    std::map<std::string, std::vector<double>> notes;
    std::size_t distinct() const { return seen_.size(); }

private:
    const SearchSpace& space_;
    std::uint64_t seed_;
    Answer evaluator_;
    std::size_t budget_;
    std::vector<Objective> objectives_;
    std::map<Architecture, Evaluation> seen_;
    std::vector<Evaluation> flying_;
};

}  // namespace espalier::toy
