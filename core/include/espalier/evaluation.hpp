// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <limits>
#include <map>
#include <span>
#include <string>

#include "espalier/architecture.hpp"

namespace espalier {

/// Numbers by name, the unit in the name: `top1_pct`, `latency_ms`, `energy_mj`, `macs`.
using Metrics = std::map<std::string, double, std::less<>>;

/// `infeasible`: dropped by a constraint, has its costs. `failed`: see the reason. `out_of_budget`: never evaluated.
enum class Status : std::uint8_t { ok, infeasible, failed, out_of_budget };
ESPALIER_API std::string_view name(Status);

/// What is known of one architecture. Infeasible ones have the metrics that were computed before they were dropped.
struct Evaluation {
    Architecture architecture;
    Metrics metrics;
    Status status = Status::ok;
    std::string reason;  ///< unless ok: one sentence
    bool ok() const { return status == Status::ok; }
    bool operator==(const Evaluation&) const = default;
};

/// A candidate that cannot be evaluated, as a value.
ESPALIER_API Evaluation failed(Architecture, std::string reason);

struct Objective {
    std::string metric;
    bool maximise = true;
    bool priced = false;  ///< `Search::cost` gives it exactly, so nobody needs to predict it
};

struct ESPALIER_API Constraint {
    std::string metric;
    double minimum = -std::numeric_limits<double>::infinity(), maximum = std::numeric_limits<double>::infinity();
    bool winners_only = false;  ///< false: also drops candidates before the evaluator runs
    bool holds(double value) const { return value >= minimum && value <= maximum; }
    /// How far `value` is outside, in units of the bound unless that is 0; 0 where it holds, infinity for a NaN.
    double violation(double value) const;
};

/// The violations of all constraints, added up. A metric that is missing, or an evaluation that failed or was never
/// made, is infinitely far outside. Only what an infeasible one lacks counts as within: nothing is computed after the
/// metric that dropped it.
ESPALIER_API double violation(std::span<const Constraint>, const Evaluation&);

}  // namespace espalier
