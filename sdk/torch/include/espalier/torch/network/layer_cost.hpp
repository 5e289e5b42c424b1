// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include "espalier/cost_model.hpp"

namespace espalier::torch_sdk {
using at::Tensor;

/// A layer's cost as a differentiable scalar of its widths: gradients are those that the cost model states.
/// @param width_in,width_out scalars. First derivatives only.
ESPALIER_API Tensor layer_cost(const LayerCosts&, const Layer&, const Tensor& width_in, const Tensor& width_out);

}  // namespace espalier::torch_sdk
