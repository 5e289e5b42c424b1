// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "weight_shapes.hpp"

namespace espalier::torch_sdk {

/// Every weight name in the order of first use, with the largest extents that any of its layers needs.
/// @throws Error if layers of different operations share a name.
std::vector<std::pair<std::string, WeightShapes>> largest_shapes(const Network&);

}  // namespace espalier::torch_sdk
