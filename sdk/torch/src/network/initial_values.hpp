// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/torch/network/weights.hpp"
#include "espalier/weight_shapes.hpp"

namespace espalier::torch_sdk {

/// One tensor for each that is stated, on the CPU, without gradients, in the form that `Weights` documents. Running
/// statistics, which begin by themselves, are undefined.
std::vector<Tensor> initial_values(const NamedWeights&, const Initialisation&, std::uint64_t seed, at::ScalarType);

}  // namespace espalier::torch_sdk
