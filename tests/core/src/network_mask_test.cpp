// SPDX-License-Identifier: Apache-2.0
#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/resolve.hpp"
#include "espalier/window.hpp"

#include "catch.hpp"
#include "network_cells.hpp"
#include "network_parts.hpp"

namespace espalier {

using namespace testing;

TEST_CASE("a mask makes the convolution before it narrower", "[network]")
{
    Network n;
    const std::size_t x = input(n);
    const std::size_t masked = mask(n, conv(n, x, 16, "a"), 0, {4, 12, 16});
    const std::size_t normal = n.add(Op::relu, {n.add(Op::batch_norm, {masked}, {}, "a.bn")});
    const std::size_t depthwise = n.add(Op::conv, {normal}, {{"depthwise", {1}}, {"kernel", {3}}}, "b");
    const std::size_t project = conv(n, depthwise, 8, "c");
    n.add(Op::add, {x, project});
    const Network narrow = resolved(n, only({1}));
    CHECK(to_string(narrow) ==
          "0 input() 8x4x4\n1 conv(0) 12x4x4 out=16 [a]\n2 batch_norm(1) 12x4x4 [a.bn]\n3 relu(2) 12x4x4\n"
          "4 conv(3) 12x4x4 depthwise=1 kernel=3 [b]\n5 conv(4) 8x4x4 out=8 [c]\n6 add(0 5) 8x4x4\n");
    CHECK(groups(narrow[4]) == 12);
    CHECK(params(narrow) == 8 * 12 + 24 + 9 * 12 + 12 * 8);
    CHECK(macs(narrow) == 16 * (8 * 12 + 9 * 12 + 12 * 8));
    CHECK(resolved(n, only({2}))[1].shape() == Shape{16, 4, 4});
    CHECK(n[1].shape() == Shape{16, 4, 4});
}

TEST_CASE("a mask reaches the convolution through layers that work channel by channel", "[network]")
{
    Network n;
    const std::size_t x = input(n);
    const std::size_t normal = n.add(Op::relu, {n.add(Op::batch_norm, {conv(n, x, 16, "a")}, {}, "a.bn")});
    const std::size_t pooled = n.add(Op::max_pool, {n.add(Op::conv, {normal}, {{"depthwise", {1}}}, "b")});
    n.add(Op::global_average, {mask(n, pooled, 0, {4, 16})});
    const Network narrow = resolved(n, only({0}));
    CHECK(count(narrow, Op::slice) == 0);
    CHECK(narrow[1].shape() == Shape{4, 4, 4});
    CHECK(narrow.output().shape() == Shape{4});
}

TEST_CASE("a mask is a slice where others use what it cuts", "[network]")
{
    Network n;
    const std::size_t x = input(n);
    const std::size_t shared = conv(n, x, 16, "a");
    const std::size_t other = conv(n, shared, 8, "b");
    const std::size_t cut = conv(n, n.add(Op::relu, {mask(n, shared, 0, {4, 16})}), 8, "c");
    n.add(Op::add, {other, cut});
    CHECK(to_string(resolved(n, only({0}))) ==
          "0 input() 8x4x4\n1 conv(0) 16x4x4 out=16 [a]\n2 conv(1) 8x4x4 out=8 [b]\n3 slice(1) 4x4x4 end=4\n"
          "4 relu(3) 4x4x4\n5 conv(4) 8x4x4 out=8 [c]\n6 add(2 5) 8x4x4\n");
    CHECK(count(resolved(n, only({1})), Op::slice) == 0);
    SECTION("but users that are not alive do not count")
    {
        Network m;
        const std::size_t y = input(m);
        const std::size_t a = conv(m, y, 16, "a");
        const std::size_t masked = conv(m, mask(m, a, 1, {4, 16}), 8, "c");
        choice(m, 0, {masked, conv(m, a, 8, "b")});
        const Network narrow = resolved(m, only({0, 0}));
        CHECK(count(narrow, Op::slice) == 0);
        CHECK(narrow[1].shape() == Shape{4, 4, 4});
    }
    SECTION("also where they use a layer between the convolution and the mask")
    {
        Network m;
        const std::size_t y = input(m);
        const std::size_t between = m.add(Op::relu, {conv(m, y, 16, "a")});
        const std::size_t wide = conv(m, between, 8, "b");
        m.add(Op::add, {conv(m, mask(m, between, 0, {4, 16}), 8, "c"), wide});
        const Network narrow = resolved(m, only({0}));
        CHECK(count(narrow, Op::slice) == 1);
        CHECK(narrow[1].shape() == Shape{16, 4, 4});
    }
    SECTION("an input of the network cannot be made narrower")
    {
        Network m;
        mask(m, m.add(Op::relu, {input(m)}), 0, {2, 8});
        CHECK(to_string(resolved(m, only({0}))) == "0 input() 8x4x4\n1 relu(0) 8x4x4\n2 slice(1) 2x4x4 end=2\n");
    }
}

TEST_CASE("masks of tokens and features cut the last axis", "[network]")
{
    Network n;
    const std::size_t x = input(n, {5, 8});
    const std::size_t cut = mask(n, x, 0, {2, 8});
    n.add(Op::linear, {mask(n, n.add(Op::linear, {cut}, {{"out", {16}}}, "a"), 1, {4, 16})}, {{"out", {3}}}, "b");
    const Network narrow = resolved(n, only({0, 0}));
    CHECK(to_string(narrow) ==
          "0 input() 5x8\n1 slice(0) 5x2 axis=1 end=2\n2 linear(1) 5x4 out=16 [a]\n"
          "3 linear(2) 5x3 out=3 [b]\n");
    CHECK(params(narrow) == (2 + 1) * 4 + (4 + 1) * 3);
}

TEST_CASE("two masks in a row keep the smaller width", "[network]")
{
    Network n;
    const std::size_t first = mask(n, conv(n, input(n), 16, "a"), 0, {6, 16});
    n.add(Op::relu, {mask(n, first, 1, {4, 16})});
    CHECK(resolved(n, only({0, 0}))[1].shape() == Shape{4, 4, 4});
    CHECK(resolved(n, only({0, 1})).output().shape() == Shape{6, 4, 4});
    CHECK(resolved(n, only({1, 0})).output().shape() == Shape{4, 4, 4});
    CHECK(resolved(n, only({0, 1})).size() == 3);
    SECTION("a mask with a second user is not narrowed for the first")
    {
        n.add(Op::concat, {n.size() - 1, first});
        const Network narrow = resolved(n, only({0, 0}));
        CHECK(narrow[1].shape() == Shape{6, 4, 4});
        CHECK(count(narrow, Op::slice) == 1);
        CHECK(narrow.output().shape() == Shape{10, 4, 4});
    }
}

TEST_CASE("a partly decided mask keeps the widths that are left", "[network]")
{
    Network n;
    const std::size_t x = input(n);
    conv(n, mask(n, conv(n, x, 16, "a"), 0, {4, 8, 12, 16}), 8, "b");
    const Network partial = resolved(n, open(1, 4).allow(0, {1, 2}));
    CHECK(to_string(partial) ==
          "0 input() 8x4x4\n1 conv(0) 16x4x4 out=16 [a]\n"
          "2 channel_mask(1) 12x4x4 decision=0 options=1,2 widths=8,12\n3 conv(2) 8x4x4 out=8 [b]\n");
    CHECK(resolved(partial, only({1}))[1].shape() == Shape{8, 4, 4});
    CHECK(params(resolved(partial, only({1}))) == params(resolved(n, only({1}))));
}

TEST_CASE("what a mask made narrower stays so when the rest is decided", "[network]")
{
    Network n;
    const std::size_t x = mask(n, conv(n, input(n), 16, "a"), 0, {4, 16});
    const std::size_t y = mask(n, conv(n, x, 16, "b"), 1, {8, 16});
    conv(n, mask(n, y, 2, {4, 8}), 8, "c");
    const Network half = resolved(n, open(3, 2).fix(1, 0));
    CHECK(half[3].shape() == Shape{8, 4, 4});
    for (const std::uint16_t first : {0, 1})
        for (const std::uint16_t last : {0, 1}) {
            const Network whole = resolved(half, only({first, 0, last}));
            CHECK(whole[2].shape() == Shape{last == 0 ? 4 : 8, 4, 4});
            CHECK(macs(whole) == macs(resolved(n, only({first, 0, last}))));
        }
}

TEST_CASE("options of different widths are refused while their choice is open", "[network]")
{
    Network n;
    const std::size_t x = input(n);
    choice(n, 0, {mask(n, conv(n, x, 8, "a"), 1, {4, 8}), n.add(Op::zero, {x}), n.add(Op::relu, {x})});
    CHECK_THROWS_WITH(
        resolved(n, open(2, 3).fix(1, 0)),
        ContainsSubstring("layer 5 (choice): its options have different shapes in this region, 4x4x4 and 8x4x4"));
    const Network fitting = resolved(n, open(2, 3).allow(0, {0, 1}).fix(1, 0));
    CHECK(fitting.output().shape() == Shape{4, 4, 4});
    CHECK(fitting[fitting.output().inputs()[1]].shape() == Shape{4, 4, 4});
}

TEST_CASE("widths that groups do not divide are refused", "[network]")
{
    Network n;
    const std::size_t x = mask(n, conv(n, input(n), 16, "a"), 0, {6, 16});
    n.add(Op::conv, {x}, {{"out", {16}}, {"groups", {4}}}, "b");
    CHECK_THROWS_WITH(resolved(n, only({0})), ContainsSubstring("4 groups divide not the channels of the input 6x4x4"));
}

TEST_CASE("an add that projects widens its narrower inputs", "[network]")
{
    Network n;
    const std::size_t x = input(n);
    const std::size_t a = mask(n, conv(n, x, 16, "a"), 0, {4, 16});
    const std::size_t b = mask(n, conv(n, x, 16, "b"), 1, {12, 16});
    n.add(Op::relu, {n.add(Op::add, {n.add(Op::zero, {x}), a, b}, {{"project", {1}}}, "node")});
    CHECK(to_string(resolved(n, only({0, 0}))) ==
          "0 input() 8x4x4\n1 conv(0) 4x4x4 out=16 [a]\n2 conv(0) 12x4x4 out=16 [b]\n"
          "3 conv(1) 12x4x4 out=12 [node.1]\n4 batch_norm(3) 12x4x4 [node.1.bn]\n5 relu(4) 12x4x4\n"
          "6 add(5 2) 12x4x4 project=1 [node]\n7 relu(6) 12x4x4\n");
    CHECK(count(resolved(n, only({1, 1})), Op::batch_norm) == 0);
    CHECK(count(resolved(n, open(2, 2)), Op::batch_norm) == 0);
}

}  // namespace espalier
