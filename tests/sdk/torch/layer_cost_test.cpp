// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/network/layer_cost.hpp"

#include <ATen/ops/scalar_tensor.h>

#include "espalier/torch/tensors/gradient.hpp"

#include "catch.hpp"

using namespace espalier;
using namespace espalier::torch_sdk;

namespace {

/// in^2 * out, with its own derivatives.
class Product final : public LayerCosts {
public:
    LayerCost operator()(const Layer&, double in, double out) const override
    {
        return {in * in * out, 2 * in * out, in * in};
    }
};

}  // namespace

TEST_CASE("a layer's cost carries the cost model's own gradient", "[layer_cost]")
{
    Network network;
    network.add(Op::input, {}, {{"shape", {4}}});
    const Product costs;
    const at::Tensor in = at::scalar_tensor(3, at::kDouble).requires_grad_();
    const at::Tensor out = at::scalar_tensor(5, at::kDouble).requires_grad_();
    const at::Tensor cost = layer_cost(costs, network.output(), in, out);
    CHECK(cost.item<double>() == 45);
    const std::vector<at::Tensor> widths{in, out};
    const auto slopes = gradients(cost.mul(2), widths);
    CHECK(slopes[0].item<double>() == 60);
    CHECK(slopes[1].item<double>() == 18);
}
