// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/network/forward.hpp"

#include <string>

#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/item.h>
#include <ATen/ops/max.h>
#include <ATen/ops/zeros.h>

#include "espalier/torch/tensors/generator.hpp"

#include "catch.hpp"
#include "u_boost_cell.hpp"

using namespace espalier;
using namespace espalier::torch_sdk;

namespace {

/// Zeros and a one for each decision that a region leaves open.
Gates one_hot(const Region& region, const Architecture& a)
{
    Gates gates;
    for (std::size_t d = 0; d < a.choices.size(); ++d)
        if (region.options(d).size() > 1) {
            gates[d] = at::zeros({static_cast<std::int64_t>(region.options(d).size())}, at::kDouble);
            gates[d][a.choices[d]] = 1;
        }
    return gates;
}

void check_gated(const SearchSpace& space, const Region& region, const Architecture& a)
{
    INFO(space.text(a));
    const Network super = space.network(region), alone = space.network(Region(a));
    const Weights weights(super, {}, 1, at::kDouble);
    const at::Tensor x = at::empty({2, 3, 32, 32}, at::kDouble).normal_(0, 1, generator(3, "images"));
    const Gates gates = one_hot(region, a);
    // In training mode: a depthwise convolution has its bias in masked channels, too, until it is normalised.
    const at::Tensor y = forward(alone, weights, x, {.mode = Mode::train}),
                     gated = forward(super, weights, x, {.mode = Mode::train, .gates = &gates});
    REQUIRE(y.sizes() == at::IntArrayRef({2, 10}));
    CHECK(y.abs().max().item<double>() > 0);
    CHECK((gated - y).abs().max().item<double>() <= 1e-10 * y.abs().max().item<double>());
}

}  // namespace

TEST_CASE("the super-network of either stage with gates of zeros and a one is the network alone", "[u_boost_cell]")
{
    const u_boost_cell::UBoostCell space({.array = 16}, {});
    Architecture a = space.parse(
        "conv3 separable3 | separable5 conv5 zero | dilated3 zero dilated5 identity ; "
        "16 16 | 16 16 | 16 16 16 | 16 16 16 16 ; 16 16 | 16 16 | 16 16 16 | 16 16 16 16 ; "
        "16 16 | 16 16 | 16 16 16 | 16 16 16 16");
    Region operations(a);
    for (std::size_t e = 0; e < u_boost_cell::kEdges.size(); ++e)
        operations.allow(e, {0, 1, 2, 3, 4, 5, 6, 7});
    check_gated(space, operations, a);

    // one width for all terms of a sum, another for p and pp: nothing to project
    Region widths(space.decisions());
    for (std::size_t e = 0; e < u_boost_cell::kEdges.size(); ++e)
        widths.fix(e, a.choices[e]);
    for (std::size_t d = u_boost_cell::kEdges.size(); d < a.choices.size(); ++d)
        if ((d - u_boost_cell::kEdges.size()) % 11 < 2)
            a.choices[d] = static_cast<std::uint16_t>(d % 28);
    check_gated(space, widths, a);
}
