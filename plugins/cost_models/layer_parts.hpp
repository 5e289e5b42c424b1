// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <vector>

#include "decision_tables.hpp"

namespace espalier::cost_models {

/// A network's cost as the sum of what its layers cost, each told from that layer alone.
std::vector<Part> layer_parts(const Network&, const std::function<double(const Layer&)>& price);
/// Each layer that may have multiply-adds by itself.
std::vector<std::size_t> by_layer(const Network& super);

}  // namespace espalier::cost_models
