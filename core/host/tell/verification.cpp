// SPDX-License-Identifier: Apache-2.0
#include "host/tell/verification.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "espalier/regression/metrics.hpp"
#include "espalier/report/text.hpp"

namespace espalier::host {
namespace {

constexpr std::size_t kPairsShown = 5;

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

std::string order_warning(std::span<const StoredWinner> winners, const VerifiedOrder& order)
{
    const auto described = [&](std::size_t i) {
        return fmt::format("{} ({}, verified {})", winners[i].name,
                           report::rounded(winners[i].metrics.find(order.metric)->second),
                           report::rounded(winners[i].verified->metrics.find(order.metric)->second));
    };
    std::string pairs;
    for (std::size_t p = 0; p < std::min(kPairsShown, order.reversed.size()); ++p)
        pairs += fmt::format("{}{} and {}", p > 0 ? "; " : "", described(order.reversed[p].first),
                             described(order.reversed[p].second));
    if (order.reversed.size() > kPairsShown)
        pairs += fmt::format("; and {} more", order.reversed.size() - kPairsShown);
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
    std::vector<std::string> warnings;
    for (const StoredWinner& winner : winners)
        if (winner.verified && !winner.verified->ok())
            warnings.push_back(fmt::format(
                "{} {}: {}", winner.name,
                winner.verified->status == Status::failed ? "could not be verified" : "breaks a constraint, verified",
                winner.verified->reason));
    for (const VerifiedOrder& order : verified_orders(winners))
        if (!order.reversed.empty())
            warnings.push_back(order_warning(winners, order));
    return warnings;
}

}  // namespace espalier::host
