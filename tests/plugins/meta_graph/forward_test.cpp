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
#include "meta_graph.hpp"

using namespace espalier;
using namespace espalier::torch_sdk;

TEST_CASE("policies' networks are the super-network with a gate for each example", "[meta_graph]")
{
    for (const char* combine : {"sum", "mean"}) {
        INFO(combine);
        const meta_graph::MetaGraph space({.backbone = "r9", .combine = combine, .input = {}}, {});
        const Region all(space.decisions());
        const Network super = space.network(all);
        const Weights weights(super, {}, 1, at::kDouble);
        Rng rng{5};
        std::vector<Architecture> policies{Architecture{std::vector<std::uint16_t>(45, 0)},
                                           Architecture{std::vector<std::uint16_t>(45, 1)}};
        for (int i = 0; i < 6; ++i) {
            policies.push_back(random_architecture(all, rng));
            if (i < 3)
                for (std::uint16_t& on : policies.back().choices)
                    on = on == 1 && rng.below(4) == 0 ? 1 : 0;
        }
        const auto batch = static_cast<std::int64_t>(policies.size());
        const at::Tensor x = at::empty({batch, 3, 32, 32}, at::kDouble).normal_(0, 1, generator(3, "images"));
        Gates gates;
        for (std::size_t d = 0; d < 45; ++d) {
            gates[d] = at::zeros({batch, 2}, at::kDouble);
            for (std::int64_t i = 0; i < batch; ++i)
                gates[d][i][policies[static_cast<std::size_t>(i)].choices[d]] = 1;
        }
        for (const GateExecution execution : {GateExecution::dense, GateExecution::gathered}) {
            const at::Tensor gated = forward(super, weights, x, {.gates = &gates, .execution = execution});
            REQUIRE(gated.sizes() == at::IntArrayRef({batch, 10}));
            CHECK(at::isfinite(gated).all().item<bool>());
            for (std::int64_t i = 0; i < batch; ++i) {
                const Network own = space.network(Region(policies[static_cast<std::size_t>(i)]));
                const at::Tensor y = forward(own, weights, at::Tensor(x.narrow(0, i, 1)));
                CHECK((gated.narrow(0, i, 1) - y).abs().max().item<double>() <= 1e-10 * y.abs().max().item<double>());
            }
        }
    }
}
