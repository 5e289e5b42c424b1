// SPDX-License-Identifier: Apache-2.0
#include "espalier/layer_groups.hpp"

#include "catch.hpp"

using namespace espalier;

TEST_CASE("a group is a layer with the normalisations and activations that it alone feeds", "[network]")
{
    Network n;
    const std::size_t in = n.add(Op::input, {}, {{"shape", {4, 8, 8}}});
    const std::size_t first = n.add(Op::conv, {in}, {{"out", {6}}, {"kernel", {3}}}, "a");
    const std::size_t norm = n.add(Op::batch_norm, {first}, {}, "a.bn");
    const std::size_t act = n.add(Op::relu, {norm});
    const std::size_t second = n.add(Op::conv, {act}, {{"out", {6}}}, "b");
    const std::size_t tail = n.add(Op::relu, {act});  // of two readers: by itself
    const std::size_t constant = n.add(Op::zeros, {}, {{"shape", {6, 8, 8}}});
    n.add(Op::add, {second, tail, constant});
    const std::vector<LayerGroup> groups = layer_groups(n);
    REQUIRE(groups.size() == 4);
    CHECK(groups[0].layers == std::vector<std::size_t>{first, norm, act});
    CHECK(groups[0].key == "4x8x8 > conv 6x8x8 kernel=3 > batch_norm > relu");
    CHECK(groups[1].key == "6x8x8 > conv 6x8x8");
    CHECK(groups[2].layers == std::vector<std::size_t>{tail});
    CHECK(groups[3].key == "6x8x8 + 6x8x8 + 6x8x8 > add 6x8x8");
    CHECK(layer_groups(Network{}).empty());
}
