// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "espalier/torch/network/weights.hpp"

#include "weight_shapes.hpp"

namespace espalier::torch_sdk {

/// New tensors on the CPU, without gradients, in the form that `Weights` documents.
LayerWeights initial_values(const WeightShapes&, const Initialisation&, std::uint64_t seed, std::string_view name,
                            at::ScalarType);

}  // namespace espalier::torch_sdk
