// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "host/calls/other_runs.hpp"
#include "host/experiment/components.hpp"

namespace espalier::host {

/// What `reuse:` brings: a line for each directory with how much of it can be taken over, or why nothing can. Many
/// directories that all help are summed up in one line.
std::vector<std::string> reuse_report(const OtherRuns&, const Experiment&, const Components&);

}  // namespace espalier::host
