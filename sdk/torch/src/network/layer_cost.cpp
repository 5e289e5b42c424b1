// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/network/layer_cost.hpp"

namespace espalier::torch_sdk {

Tensor layer_cost(const LayerCosts& costs, const Layer& layer, const Tensor& width_in, const Tensor& width_out)
{
    const LayerCost cost = costs(layer, width_in.item<double>(), width_out.item<double>());
    // x - x.detach() is exactly 0 and has gradient 1, so the tangent plane at this point is the cost
    const Tensor in = width_in.sub(width_in.detach()).mul(cost.d_in);
    const Tensor out = width_out.sub(width_out.detach()).mul(cost.d_out);
    return in.add(out).add(cost.value);
}

}  // namespace espalier::torch_sdk
