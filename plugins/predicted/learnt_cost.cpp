// SPDX-License-Identifier: Apache-2.0
#include "learnt_cost.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "espalier/regression/blend.hpp"
#include "espalier/regression/metrics.hpp"
#include "espalier/rng.hpp"

namespace espalier::predicted {
namespace {

constexpr std::size_t kMostPairs = 4000;  // columns: more of them than examples can tell apart

struct Choice {
    const char *model, *features;
};
/// The simplest first, which stands alone where nothing is clearly better.
constexpr Choice kChoices[] = {
    {"ridge", "counts"},
    {"ridge", "masked_depth"},
    {"ridge", Member::kCountsNetwork},
    {"ridge", Member::kNetwork},
    {"ridge", "levels"},
    {"ridge", "pairwise"},
    {"svr_rbf", "masked_depth"},
    {"svr_rbf", Member::kCountsNetwork},
    {"bayesian_ridge", "masked_depth"},
};

bool too_many_pairs(const SearchSpace& space, const std::string& features)
{
    return (features == "pairwise" || features == "levels") &&
           regression::features_of(space, regression::feature_kind(features)).columns() > kMostPairs;
}

/// What cross-validation has to choose from.
std::vector<Member> members(const SearchSpace& space, const std::string& model, const std::string& features)
{
    std::vector<std::pair<std::string, std::string>> all;
    for (const Choice& choice : kChoices) {
        const std::pair one(model == "auto" ? choice.model : model, features == "auto" ? choice.features : features);
        const bool asked_for = features != "auto";
        if (std::ranges::find(all, one) == all.end() && (asked_for || !too_many_pairs(space, one.second)))
            all.push_back(one);
    }
    std::vector<Member> made;
    made.reserve(all.size());
    for (const auto& [name, on] : all)
        made.emplace_back(space, name, on);
    return made;
}

}  // namespace

LearntCost::LearntCost(const SearchSpace& space, Settings settings, Genome genome)
    : settings_{std::move(settings)},
      genome_{std::move(genome)},
      members_{members(space, settings_.model, settings_.features)}
{
}

LearntCost::Quality LearntCost::learn(std::span<const Candidate> candidates, std::span<const double> values)
{
    features_.reset();
    if (std::ranges::any_of(members_, &Member::looks_at_networks)) {
        features_.emplace();
        for (const Candidate& candidate : candidates)
            features_->extend(candidate.network());
    }
    const Networks all = described(candidates);
    const auto at = [&](std::span<const std::size_t> places) {
        std::vector<double> some;
        for (const std::size_t place : places)
            some.push_back(values[place]);
        return some;
    };
    const regression::CrossValidated found =
        regression::cross_validated(members_.size(), values, folds(values.size()),
                                    [&](std::size_t member, std::span<const std::size_t> fold, std::span<double> out) {
                                        std::vector<std::size_t> others;
                                        for (std::size_t i = 0; i < values.size(); ++i)
                                            if (std::ranges::find(fold, i) == fold.end())
                                                others.push_back(i);
                                        members_[member].fit(all.some(others), at(others));
                                        members_[member].predict(all.some(fold), out);
                                    });
    shares_ = found.shares;
    for (std::size_t member = 0; member < members_.size(); ++member)
        if (shares_[member] > 0)
            members_[member].fit(all, values);
    residuals_.clear();
    std::size_t within = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        residuals_.push_back(values[i] - found.held_out[i]);
        within += std::abs(residuals_[i]) <= 0.1 * std::abs(values[i]) ? 1 : 0;
    }
    return {regression::mape(values, found.held_out),
            100 * static_cast<double>(within) / static_cast<double>(values.size()),
            regression::spearman_rho(values, found.held_out), regression::kendall_tau(values, found.held_out)};
}

std::vector<double> LearntCost::predict(std::span<const Candidate> candidates) const
{
    const Networks all = described(candidates);
    std::vector<double> sum(candidates.size(), 0), one(candidates.size());
    for (std::size_t member = 0; member < members_.size(); ++member) {
        if (shares_[member] == 0)
            continue;
        members_[member].predict(all, one);
        for (std::size_t i = 0; i < sum.size(); ++i)
            sum[i] += shares_[member] * one[i];
    }
    return sum;
}

Networks LearntCost::described(std::span<const Candidate> candidates) const
{
    Networks all;
    all.columns = features_ ? features_->columns() : 0;
    all.rows.resize(candidates.size() * all.columns);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        const std::vector<std::uint16_t>& choices = genome_(candidates[i]).choices;
        all.decisions = choices.size();
        all.genes.insert(all.genes.end(), choices.begin(), choices.end());
        if (features_)
            features_->encode(candidates[i].network(), std::span(all.rows).subspan(i * all.columns, all.columns));
    }
    return all;
}

/// Of equal size but for one, in an order that depends on the seed alone: a file may be sorted.
std::vector<std::vector<std::size_t>> LearntCost::folds(std::size_t examples) const
{
    std::vector<std::size_t> order(examples);
    std::iota(order.begin(), order.end(), std::size_t{0});
    Rng rng(settings_.seed, "folds");
    choose(order, examples, rng);
    std::vector<std::vector<std::size_t>> made(std::min(static_cast<std::size_t>(settings_.folds), examples));
    for (std::size_t i = 0; i < examples; ++i)
        made[i % made.size()].push_back(order[i]);
    return made;
}

}  // namespace espalier::predicted
