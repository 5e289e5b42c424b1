// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "host/compare/compared_run.hpp"

namespace espalier::app {

/// The points to measure others by: those of a run (an exhaustive one), or the rows of a CSV file whose columns have
/// the objectives' names. @throws UsageError for what is neither, Error for a file that cannot be read as such.
host::ComparedRun read_true_front(const std::string& path, const std::vector<Objective>&, const host::Catalog&);

}  // namespace espalier::app
