// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "host/store/store.hpp"

namespace espalier::host {

/// How a run's winners are ordered by a metric of the search and by what `verify` says of the same metric.
struct VerifiedOrder {
    std::string metric;
    std::size_t winners = 0;  ///< that have both, finite
    double kendall = 0;       ///< tau-b; NaN where it is not defined
    /// Places of winners whose order is the other way round, the one with the lower value of the search first.
    std::vector<std::pair<std::size_t, std::size_t>> reversed;
};

/// Of every metric that both have.
std::vector<VerifiedOrder> verified_orders(std::span<const StoredWinner>);

/// What speaks against the cost models of a search: a sentence for the winners that could not be verified, one for each
/// constraint that some break as verified, one for each metric that orders them otherwise, and one for each
/// `<metric>_unsettled` of a measurement that ended too soon. Empty: nothing.
std::vector<std::string> verification_warnings(std::span<const StoredWinner>);

}  // namespace espalier::host
