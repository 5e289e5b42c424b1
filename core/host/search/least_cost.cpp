// SPDX-License-Identifier: Apache-2.0
#include "host/search/least_cost.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "espalier/search_space.hpp"

#include "host/search/extremes.hpp"
#include "host/search/winners.hpp"

namespace espalier::host {
namespace {

using Priced = Extremes::Priced;
using Score = Extremes::Score;

/// 1: a smaller value is nearer to the constraint, -1: a larger one. Told by the value that is nearest to it.
double side(const Constraint& constraint, std::span<const Priced> seen, std::size_t i)
{
    double nearest = std::numeric_limits<double>::infinity();
    bool above = constraint.maximum < std::numeric_limits<double>::infinity();
    for (const Priced& one : seen)
        if (constraint.violation(one.values[i]) < nearest) {
            nearest = constraint.violation(one.values[i]);
            above = one.values[i] > constraint.maximum;
        }
    return above ? 1 : -1;
}

std::string shown(const Priced& one, std::span<const Constraint* const> constraints)
{
    std::string text;
    for (std::size_t i = 0; i < constraints.size(); ++i)
        text += fmt::format("{}{} {}", i == 0 ? "" : ", ", constraints[i]->metric, one.values[i]);
    return text;
}

/// Whether constraints that can be kept one by one can be kept together.
std::string together(Extremes& extremes, std::span<const Constraint* const> constraints, const SearchSpace& space)
{
    const auto all_but = [constraints](std::span<const double> values, std::size_t left_out) {
        double sum = 0;
        for (std::size_t i = 0; i < constraints.size(); ++i)
            sum += i == left_out ? 0 : constraints[i]->violation(values[i]);
        return sum;
    };
    std::vector<std::string> all;
    for (const Constraint* constraint : constraints)
        all.push_back(fmt::format("{} {}", constraint->metric, bounds(*constraint)));
    const auto keeping_others = [&](std::size_t i) {
        return [&, i](std::span<const double> values) {
            return Score{all_but(values, i), constraints[i]->violation(values[i])};
        };
    };
    const auto to_all = [&](std::span<const double> values) { return Score{all_but(values, constraints.size()), 0}; };
    extremes.explore(to_all);
    for (std::size_t i = 0; i < constraints.size(); ++i)
        extremes.explore(keeping_others(i));
    const std::optional<Priced> nearest = extremes.lowest(to_all);
    if (!nearest)
        return "";
    if (all_but(nearest->values, constraints.size()) == 0)
        return fmt::format(" All of {} are kept by {}, with {}: look there.", fmt::join(all, ", "),
                           space.text(nearest->architecture), shown(*nearest, constraints));
    std::vector<std::string> limits;
    for (std::size_t i = 0; i < constraints.size(); ++i) {
        const std::optional<Priced> found = extremes.lowest(keeping_others(i));
        if (found && all_but(found->values, i) == 0 && constraints[i]->violation(found->values[i]) > 0)
            limits.push_back(fmt::format("the {} {} is {}",
                                         found->values[i] > constraints[i]->maximum ? "smallest" : "largest",
                                         constraints[i]->metric, found->values[i]));
    }
    return fmt::format(" Each of {} can be kept alone, but {}. {} {}, with {}.", fmt::join(all, ", "),
                       extremes.exact() ? "no architecture keeps all of them" : "no descent has kept all of them",
                       limits.empty() ? "Nearest is"
                                      : fmt::format("Among those {}that keep the others {}; nearest to all is",
                                                    extremes.exact() ? "" : "found ", fmt::join(limits, ", ")),
                       space.text(nearest->architecture), shown(*nearest, constraints));
}

}  // namespace

std::string least_costs(AskedComponents& components, RunServices& services, std::span<const Evaluation> all)
{
    BoundedCosts costs(components, services);
    const std::span<const Constraint* const> constraints = costs.constraints();
    std::vector<Priced> seen;
    for (const Evaluation& evaluation : all)
        if (std::optional<BoundedCosts::Values> values = costs.known(evaluation.metrics))
            seen.push_back({evaluation.architecture, std::move(*values)});
    const auto keeps = [&](const Priced& one, std::size_t i) { return constraints[i]->holds(one.values[i]); };
    const bool kept_together = std::ranges::any_of(seen, [&](const Priced& one) {
        for (std::size_t i = 0; i < constraints.size(); ++i)
            if (!keeps(one, i))
                return false;
        return true;
    });
    if (constraints.empty() || kept_together)
        return "";  // it is something else that nothing keeps

    const SearchSpace& space = services.space;
    Extremes extremes(costs, space, seen);
    std::string sentences;
    bool each_can_be_kept = true;
    for (std::size_t i = 0; i < constraints.size(); ++i) {
        if (std::ranges::any_of(seen, [&](const Priced& one) { return keeps(one, i); }))
            continue;
        const double sign = side(*constraints[i], seen, i);
        const auto low = [&](std::span<const double> values) { return Score{sign * values[i], 0}; };
        extremes.explore(low);
        const std::optional<Priced> found = extremes.lowest(low);
        if (!found)
            return "";
        if (keeps(*found, i) && constraints.size() > 1)
            continue;  // alone
        each_can_be_kept = false;
        const char* most = sign > 0 ? "smallest" : "largest";
        sentences +=
            extremes.exact()
                ? fmt::format(" The {} {} that can be reached is {}, by {}, of all {} architectures.", most,
                              constraints[i]->metric, found->values[i], space.text(found->architecture),
                              extremes.size())
                : fmt::format(" The {} {} that several descents have reached is {}, by {}; a {} one may exist.", most,
                              constraints[i]->metric, found->values[i], space.text(found->architecture),
                              sign > 0 ? "smaller" : "larger");
    }
    if (constraints.size() > 1 && each_can_be_kept)
        sentences += together(extremes, constraints, space);
    return sentences;
}

}  // namespace espalier::host
