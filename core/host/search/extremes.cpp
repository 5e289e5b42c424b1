// SPDX-License-Identifier: Apache-2.0
#include "host/search/extremes.hpp"

#include <algorithm>
#include <utility>

#include "espalier/search_space.hpp"

#include "host/search/winners.hpp"

namespace espalier::host {
namespace {

constexpr double kMostEnumerated = 20'000;
constexpr std::size_t kMostPrices = 3'000;  // of one descent
constexpr int kRandomStarts = 8;
constexpr int kPairs = 200;  // of changes, tried in vain before a descent ends

}  // namespace

BoundedCosts::BoundedCosts(AskedComponents& components, RunServices& services) : space_{services.space}
{
    for (const Constraint& constraint : services.experiment.constraints)
        for (AskedComponent& cost : components.costs) {
            const std::vector<std::string> metrics = cost.self().component->metrics();
            if (cost.self().slow || std::ranges::find(metrics, constraint.metric) == metrics.end())
                continue;
            constraints_.push_back(&constraint);
            if (std::ranges::find(givers_, &cost) == givers_.end())
                givers_.push_back(&cost);  // one cost gives several
            break;
        }
}

std::optional<BoundedCosts::Values> BoundedCosts::known(const Metrics& metrics) const
{
    Values values;
    for (const Constraint* constraint : constraints_) {
        const auto found = metrics.find(constraint->metric);
        if (found == metrics.end() || filled(metrics, constraint->metric))
            return std::nullopt;
        values.push_back(found->second);
    }
    return values;
}

std::optional<BoundedCosts::Values> BoundedCosts::price(const Architecture& architecture)
{
    const Candidate candidate(space_, architecture);
    Metrics metrics;
    for (AskedComponent* giver : givers_) {
        const Evaluation answer = giver->ask(candidate, 0);
        if (!answer.ok())
            return std::nullopt;
        metrics.insert(answer.metrics.begin(), answer.metrics.end());
    }
    return known(metrics);
}

Extremes::Extremes(BoundedCosts& costs, const SearchSpace& space, std::vector<Priced> seen)
    : costs_{costs}, space_{space}, whole_{space.decisions()}, seen_{std::move(seen)}
{
    if (exact())
        enumerate();
}

bool Extremes::exact() const
{
    return whole_.size() <= kMostEnumerated;
}

void Extremes::explore(const Judge& judge)
{
    if (exact())
        return;
    if (std::optional<Priced> best = lowest(judge))
        descend(*best, judge);
    for (int i = 0; i < kRandomStarts; ++i)
        if (std::optional<Priced> start = priced(random_architecture(whole_, rng_)))
            descend(*start, judge);
}

std::optional<Extremes::Priced> Extremes::lowest(const Judge& judge) const
{
    const Priced* best = nullptr;
    for (const Priced& one : seen_)
        if (best == nullptr || judge(one.values) < judge(best->values))
            best = &one;
    return best != nullptr ? std::optional(*best) : std::nullopt;
}

void Extremes::enumerate()
{
    seen_.clear();
    const std::span<const Decision> decisions = space_.decisions();
    Architecture here{std::vector<std::uint16_t>(decisions.size(), 0)};
    for (std::size_t d = 0; d < decisions.size();) {
        priced(here);
        for (d = 0; d < decisions.size() && ++here.choices[d] == decisions[d].options.size(); ++d)
            here.choices[d] = 0;
    }
}

std::optional<Extremes::Priced> Extremes::priced(Architecture architecture)
{
    std::optional<BoundedCosts::Values> values = costs_.price(architecture);
    if (!values)
        return std::nullopt;
    return seen_.emplace_back(Priced{std::move(architecture), std::move(*values)});
}

/// As far as single changes go, and some pairs: along the bound of another constraint only those lead on.
void Extremes::descend(Priced& here, const Judge& judge)
{
    const std::span<const Decision> decisions = space_.decisions();
    const auto improved = [&](Architecture other) {
        if (other == here.architecture || ++prices_ > kMostPrices)
            return false;
        std::optional<Priced> there = priced(std::move(other));
        const bool lower = there && judge(there->values) < judge(here.values);
        if (lower)
            here = std::move(*there);
        return lower;
    };
    prices_ = 0;
    int pairs = 0;
    for (bool lower = true; lower || pairs < kPairs;) {
        lower = false;
        for (std::size_t d = 0; pairs == 0 && d < decisions.size(); ++d)
            for (std::size_t option = 0; option < decisions[d].options.size(); ++option) {
                Architecture other = here.architecture;
                other.choices[d] = static_cast<std::uint16_t>(option);
                lower = improved(std::move(other)) || lower;
            }
        if (lower)
            continue;
        pairs = improved(mutated_once(mutated_once(here.architecture, whole_, rng_), whole_, rng_)) ? 0 : pairs + 1;
    }
}

}  // namespace espalier::host
