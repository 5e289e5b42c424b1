// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "app/command.hpp"
#include "host/experiment/experiment.hpp"
#include "host/tell/results.hpp"

namespace espalier::app {

/// A run and the method that it belongs to.
struct GroupedRun {
    std::string group;
    host::NamedRun run;
    host::Experiment experiment;
};

/// What `--group` and the positional arguments name, groups in the order of the command line, then strategies. A run
/// that is in a group and named again is only in the group. @throws UsageError for no run, for a pattern that nothing
/// matches, for a run in two groups.
std::vector<GroupedRun> grouped_runs(const Arguments&, const host::Catalog&);

}  // namespace espalier::app
