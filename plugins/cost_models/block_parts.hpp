// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <vector>

#include "blocks.hpp"
#include "decision_tables.hpp"

namespace espalier::cost_models {

/// A network's cost as the sum of what its blocks cost: a part for each block, one of value 0 for each layer within.
std::vector<Part> block_parts(const Network&, const std::function<double(const Block&)>& price);
/// Each layer that makes a block by itself.
std::vector<std::size_t> by_block(const Network& super);

}  // namespace espalier::cost_models
