// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/search_space.hpp"
#include "espalier/torch/data/data.hpp"

namespace espalier::torch_sdk {

/// What the first architecture of the space takes and gives stands for all.
/// @throws Error unless that is what the data give and want.
ESPALIER_API void require_fit(const SearchSpace&, const Data&);

}  // namespace espalier::torch_sdk
