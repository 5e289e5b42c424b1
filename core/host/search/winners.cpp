// SPDX-License-Identifier: Apache-2.0
#include "host/search/winners.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "espalier/moo/dominance.hpp"
#include "espalier/search_space.hpp"

#include "host/calls/in_plugin.hpp"

namespace espalier::host {
namespace {

std::string counted(std::size_t architectures)
{
    return architectures == 1 ? "one architecture" : fmt::format("{} architectures", architectures);
}

bool anything_filled(const Metrics& metrics)
{
    return std::ranges::any_of(metrics, [](const auto& m) { return m.first.ends_with("_filled") && m.second == 1; });
}

}  // namespace

bool filled(const Metrics& metrics, const std::string& metric)
{
    const auto found = metrics.find(metric + "_filled");
    return found != metrics.end() && found->second == 1;
}

double rewarded(const Reward& reward, const Metrics& metrics, std::string& refused)
{
    constexpr double kWorst = -std::numeric_limits<double>::infinity();
    try {
        const double value = reward(metrics);
        return std::isnan(value) ? kWorst : value;
    } catch (const Error& error) {
        refused = error.what();
        return kWorst;
    }
}

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

WinnerRule::WinnerRule(const Experiment& experiment, const Components& parts) : experiment_{experiment}, parts_{parts}
{
    for (const auto& cost : parts.costs)
        for (const std::string& metric : cost->metrics())
            cost_metrics_.push_back(metric);
}

double WinnerRule::reward(const Evaluation& evaluation, std::string& refused) const
{
    return in_plugin(parts_.reward.who(), "is asked for a reward",
                     [&] { return rewarded(*parts_.reward, evaluation.metrics, refused); });
}

Metrics WinnerRule::shown(const Evaluation& evaluation) const
{
    Metrics metrics = evaluation.metrics;
    std::string refused;
    if (parts_.reward)
        if (const double value = reward(evaluation, refused); refused.empty())
            metrics.emplace("reward", value);
    return metrics;
}

std::vector<double> WinnerRule::scores(const Evaluation& evaluation) const
{
    std::vector<double> result;
    for (const Objective& objective : experiment_.objectives) {
        const double value = evaluation.metrics.at(objective.metric);
        result.push_back(objective.maximise ? value : -value);
    }
    std::string refused;
    if (by_reward())
        result.push_back(reward(evaluation, refused));
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

WinnerRule::Ranking WinnerRule::ranking(std::size_t all, const EvaluationOf& at) const
{
    // one block of memory each: there may be a million
    moo::Points judged(
        std::max<std::size_t>(experiment_.objectives.size(), parts_.reward ? 1 : 0));  // larger is better
    moo::Points priced(cost_metrics_.size());
    std::vector<std::size_t> eligible_ones;
    for (std::size_t i = 0; i < all; ++i) {
        const Evaluation evaluation = at(i);
        if (!eligible(evaluation))
            continue;
        const std::vector<double> judgement = scores(evaluation);
        if (by_reward() && judgement.front() == -std::numeric_limits<double>::infinity())
            continue;
        eligible_ones.push_back(i);
        judged.append(judgement);
        priced.append(costs(evaluation));
    }
    std::vector<std::uint32_t> sorted(eligible_ones.size());
    std::iota(sorted.begin(), sorted.end(), 0U);
    std::ranges::stable_sort(sorted, [&](std::uint32_t a, std::uint32_t b) {
        return std::ranges::equal(judged[a], judged[b]) ? std::ranges::lexicographical_compare(priced[a], priced[b])
                                                        : std::ranges::lexicographical_compare(judged[b], judged[a]);
    });
    Ranking result{{}, std::min<std::size_t>(1, sorted.size())};
    if (experiment_.objectives.size() > 1 && !sorted.empty()) {
        for (double& value : judged.values())
            value = -value;
        const moo::Fronts fronts(judged);
        std::ranges::stable_sort(sorted, {}, [&](std::uint32_t row) { return fronts.rank(row); });
        result.winners = fronts[0].size();
    }
    for (const std::uint32_t row : sorted)
        result.order.push_back(eligible_ones[row]);
    return result;
}

std::vector<std::size_t> WinnerRule::winners(std::size_t all, const EvaluationOf& at) const
{
    Ranking found = ranking(all, at);
    found.order.resize(found.winners);
    return found.order;
}

std::string WinnerRule::nothing_feasible(std::span<const Evaluation> all) const
{
    if (const auto unrewarded = std::ranges::find_if(all, [this](const Evaluation& e) { return eligible(e); });
        unrewarded != all.end()) {
        std::string refused;
        reward(*unrewarded, refused);
        return fmt::format("no winner: no architecture that could be one has a reward above minus infinity{}{}.",
                           refused.empty() ? "" : ": ", refused);
    }
    const Evaluation* nearest = nullptr;
    double least = std::numeric_limits<double>::infinity();
    for (const Evaluation& evaluation : all) {
        if (evaluation.status != Status::ok && evaluation.status != Status::infeasible)
            continue;
        const double sum = violation(experiment_.constraints, evaluation);
        if (nearest == nullptr || sum < least || (sum == least && costs(evaluation) < costs(*nearest))) {
            nearest = &evaluation;
            least = sum;
        }
    }
    if (nearest == nullptr)
        return fmt::format("no architecture could be evaluated; {}: {}.",
                           all.size() == 1 ? "the only failure" : fmt::format("the first of {} failures", all.size()),
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
        return all.size() == 1
                   ? "the only architecture has no known values of all objectives."
                   : fmt::format("none of {} architectures has known values of all objectives.", all.size());
    return fmt::format("nothing feasible was found among the {} that {} proposed: {}. Nearest of them is {}{}{}.",
                       counted(all.size()), all.size() == 1 ? "was" : "were", seen,
                       parts_.space->text(nearest->architecture), values.empty() ? "" : " with ", values);
}

}  // namespace espalier::host
