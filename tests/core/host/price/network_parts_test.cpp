// SPDX-License-Identifier: Apache-2.0
#include "host/price/network_parts.hpp"

#include "espalier/counts.hpp"
#include "espalier/marks.hpp"
#include "espalier/network.hpp"

#include "catch.hpp"

using namespace espalier;

namespace {

/// A stem, a block of two paths, one that computes nothing, and a head.
Network two_blocks()
{
    Network n;
    std::size_t x = n.add(Op::input, {}, {{"shape", {3, 8, 8}}});
    x = n.add(Op::conv, {x}, {{"out", {4}}, {"kernel", {3}}}, "stem");
    mark(n, Mark::block, x);
    const std::size_t conv = n.add(Op::conv, {x}, {{"out", {4}}}, "inner");
    const std::size_t act = n.add(Op::relu, {conv});
    x = n.add(Op::add, {x, act});
    mark(n, Mark::block, x);
    mark(n, Mark::block, x);
    x = n.add(Op::global_average, {x});
    n.add(Op::linear, {x}, {{"out", {10}}}, "head");
    return n;
}

}  // namespace

TEST_CASE("a network is cut into the blocks that are marked", "[price]")
{
    const Network network = two_blocks();
    const std::vector<host::NetworkPart> parts = host::block_parts(network);
    REQUIRE(parts.size() == 4);
    CHECK(parts[0].name == "stem");
    CHECK(parts[1].name == "block 1");
    CHECK(to_string(parts[1].network) ==
          "0 input() 4x8x8\n1 conv(0) 4x8x8 out=4 [inner]\n2 relu(1) 4x8x8\n3 add(0 2) 4x8x8\n");
    CHECK(parts[2].network.size() == 0);
    CHECK(parts[3].name == "head");
    CHECK(parts[3].network.size() == 3);
    double sum = 0;
    for (const host::NetworkPart& part : parts)
        sum += macs(part.network);
    CHECK(sum == macs(network));
    CHECK(marks(parts[1].network).empty());

    Network plain;
    plain.add(Op::input, {}, {{"shape", {3}}});
    CHECK(host::block_parts(plain).empty());
    CHECK(host::layer_parts(plain).empty());
}

TEST_CASE("a network is cut into its layers", "[price]")
{
    const Network network = two_blocks();
    const std::vector<host::NetworkPart> parts = host::layer_parts(network);
    REQUIRE(parts.size() == network.size() - 1);
    CHECK(parts[0].name == "1 conv 4x8x8 [stem]");
    CHECK(parts[3].name == "4 add 4x8x8");
    CHECK(to_string(parts[3].network) == "0 input() 4x8x8\n1 input() 4x8x8\n2 add(0 1) 4x8x8\n");
}
