// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "espalier/report/table.hpp"

#include "host/calls/observer.hpp"
#include "host/experiment/components.hpp"
#include "host/price/network_parts.hpp"

namespace espalier::host {

/// What an architecture costs part by part under all cost models of an experiment.
///
/// A metric whose model can price each part has a number for each, and one for their sum beside the whole network's:
/// they are equal for models that are sums, and tell how far others are from that. Shares are of that sum. Compared are
/// the metrics that are sums over layers by their own account, and of models that say nothing the first metric if the
/// sum is between half the whole's and twice that: a peak of memory is no sum. A model that cannot price parts but is a
/// sum over decisions (DecisionCosts) says what each of those adds instead. The part at which models disagree most
/// is the one whose largest and smallest share of compared metrics differ most.
struct CostBreakdown {
    struct Metric {
        std::string name;
        std::vector<double> parts;            ///< empty: none, or the model cannot price them
        std::vector<double> decisions;        ///< what each of `decisions` adds; empty: the model says no such thing
        double sum = 0;                       ///< of the parts or decisions; NaN where that means nothing
        std::optional<double> total;          ///< none: its model failed
        std::optional<std::size_t> compared;  ///< its place in `shares`
    };
    std::string architecture;
    Network network;  ///< without layers: its space has none for it
    std::vector<NetworkPart> parts;
    std::vector<std::string> decisions;  ///< "in common", "layer 1: k5_e6", ...; empty: no model is their sum
    std::vector<Metric> metrics;
    std::vector<std::vector<double>> shares;  ///< of each compared metric, by part; all above 0 in sum
    std::vector<double> disagreement;         ///< by part, between shares; empty: fewer than two are compared
    std::optional<std::size_t> most;          ///< the part with the largest; none: all agree
    std::vector<std::string> notes;           ///< why there are totals only, or not even those
    bool failed = false;                      ///< a model could not price the whole
};

/// How a network is cut. @throws Error.
using Cutting = std::vector<NetworkPart> (*)(const Network&);

/// Asks the cost models about each architecture, and about its parts by `cutting`, or by layers where that gives none.
/// Equal parts are priced once. @throws Error if nothing can be priced.
std::vector<CostBreakdown> cost_breakdowns(const Experiment&, const Components&, std::span<const Architecture>, Cutting,
                                           Observer&, const std::atomic<bool>& stop);

/// One row a part, and one a decision, then `sum` and `total`: architecture (of several), part, each metric and, where
/// it is compared, its share in percent of the parts' sum; `disagreement_pct`: the largest less the smallest share;
/// `mark`: "most" where that is largest. Parts and decisions that cost nothing under any model have no row.
report::Table breakdown_table(std::span<const CostBreakdown>);

}  // namespace espalier::host
