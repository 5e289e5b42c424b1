// SPDX-License-Identifier: Apache-2.0
#include "host/winners.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "espalier/search_space.hpp"

namespace espalier::host {
namespace {

bool filled(const Metrics& metrics, const std::string& metric)
{
    const auto found = metrics.find(metric + "_filled");
    return found != metrics.end() && found->second == 1;
}

bool anything_filled(const Metrics& metrics)
{
    return std::ranges::any_of(metrics, [](const auto& m) { return m.first.ends_with("_filled") && m.second == 1; });
}

/// How far outside its bounds a value is, relative to the bound.
double violation(const Constraint& constraint, double value)
{
    const double over = std::max(value - constraint.maximum, constraint.minimum - value);
    if (over <= 0)
        return 0;
    const double bound = value > constraint.maximum ? constraint.maximum : constraint.minimum;
    return bound != 0 ? over / std::abs(bound) : over;
}

std::string bounds(const Constraint& constraint)
{
    std::string text;
    if (std::isfinite(constraint.maximum))
        text = fmt::format("at most {}", constraint.maximum);
    if (std::isfinite(constraint.minimum))
        text += fmt::format("{}at least {}", text.empty() ? "" : " and ", constraint.minimum);
    return text;
}

}  // namespace

bool may_win(const Experiment& experiment, const Evaluation& evaluation)
{
    const Metrics& metrics = evaluation.metrics;
    const auto fits = [&](const Constraint& constraint) {
        const auto found = metrics.find(constraint.metric);
        return found != metrics.end() && constraint.holds(found->second) && !filled(metrics, constraint.metric);
    };
    const auto known = [&](const Objective& objective) {
        return metrics.contains(objective.metric) && !filled(metrics, objective.metric);
    };
    return evaluation.ok() && std::ranges::all_of(experiment.constraints, fits) &&
           std::ranges::all_of(experiment.objectives, known) &&
           !(experiment.objectives.empty() && anything_filled(metrics));  // whatever the reward looks at
}

WinnerRule::WinnerRule(const Experiment& experiment, const Parts& parts) : experiment_{experiment}, parts_{parts}
{
    for (const auto& cost : parts.costs)
        for (const std::string& metric : cost->metrics())
            cost_metrics_.push_back(metric);
}

std::vector<double> WinnerRule::scores(const Evaluation& evaluation) const
{
    std::vector<double> result;
    for (const Objective& objective : experiment_.objectives) {
        const double value = evaluation.metrics.at(objective.metric);
        result.push_back(objective.maximise ? value : -value);
    }
    if (experiment_.objectives.empty() && parts_.reward)
        result.push_back((*parts_.reward)(evaluation.metrics));
    return result;
}

std::vector<double> WinnerRule::costs(const Evaluation& evaluation) const
{
    std::vector<double> result;
    for (const std::string& metric : cost_metrics_) {
        const auto found = evaluation.metrics.find(metric);
        result.push_back(found != evaluation.metrics.end() ? found->second : std::numeric_limits<double>::infinity());
    }
    return result;
}

bool WinnerRule::dominates(const Evaluation& a, const Evaluation& b) const
{
    const std::vector<double> of_a = scores(a), of_b = scores(b);
    bool better = false;
    for (std::size_t i = 0; i < of_a.size(); ++i) {
        if (of_a[i] < of_b[i])
            return false;
        better = better || of_a[i] > of_b[i];
    }
    return better;
}

std::vector<std::size_t> WinnerRule::ranked(std::span<const Evaluation> all) const
{
    struct Place {
        std::size_t index;
        std::vector<double> scores, costs;
    };
    std::vector<Place> places;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (eligible(all[i]))
            places.push_back({i, scores(all[i]), costs(all[i])});
    std::ranges::stable_sort(places, [](const Place& a, const Place& b) {
        return a.scores != b.scores ? a.scores > b.scores : a.costs < b.costs;
    });
    std::vector<std::size_t> order;
    for (const Place& place : places)
        order.push_back(place.index);
    if (experiment_.objectives.size() > 1)
        for (std::size_t from = 0; from < order.size();) {
            std::vector<std::size_t> rest(order.begin() + static_cast<std::ptrdiff_t>(from), order.end());
            const std::size_t front = first_front(all, rest);
            std::ranges::copy(rest, order.begin() + static_cast<std::ptrdiff_t>(from));
            from += front;
        }
    return order;
}

/// Moves what nothing dominates to the front of what is sorted by falling scores, where only earlier ones can dominate
/// later ones. @return how many those are.
std::size_t WinnerRule::first_front(std::span<const Evaluation> all, std::vector<std::size_t>& sorted) const
{
    std::vector<std::size_t> front, rest;
    for (const std::size_t candidate : sorted) {
        const bool beaten =
            std::ranges::any_of(front, [&](std::size_t member) { return dominates(all[member], all[candidate]); });
        (beaten ? rest : front).push_back(candidate);
    }
    sorted = front;
    sorted.insert(sorted.end(), rest.begin(), rest.end());
    return front.size();
}

std::size_t WinnerRule::winners(std::span<const Evaluation> all, std::span<const std::size_t> ranked) const
{
    if (experiment_.objectives.size() <= 1)
        return std::min<std::size_t>(1, ranked.size());
    std::vector<std::size_t> order(ranked.begin(), ranked.end());
    return first_front(all, order);
}

std::string WinnerRule::nothing_feasible(std::span<const Evaluation> all) const
{
    const Evaluation* nearest = nullptr;
    double least = std::numeric_limits<double>::infinity();
    for (const Evaluation& evaluation : all) {
        if (evaluation.status != Status::ok && evaluation.status != Status::infeasible)
            continue;
        double sum = 0;
        for (const Constraint& constraint : experiment_.constraints)
            if (const auto found = evaluation.metrics.find(constraint.metric); found != evaluation.metrics.end())
                sum += violation(constraint, found->second);
        if (nearest == nullptr || sum < least || (sum == least && costs(evaluation) < costs(*nearest))) {
            nearest = &evaluation;
            least = sum;
        }
    }
    if (nearest == nullptr)
        return fmt::format("no architecture could be evaluated; the first of {} failures: {}.", all.size(),
                           all.front().reason);
    std::string values, seen;
    for (const Constraint& constraint : experiment_.constraints) {
        double low = std::numeric_limits<double>::infinity(), high = -low;
        for (const Evaluation& evaluation : all)
            if (const auto found = evaluation.metrics.find(constraint.metric); found != evaluation.metrics.end()) {
                low = std::min(low, found->second);
                high = std::max(high, found->second);
            }
        if (const auto found = nearest->metrics.find(constraint.metric); found != nearest->metrics.end())
            values += fmt::format("{}{} {}{}", values.empty() ? "" : ", ", constraint.metric, found->second,
                                  filled(nearest->metrics, constraint.metric) ? " (filled in, not a known value)" : "");
        seen += fmt::format("{}{} must be {}, seen was {} to {}", seen.empty() ? "" : "; ", constraint.metric,
                            bounds(constraint), low, high);
    }
    if (experiment_.constraints.empty())
        return fmt::format("none of {} architectures has known values of all objectives.", all.size());
    return fmt::format("nothing feasible was found among {} architectures: {}. Nearest is {}{}{}.", all.size(), seen,
                       parts_.space->text(nearest->architecture), values.empty() ? "" : " with ", values);
}

}  // namespace espalier::host
