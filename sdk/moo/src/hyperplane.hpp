// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <vector>

#include "espalier/moo/table.hpp"

namespace espalier::moo {

/// Where the hyperplane through `points` (as many as objectives) cuts the axes; nothing if there is no such plane or an
/// intercept is not a positive, finite number.
std::optional<std::vector<double>> intercepts(const Points& points);

}  // namespace espalier::moo
