// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <limits>
#include <string>

#include "espalier/evaluation.hpp"
#include "espalier/option.hpp"

namespace espalier::rewards {

/// Of a metric that is infinite or no number, whatever its weight.
inline constexpr double kWorst = -std::numeric_limits<double>::infinity();

/// @throws Error naming the reward if the metric is missing.
double value_of(const Metrics&, const MetricName&, const std::string& reward);

}  // namespace espalier::rewards
