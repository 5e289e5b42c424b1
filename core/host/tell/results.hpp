// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <set>
#include <span>
#include <string>

#include "espalier/report/table.hpp"

#include "host/store/store.hpp"

namespace espalier::host {

/// A run and the name that tables call it by.
struct NamedRun {
    std::string name;
    RunStore store;
};

/// How architectures of a run are written: its space's text, or option indices where the space is not at hand.
using ArchitectureText = std::function<std::string(const Architecture&)>;

/// Of all metrics that one of them has.
std::set<std::string> metric_names(std::span<const Evaluation>);

/// Every evaluation in the order it was proposed: index, architecture, key, status, one column a metric by name, and
/// the reason where one has it. With several runs a first column `run`. No times: equal runs give equal tables.
/// @param texts one a run.
report::Table evaluation_table(std::span<const NamedRun>, std::span<const ArchitectureText> texts);

/// One row a winner: architecture, key, metrics of the search, then of `final`; a metric that both have appears twice,
/// the second as "latency_ms (final)". Behind a metric of the search stands what `verify` says of it, "latency_ms
/// (verified)", and in `verdict` whether the constraints hold by that. With several runs a first column `run`.
report::Table winner_table(std::span<const NamedRun>);

/// One row a series that components, phases or the strategy noted, in the order in which they began: who noted it, how
/// many values, the first and the last, the least and the most. With several runs a first column `run`.
report::Table note_table(std::span<const NamedRun>);

/// One row a metric, over the winners of all runs, without the runners-up of shortlists: mean, spread (standard
/// deviation, n - 1), count. The spread of one is empty. For runs of one objective: what is found of several is a
/// front, of which means say nothing.
report::Table winner_summary(std::span<const NamedRun>);

}  // namespace espalier::host
