// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <deque>
#include <functional>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "espalier/error.hpp"
#include "espalier/search.hpp"
#include "espalier/search_space.hpp"

/// `length` decisions of `options` options each. Where the last is idle, architectures that differ only in the last
/// decision are the same network.
class Strings final : public espalier::SearchSpace {
public:
    explicit Strings(std::size_t length, std::size_t options = 2, bool last_is_idle = false)
        : last_is_idle_{last_is_idle}
    {
        for (std::size_t i = 0; i < length; ++i) {
            decisions_.push_back({"d" + std::to_string(i), {}});
            for (std::size_t o = 0; o < options; ++o)
                decisions_.back().options.push_back(std::to_string(o));
        }
    }
    std::span<const espalier::Decision> decisions() const override { return decisions_; }
    espalier::Network network(const espalier::Region&) const override { throw espalier::Error("has no network"); }
    std::vector<bool> active(const espalier::Architecture& a) const override
    {
        std::vector<bool> active(a.choices.size(), true);
        active.back() = !last_is_idle_;
        return active;
    }

private:
    bool last_is_idle_;
    std::vector<espalier::Decision> decisions_;
};

/// A search in memory: one number per architecture, a budget of distinct ones, results oldest first.
class ToySearch final : public espalier::Search {
public:
    using Score = std::function<double(const espalier::Architecture&)>;
    ToySearch(const espalier::SearchSpace& space, std::size_t budget, Score score, std::uint64_t seed = 1)
        : space_{space}, budget_{budget}, score_{std::move(score)}, seed_{seed}
    {
    }

    const espalier::SearchSpace& space() const override { return space_; }
    espalier::Rng rng(std::string_view purpose) const override { return espalier::Rng(seed_, purpose); }
    std::span<const espalier::Objective> objectives() const override { return {&objective, 1}; }
    std::size_t remaining() const override { return repeated_ >= 1000 ? 0 : budget_ - keys_.size(); }
    double reward(const espalier::Evaluation& e) const override
    {
        return e.ok() ? e.metrics.at("score") : -std::numeric_limits<double>::infinity();
    }
    void submit(espalier::Architecture a) override
    {
        most_in_flight = std::max(most_in_flight, flying_.size() + 1);
        const bool is_new = seen_.insert(a).second;
        repeated_ = is_new ? 0 : repeated_ + 1;
        const bool past = !keys_.contains(space_.key(a)) && keys_.size() == budget_;
        if (!past)
            keys_.insert(space_.key(a));
        past_budget += past;
        visited.push_back(a);
        const double score = score_(a);
        if (past)
            flying_.push_back({a, {}, espalier::Status::out_of_budget, "out of budget"});
        else if (score != score)
            flying_.push_back(espalier::failed(a, "no score"));
        else
            flying_.push_back({a, {{"score", score}}, espalier::Status::ok, ""});
    }
    espalier::Evaluation collect() override
    {
        if (flying_.empty())
            throw espalier::Error("nothing is in flight");
        const espalier::Evaluation oldest = flying_.front();
        flying_.pop_front();
        best = std::max(best, reward(oldest));
        return oldest;
    }
    std::vector<espalier::Evaluation> known() const override { return {}; }
    std::vector<espalier::Evaluation> cost(std::span<const espalier::Architecture>) override { return {}; }
    espalier::Metrics cost(const espalier::Network&) override { return {}; }
    bool feasible(const espalier::Architecture&) override { return true; }
    void phase(std::string_view, espalier::Phase&) override {}
    void train(std::string_view, const espalier::Region&, espalier::Sampler, espalier::Learners) override {}
    void note(std::string_view, double) override {}
    void winner(espalier::Winner) override {}

    std::size_t in_flight() const { return flying_.size(); }
    espalier::Objective objective{.metric = "score"};
    std::vector<espalier::Architecture> visited;
    std::size_t most_in_flight = 0, past_budget = 0;
    double best = -std::numeric_limits<double>::infinity();

private:
    const espalier::SearchSpace& space_;
    std::size_t budget_, repeated_ = 0;
    Score score_;
    std::uint64_t seed_;
    std::set<std::string> keys_;
    std::set<espalier::Architecture> seen_;
    std::deque<espalier::Evaluation> flying_;
};
