// SPDX-License-Identifier: Apache-2.0
#include "host/tell/verification.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "espalier/regression/metrics.hpp"
#include "espalier/report/text.hpp"

namespace espalier::host {
namespace {

constexpr std::size_t kShown = 5;  // winners or pairs of them in a sentence

/// Winners with a finite number of the search and a verified one.
struct Beside {
    std::vector<std::size_t> winners;
    std::vector<double> predicted, verified;
};

Beside beside(std::span<const StoredWinner> winners, const std::string& metric)
{
    Beside both;
    for (std::size_t i = 0; i < winners.size(); ++i) {
        if (!winners[i].verified)
            continue;
        const Metrics &ours = winners[i].metrics, &theirs = winners[i].verified->metrics;
        const auto predicted = ours.find(metric), verified = theirs.find(metric);
        if (predicted == ours.end() || verified == theirs.end() || !std::isfinite(predicted->second) ||
            !std::isfinite(verified->second))
            continue;
        both.winners.push_back(i);
        both.predicted.push_back(predicted->second);
        both.verified.push_back(verified->second);
    }
    return both;
}

std::set<std::string> verified_metrics(std::span<const StoredWinner> winners)
{
    std::set<std::string> metrics;
    for (const StoredWinner& winner : winners)
        if (winner.verified)
            for (const auto& [metric, value] : winner.verified->metrics)
                metrics.insert(metric);
    return metrics;
}

/// "front-1 breaks", or "2 of the 9 winners break".
std::string who(const std::vector<std::string>& names, std::size_t winners, const char* does, const char* do_all)
{
    return names.size() == 1 ? fmt::format("{} {}", names[0], does)
                             : fmt::format("{} of the {} winners {}", names.size(), winners, do_all);
}

std::string listed(std::vector<std::string> all)
{
    const std::size_t more = all.size() - std::min(all.size(), kShown);
    all.resize(all.size() - more);
    return fmt::format("{}{}", fmt::join(all, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
}

/// Those whose verifiers failed, the first with its reason.
std::vector<std::string> failure_warnings(std::span<const StoredWinner* const> verified)
{
    std::vector<std::string> names;
    std::string reason;
    for (const StoredWinner* winner : verified)
        if (winner->verified->status == Status::failed) {
            if (names.empty())
                reason = winner->verified->reason;
            names.push_back(winner->name);
        }
    if (names.empty())
        return {};
    const std::string of = who(names, verified.size(), "could not be verified", "could not be verified");
    return {names.size() == 1 ? fmt::format("{}: {}", of, reason)
                              : fmt::format("{}: {}; the first: {}", of, listed(names), reason)};
}

/// One a constraint that is broken, from the verdicts, "latency_ms at most 9: broken, it is 9.5; size_kib at most ...".
std::vector<std::string> constraint_warnings(std::span<const StoredWinner* const> verified)
{
    const std::string broken = ": broken, it is ", next = "; ";
    struct Breakers {
        std::vector<std::string> names, values;
    };
    std::map<std::string, Breakers> by_constraint;
    for (const StoredWinner* winner : verified) {
        if (winner->verified->status != Status::infeasible)
            continue;
        std::string_view verdicts = winner->verified->reason;
        while (!verdicts.empty()) {
            const std::string_view verdict = verdicts.substr(0, verdicts.find(next));
            verdicts.remove_prefix(std::min(verdicts.size(), verdict.size() + next.size()));
            if (const std::size_t at = verdict.find(broken); at != std::string_view::npos) {
                Breakers& breakers = by_constraint[std::string(verdict.substr(0, at))];
                breakers.names.push_back(winner->name);
                breakers.values.emplace_back(verdict.substr(at + broken.size()));
            }
        }
    }
    std::vector<std::string> warnings;
    for (const auto& [constraint, breakers] : by_constraint) {
        const auto& [names, values] = breakers;
        std::vector<std::string> with_values;
        for (std::size_t i = 0; i < names.size(); ++i)
            with_values.push_back(fmt::format("{} ({})", names[i], values[i]));
        warnings.push_back(fmt::format("verified, {} {}: {}", who(names, verified.size(), "breaks", "break"),
                                       constraint, names.size() == 1 ? "it is " + values[0] : listed(with_values)));
    }
    return warnings;
}

/// One a metric that a measurement marked, "latency_unsettled", with the winners whose it is.
std::vector<std::string> unsettled_warnings(std::span<const StoredWinner> winners)
{
    std::map<std::string, std::vector<std::string>> unsettled;
    for (const StoredWinner& winner : winners) {
        Metrics all = winner.metrics;
        for (const Metrics& more : {winner.final_metrics, winner.verified ? winner.verified->metrics : Metrics()})
            for (const auto& [metric, value] : more)
                all[metric] = std::max(all[metric], value);
        for (const auto& [metric, value] : all)
            if (metric.ends_with("_unsettled") && value == 1)
                unsettled[metric].push_back(winner.name);
    }
    std::vector<std::string> warnings;
    for (const auto& [metric, names] : unsettled)
        warnings.push_back(fmt::format("{} is 1 for {}: measuring ended before the figure was as precise as asked for",
                                       metric, listed(names)));
    return warnings;
}

std::string order_warning(std::span<const StoredWinner> winners, const VerifiedOrder& order)
{
    const auto described = [&](std::size_t i) {
        return fmt::format("{} ({}, verified {})", winners[i].name,
                           report::rounded(winners[i].metrics.find(order.metric)->second),
                           report::rounded(winners[i].verified->metrics.find(order.metric)->second));
    };
    std::string pairs;
    for (std::size_t p = 0; p < std::min(kShown, order.reversed.size()); ++p)
        pairs += fmt::format("{}{} and {}", p > 0 ? "; " : "", described(order.reversed[p].first),
                             described(order.reversed[p].second));
    if (order.reversed.size() > kShown)
        pairs += fmt::format("; and {} more", order.reversed.size() - kShown);
    return fmt::format(
        "verified, {} orders the {} winners otherwise: Kendall's tau {}, {} of {} pairs are the other "
        "way round: {}",
        order.metric, order.winners, std::isnan(order.kendall) ? "is not defined" : report::rounded(order.kendall),
        order.reversed.size(), order.winners * (order.winners - 1) / 2, pairs);
}

}  // namespace

std::vector<VerifiedOrder> verified_orders(std::span<const StoredWinner> winners)
{
    std::vector<VerifiedOrder> orders;
    for (const std::string& metric : verified_metrics(winners)) {
        const Beside both = beside(winners, metric);
        if (both.winners.empty())
            continue;
        VerifiedOrder order{metric, both.winners.size(), regression::kendall_tau(both.predicted, both.verified), {}};
        for (std::size_t a = 0; a < both.winners.size(); ++a)
            for (std::size_t b = 0; b < both.winners.size(); ++b)
                if (both.predicted[a] < both.predicted[b] && both.verified[a] > both.verified[b])
                    order.reversed.emplace_back(both.winners[a], both.winners[b]);
        orders.push_back(std::move(order));
    }
    return orders;
}

std::vector<std::string> verification_warnings(std::span<const StoredWinner> winners)
{
    std::vector<const StoredWinner*> verified;
    for (const StoredWinner& winner : winners)
        if (winner.verified)
            verified.push_back(&winner);
    std::vector<std::string> warnings = failure_warnings(verified);
    for (std::string& warning : constraint_warnings(verified))
        warnings.push_back(std::move(warning));
    for (const VerifiedOrder& order : verified_orders(winners))
        if (!order.reversed.empty())
            warnings.push_back(order_warning(winners, order));
    for (std::string& warning : unsettled_warnings(winners))
        warnings.push_back(std::move(warning));
    return warnings;
}

}  // namespace espalier::host
