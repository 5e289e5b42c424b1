// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "host/compare/comparison.hpp"

namespace espalier::host {

/// A comparison as one HTML page that needs nothing else: no script, no font, no picture from elsewhere. Fronts,
/// hypervolume curves with bands, thresholds, and where the runs come from.
/// @param title heading of the page
/// @param counted what the curves are drawn against: "evaluations"
/// @param counts columns of the table of groups
std::string comparison_page(const Comparison&, const std::string& title, const std::string& counted,
                            const std::vector<std::size_t>& counts);

}  // namespace espalier::host
