// SPDX-License-Identifier: Apache-2.0
#include "host/search/pricer.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "espalier/error.hpp"

namespace espalier::host {
namespace {

constexpr std::size_t kPricedTogether = 1024;  // so that not all networks of a large batch are kept

bool by_workers(const AskedComponent& cost)
{
    return cost.self().slow || cost.self().batch > 1;
}

}  // namespace

void merge(Evaluation& whole, Evaluation part)
{
    part.metrics.merge(whole.metrics);  // what the part says holds
    whole.metrics.swap(part.metrics);
    if (!part.ok()) {
        whole.status = part.status;
        whole.reason = std::move(part.reason);
    }
}

Pricer::Pricer(RunServices& services, AskedComponents& components, Workers& workers)
    : services_{services}, components_{components}, workers_{workers}
{
}

void Pricer::advance(Pricing& pricing, Evaluation& found, std::size_t row, std::size_t most)
{
    for (; pricing.costs < costs() && found.ok(); ++pricing.costs, pricing.begun.reset()) {
        if (!pricing.begun && pricing.costs > most)
            return;
        AskedComponent& cost = components_.costs[pricing.costs];
        if (cost.self().slow) {
            if (!pricing.begun)
                pricing.begun = cost.start(pricing.candidate, cost.key(pricing.candidate), row, workers_);
            if (!cost.answered(*pricing.begun))
                return;
            merge(found, cost.answer(*pricing.begun));
        } else {
            merge(found, cost.ask(pricing.candidate, row));
        }
        drop_if_infeasible(found);
    }
    pricing.costs = costs();
}

void Pricer::hand_over()
{
    for (AskedComponent& cost : components_.costs)
        cost.hand_over(workers_);
}

std::vector<Evaluation> Pricer::prices(std::span<const Architecture> batch, std::size_t row)
{
    const bool together = std::ranges::any_of(components_.costs, by_workers);
    std::vector<Evaluation> result;
    result.reserve(batch.size());
    std::vector<Candidate> candidates;
    for (std::size_t begin = 0; begin < batch.size(); begin += candidates.size()) {
        if (services_.calls.stopped())
            throw Stopped{};
        candidates.clear();
        for (const Architecture& one :
             batch.subspan(begin, together ? std::min(kPricedTogether, batch.size() - begin) : 1)) {
            candidates.emplace_back(services_.space, one);
            result.push_back({one, {}, Status::ok, ""});
        }
        for (AskedComponent& cost : components_.costs)
            if (by_workers(cost)) {
                std::vector<Evaluation> found = components_.answers(cost, candidates, row, workers_);
                for (std::size_t i = 0; i < found.size(); ++i)
                    merge(result[begin + i], std::move(found[i]));
            } else {
                for (std::size_t i = 0; i < candidates.size(); ++i)
                    merge(result[begin + i], cost.ask(candidates[i], row));
            }
        for (Evaluation& evaluation : std::span(result).subspan(begin))
            drop_if_infeasible(evaluation);
    }
    return result;
}

Metrics Pricer::prices(const Network& fragment, std::size_t row)
{
    const Candidate candidate{fragment};
    Metrics metrics;
    std::string reasons;
    for (AskedComponent& cost : components_.costs) {
        const Evaluation priced = cost.ask(candidate, row);
        metrics.insert(priced.metrics.begin(), priced.metrics.end());
        if (!priced.ok())
            reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", cost.self().name, priced.reason);
    }
    if (metrics.empty())
        throw Error(
            fmt::format("no cost model can price a single operator{}{}.", reasons.empty() ? "" : ": ", reasons));
    return metrics;
}

void Pricer::drop_if_infeasible(Evaluation& evaluation) const
{
    if (!evaluation.ok())
        return;
    for (const Constraint& constraint : services_.experiment.constraints) {
        if (constraint.winners_only)
            continue;
        const auto found = evaluation.metrics.find(constraint.metric);
        if (found == evaluation.metrics.end() || constraint.holds(found->second))
            continue;
        const bool above = found->second > constraint.maximum;
        evaluation.status = Status::infeasible;
        evaluation.reason = fmt::format("{} {} is {} {}", constraint.metric, found->second,
                                        above ? "above the maximum" : "below the minimum",
                                        above ? constraint.maximum : constraint.minimum);
        return;
    }
}

}  // namespace espalier::host
