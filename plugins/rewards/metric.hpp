// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "espalier/evaluation.hpp"
#include "espalier/option.hpp"

namespace espalier::rewards {

/// @throws Error naming the reward if the metric is missing or NaN.
double value_of(const Metrics&, const MetricName&, const std::string& reward);

}  // namespace espalier::rewards
