// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>

#include "espalier/report/table.hpp"

#include "host/compare/comparison.hpp"

namespace espalier::host {

/// "hypervolume", "hypervolume / box" or "hypervolume / true front".
std::string measure(const Comparison&);

/// One row a group: runs, how far its mean curve goes, the size of its front, the hypervolume there, if asked for the
/// volume to the ideal point, then the hypervolume after each of
/// `counts`, each with its spread if any group has several runs. Beyond the end of a curve: empty.
report::Table group_table(const Comparison&, std::span<const std::size_t> counts);
/// One row a threshold and group: the count on the mean curve; if any group has several runs, also the median over the
/// runs with its interval, and how many reach it. Not reached: empty, or "not reached" with `for_people`.
report::Table threshold_table(const Comparison&, bool for_people);
/// One row a threshold and pair of groups, the later one first: how many times as many counts it needs. Where it does
/// not get there within its runs: "> " and how many times it has had at least.
report::Table ratio_table(const Comparison&);
/// One row a run: group, seed, state, what became of its rows, when it began, which Espalier.
report::Table run_table(const Comparison&);
/// One row a winner and metric that `verify` gave: group, run, winner, architecture, metric, predicted, verified,
/// difference in % of what was predicted, verdict of the constraints. What the search does not know has no `predicted`.
report::Table verification_table(const Comparison&);
/// The curves, long: group, run, seed, count, hypervolume, spread, runs. One row where a run's curve changes, and its
/// last; then the group's mean, whose run and seed are empty.
report::Table curve_table(const Comparison&);

}  // namespace espalier::host
