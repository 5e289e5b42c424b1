// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>
#include <vector>

#include "app/grouped_runs.hpp"

namespace espalier::app {

/// @throws UsageError naming the first two runs whose numbers cannot be compared: they have other objectives, or search
/// other spaces, as far as that is asked for.
void require_alike(std::span<const GroupedRun>, bool in_objectives, bool in_space);

/// @throws UsageError naming the first two runs that search other spaces: option indices mean something else in each.
void require_same_space(std::span<const host::NamedRun>, const host::Catalog&);

/// A sentence for each other section in which runs differ from the first one, so that equal metrics may not mean the
/// same.
std::vector<std::string> differences(std::span<const GroupedRun>);

/// "latency_ms=min,top1_pct=max", sorted.
std::string objectives_text(const std::vector<Objective>&);

}  // namespace espalier::app
