// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/network/forward.hpp"

#include <string>
#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/all.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/item.h>
#include <ATen/ops/max.h>
#include <ATen/ops/zeros.h>

#include "espalier/torch/tensors/generator.hpp"

#include "catch.hpp"
#include "fbnet.hpp"

using namespace espalier;
using namespace espalier::torch_sdk;

TEST_CASE("networks run with the super-network's weights, and are the super-network with one candidate a layer",
          "[fbnet]")
{
    const fbnet::FBNet space({}, {});
    const Region all(space.decisions());
    const Network super = space.network(all);
    const Weights weights(super, {}, 1, at::kDouble);
    const at::Tensor x = at::empty({2, 3, 32, 32}, at::kDouble).normal_(0, 1, generator(3, "images"));
    Rng rng{5};
    std::vector<Architecture> architectures{Architecture{std::vector<std::uint16_t>(22, 8)}};
    for (int i = 0; i < 3; ++i)
        architectures.push_back(random_architecture(all, rng));
    for (const Architecture& a : architectures) {
        INFO(space.text(a));
        const at::Tensor y = forward(space.network(Region(a)), weights, x);
        REQUIRE(y.sizes() == at::IntArrayRef({2, 100}));
        CHECK(at::isfinite(y).all().item<bool>());
        Gates gates;
        for (std::size_t layer = 0; layer < a.choices.size(); ++layer) {
            gates[layer] = at::zeros({9}, at::kDouble);
            gates[layer][a.choices[layer]] = 1;
        }
        const at::Tensor gated = forward(super, weights, x, {.gates = &gates});
        CHECK((gated - y).abs().max().item<double>() <= 1e-10 * y.abs().max().item<double>());
    }
}
