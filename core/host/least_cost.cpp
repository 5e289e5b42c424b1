// SPDX-License-Identifier: Apache-2.0
#include "host/least_cost.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "espalier/search_space.hpp"

namespace espalier::host {
namespace {

constexpr std::size_t kMostPrices = 100'000;

/// The cost model that gives `metric` without measuring; null: none.
AskedComponent* giver(AskedComponents& components, const std::string& metric)
{
    for (AskedComponent& cost : components.costs) {
        const std::vector<std::string> metrics = cost.taught().component->metrics();
        if (!cost.taught().component->measures() && std::ranges::find(metrics, metric) != metrics.end())
            return &cost;
    }
    return nullptr;
}

/// Makes one cost as small as single changes can make it.
class Descent {
public:
    /// @param sign 1: small, -1: large
    Descent(AskedComponent& cost, Workplace& place, std::string metric, double sign)
        : cost_{cost}, place_{place}, metric_{std::move(metric)}, sign_{sign}
    {
    }

    double from(Architecture here, double value)
    {
        const std::span<const Decision> decisions = place_.space.decisions();
        for (bool lower = true; lower;) {
            lower = false;
            for (std::size_t d = 0; d < decisions.size(); ++d) {
                for (std::size_t option = 0; option < decisions[d].options.size(); ++option) {
                    const std::uint16_t before = std::exchange(here.choices[d], static_cast<std::uint16_t>(option));
                    const std::optional<double> now = price(here);
                    if (now && sign_ * *now < sign_ * value) {
                        value = *now;
                        lower = true;
                    } else {
                        here.choices[d] = before;
                    }
                }
            }
        }
        return value;
    }

private:
    std::optional<double> price(const Architecture& architecture)
    {
        if (++prices_ > kMostPrices)
            return std::nullopt;
        const Evaluation answer = cost_.ask(Candidate(place_.space, architecture), 0);
        const auto found = answer.metrics.find(metric_);
        return answer.ok() && found != answer.metrics.end() ? std::optional(found->second) : std::nullopt;
    }

    AskedComponent& cost_;
    Workplace& place_;
    std::string metric_;
    double sign_;
    std::size_t prices_ = 0;
};

}  // namespace

std::string least_costs(AskedComponents& components, Workplace& place, std::span<const Evaluation> all)
{
    std::string sentences;
    for (const Constraint& constraint : place.experiment.constraints) {
        AskedComponent* cost = giver(components, constraint.metric);
        const Evaluation* nearest = nullptr;
        double value = 0, sign = 1;
        for (const Evaluation& evaluation : all) {
            const auto found = evaluation.metrics.find(constraint.metric);
            if (found == evaluation.metrics.end())
                continue;
            const double side = found->second > constraint.maximum ? 1 : -1;
            if (nearest == nullptr || constraint.holds(found->second) || side * found->second < side * value) {
                nearest = &evaluation;
                value = found->second;
                sign = side;
            }
            if (constraint.holds(value))
                break;
        }
        if (cost == nullptr || nearest == nullptr || constraint.holds(value))
            continue;
        const double least = Descent(*cost, place, constraint.metric, sign).from(nearest->architecture, value);
        sentences += fmt::format(" The {} {} that can be reached by changing one decision after the other is {}.",
                                 sign > 0 ? "smallest" : "largest", constraint.metric, least);
    }
    return sentences;
}

}  // namespace espalier::host
