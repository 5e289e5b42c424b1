// SPDX-License-Identifier: Apache-2.0
#include "host/search/least_cost.hpp"

#include <algorithm>
#include <compare>
#include <functional>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "espalier/rng.hpp"
#include "espalier/search_space.hpp"

#include "host/search/winners.hpp"

namespace espalier::host {
namespace {

constexpr double kMostEnumerated = 20'000;
constexpr std::size_t kMostPrices = 3'000;  // of one descent
constexpr int kRandomStarts = 8;
constexpr int kPairs = 200;  // of changes, tried in vain before a descent ends

/// One value for each constraint.
using Values = std::vector<double>;

/// Lower is better; the second counts among equals of the first.
struct Score {
    double first = 0, second = 0;
    auto operator<=>(const Score&) const = default;
};
using Judge = std::function<Score(std::span<const double>)>;

struct Priced {
    Architecture architecture;
    Values values;
};

/// The constraints on what costs give without measuring, and what an architecture makes of them.
class Pricing {
public:
    Pricing(AskedComponents& components, Workplace& place) : place_{place}
    {
        for (const Constraint& constraint : place.experiment.constraints)
            for (AskedComponent& cost : components.costs) {
                const std::vector<std::string> metrics = cost.taught().component->metrics();
                if (cost.taught().component->measures() ||
                    std::ranges::find(metrics, constraint.metric) == metrics.end())
                    continue;
                constraints_.push_back(&constraint);
                givers_.push_back(&cost);
                break;
            }
    }

    std::span<const Constraint* const> constraints() const { return constraints_; }
    /// Null: not all are known.
    std::optional<Values> known(const Metrics& metrics) const
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
    std::optional<Values> price(const Architecture& architecture)
    {
        const Candidate candidate(place_.space, architecture);
        Metrics metrics;
        for (std::size_t i = 0; i < givers_.size(); ++i) {
            if (std::find(givers_.begin(), givers_.begin() + static_cast<std::ptrdiff_t>(i), givers_[i]) !=
                givers_.begin() + static_cast<std::ptrdiff_t>(i))
                continue;  // one cost gives several
            const Evaluation answer = givers_[i]->ask(candidate, 0);
            if (!answer.ok())
                return std::nullopt;
            metrics.insert(answer.metrics.begin(), answer.metrics.end());
        }
        return known(metrics);
    }

private:
    Workplace& place_;
    std::vector<const Constraint*> constraints_;
    std::vector<AskedComponent*> givers_;
};

/// Finds the architectures with the lowest scores.
class Extremes {
public:
    Extremes(Pricing& pricing, Workplace& place, std::vector<Priced> seen)
        : pricing_{pricing}, place_{place}, whole_{place.space.decisions()}, seen_{std::move(seen)}
    {
        if (exact())
            enumerate();
    }

    bool exact() const { return whole_.size() <= kMostEnumerated; }
    double size() const { return whole_.size(); }
    /// Looks for what has a low score, unless everything is known.
    void explore(const Judge& judge)
    {
        if (exact())
            return;
        if (std::optional<Priced> best = lowest(judge))
            descend(*best, judge);
        for (int i = 0; i < kRandomStarts; ++i)
            if (std::optional<Priced> start = priced(random_architecture(whole_, rng_)))
                descend(*start, judge);
    }
    /// Of all that was seen, whatever it was explored for.
    std::optional<Priced> lowest(const Judge& judge) const
    {
        const Priced* best = nullptr;
        for (const Priced& one : seen_)
            if (best == nullptr || judge(one.values) < judge(best->values))
                best = &one;
        return best != nullptr ? std::optional(*best) : std::nullopt;
    }

private:
    void enumerate()
    {
        seen_.clear();
        const std::span<const Decision> decisions = place_.space.decisions();
        Architecture here{std::vector<std::uint16_t>(decisions.size(), 0)};
        for (std::size_t d = 0; d < decisions.size();) {
            if (std::optional<Values> values = pricing_.price(here))
                seen_.push_back({here, std::move(*values)});
            for (d = 0; d < decisions.size() && ++here.choices[d] == decisions[d].options.size(); ++d)
                here.choices[d] = 0;
        }
    }
    std::optional<Priced> priced(Architecture architecture)
    {
        std::optional<Values> values = pricing_.price(architecture);
        if (!values)
            return std::nullopt;
        return seen_.emplace_back(Priced{std::move(architecture), std::move(*values)});
    }
    /// As far as single changes go, and some pairs: along the bound of another constraint only those lead on.
    void descend(Priced& here, const Judge& judge)
    {
        const std::span<const Decision> decisions = place_.space.decisions();
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

    Pricing& pricing_;
    Workplace& place_;
    Region whole_;
    std::vector<Priced> seen_;
    Rng rng_{1, "least cost"};
    std::size_t prices_ = 0;
};

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

std::string least_costs(AskedComponents& components, Workplace& place, std::span<const Evaluation> all)
{
    Pricing pricing(components, place);
    const std::span<const Constraint* const> constraints = pricing.constraints();
    std::vector<Priced> seen;
    for (const Evaluation& evaluation : all)
        if (std::optional<Values> values = pricing.known(evaluation.metrics))
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

    Extremes extremes(pricing, place, seen);
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
        sentences += extremes.exact()
                         ? fmt::format(" The {} {} that can be reached is {}, of all {} architectures.", most,
                                       constraints[i]->metric, found->values[i], extremes.size())
                         : fmt::format(" The {} {} that several descents have reached is {}; a {} one may exist.", most,
                                       constraints[i]->metric, found->values[i], sign > 0 ? "smaller" : "larger");
    }
    if (constraints.size() > 1 && each_can_be_kept)
        sentences += together(extremes, constraints, place.space);
    return sentences;
}

}  // namespace espalier::host
