// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <thread>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/resolve.hpp"
#include "espalier/window.hpp"

#include "catch.hpp"
#include "network_cells.hpp"

namespace espalier {
namespace {

using namespace testing;

Region only(std::vector<std::uint16_t> choices)
{
    return Region{Architecture{std::move(choices)}};
}

/// `decisions` decisions of `options` options each, all open.
Region open(std::size_t decisions, std::size_t options)
{
    std::vector<Decision> all(decisions);
    for (Decision& decision : all)
        decision.options.resize(options);
    return Region{all};
}

std::size_t input(Network& n, Shape shape = {8, 4, 4})
{
    return n.add(Op::input, {}, {{"shape", {shape.begin(), shape.end()}}});
}

std::size_t choice(Network& n, int decision, std::vector<std::size_t> options)
{
    return n.add(Op::choice, std::move(options), {{"decision", {1.0 * decision}}});
}

std::size_t conv(Network& n, std::size_t x, int out, const std::string& w = {})
{
    return n.add(Op::conv, {x}, {{"out", {1.0 * out}}}, w);
}

std::size_t mask(Network& n, std::size_t x, int decision, std::vector<double> widths)
{
    return n.add(Op::channel_mask, {x}, {{"decision", {1.0 * decision}}, {"widths", std::move(widths)}});
}

}  // namespace

TEST_CASE("a decided choice is the chosen input, and what nobody uses is gone", "[network]")
{
    Network n;
    const std::size_t x = input(n);
    choice(n, 0, {n.add(Op::relu, {x}), n.add(Op::tanh, {n.add(Op::sigmoid, {x})}), x});
    CHECK(to_string(resolved(n, only({0}))) == "0 input() 8x4x4\n1 relu(0) 8x4x4\n");
    CHECK(to_string(resolved(n, only({1}))) == "0 input() 8x4x4\n1 sigmoid(0) 8x4x4\n2 tanh(1) 8x4x4\n");
    CHECK(to_string(resolved(n, only({2}))) == "0 input() 8x4x4\n");
}

TEST_CASE("a partly decided choice keeps its decision's numbering", "[network]")
{
    Network n;
    const std::size_t x = input(n);
    choice(n, 0, {n.add(Op::relu, {x}), n.add(Op::tanh, {x}), n.add(Op::zero, {x}), n.add(Op::gelu, {x})});
    const Region some = open(1, 4).allow(0, {1, 2, 3});
    const Network partial = resolved(n, some);
    CHECK(to_string(partial) ==
          "0 input() 8x4x4\n1 tanh(0) 8x4x4\n2 gelu(0) 8x4x4\n3 zero() 8x4x4\n"
          "4 choice(1 3 2) 8x4x4 decision=0 options=1,2,3\n");
    CHECK(to_string(resolved(partial, some)) == to_string(partial));
    CHECK(to_string(resolved(partial, open(1, 4))) == to_string(partial));
    CHECK(to_string(resolved(partial, only({3}))) == to_string(resolved(n, only({3}))));
    CHECK_THROWS_WITH(resolved(partial, only({0})),
                      ContainsSubstring("layer 4 (choice): the region allows none of the options it has; decision 0"));
}

TEST_CASE("a region that lacks a decision is refused", "[network]")
{
    Network n;
    const std::size_t x = input(n);
    choice(n, 2, {x, n.add(Op::relu, {x})});
    CHECK_THROWS_WITH(resolved(n, only({0, 0})), "layer 2 (choice) belongs to decision 2, the region has 2");
    CHECK_THROWS_AS(resolved(n, only({0, 0, 2})), Error);
    CHECK(resolved(Network{}, only({0})).size() == 0);
}

TEST_CASE("nothing spreads through layers and is skipped by add", "[network]")
{
    Network n;
    const std::size_t x = input(n), nothing = n.add(Op::zero, {x});
    const std::size_t lost = n.add(Op::batch_norm, {conv(n, nothing, 8, "lost")}, {}, "lost.bn");
    const std::size_t gate = n.add(Op::multiply, {x, n.add(Op::global_average, {lost})});
    const std::size_t kept = n.add(Op::relu, {x});
    n.add(Op::add, {lost, kept, x, gate});
    CHECK(to_string(resolved(n, only({}))) == "0 input() 8x4x4\n1 relu(0) 8x4x4\n2 add(1 0) 8x4x4\n");
}

TEST_CASE("an add with one input left is that input, and one without is nothing", "[network]")
{
    Network n;
    const std::size_t x = input(n), nothing = n.add(Op::zero, {x});
    const std::size_t sum = n.add(Op::add, {nothing, x});
    const std::size_t empty = n.add(Op::add, {nothing, nothing});
    n.add(Op::relu, {n.add(Op::add, {sum, empty})});
    CHECK(to_string(resolved(n, only({}))) == "0 input() 8x4x4\n1 relu(0) 8x4x4\n");
}

TEST_CASE("a network whose output is nothing ends in zeros of its shape", "[network]")
{
    Network n;
    const std::size_t x = input(n);
    const std::size_t picked = choice(n, 0, {n.add(Op::zero, {x}), n.add(Op::relu, {x})});
    n.add(Op::linear, {n.add(Op::global_average, {picked})}, {{"out", {10}}}, "classifier");
    const Network nothing = resolved(n, only({0}));
    CHECK(to_string(nothing) == "0 input() 8x4x4\n1 zeros() 10\n");
    CHECK(nothing.output().spec().attributes == Attributes{{"shape", {10}}});
    CHECK(params(nothing) == 0);
    CHECK(to_string(resolved(nothing, only({0}))) == to_string(nothing));
}

TEST_CASE("zeros are a value, not nothing", "[network]")
{
    Network n;
    const std::size_t x = input(n);
    n.add(Op::add, {x, n.add(Op::zeros, {}, {{"shape", {8, 4, 4}}})});
    CHECK(to_string(resolved(n, only({}))) == "0 input() 8x4x4\n1 zeros() 8x4x4\n2 add(0 1) 8x4x4\n");
}

TEST_CASE("otherwise passes on the second input where the first is nothing", "[network]")
{
    // QoS-NAS: the selected modules are added up; where none is selected, the input passes through.
    Network n;
    const std::size_t x = input(n);
    const std::size_t nothing = n.add(Op::zero, {x});
    const std::size_t a = choice(n, 0, {nothing, n.add(Op::relu, {x})});
    const std::size_t b = choice(n, 1, {nothing, n.add(Op::tanh, {x})});
    n.add(Op::gelu, {n.add(Op::otherwise, {n.add(Op::add, {a, b}), x})});
    CHECK(to_string(resolved(n, only({0, 0}))) == "0 input() 8x4x4\n1 gelu(0) 8x4x4\n");
    CHECK(to_string(resolved(n, only({0, 1}))) == "0 input() 8x4x4\n1 tanh(0) 8x4x4\n2 gelu(1) 8x4x4\n");
    CHECK(to_string(resolved(n, only({1, 1}))) ==
          "0 input() 8x4x4\n1 relu(0) 8x4x4\n2 tanh(0) 8x4x4\n3 add(1 2) 8x4x4\n4 gelu(3) 8x4x4\n");
    SECTION("it stays as long as open decisions may leave nothing")
    {
        CHECK(count(resolved(n, open(2, 2).fix(0, 0)), Op::otherwise) == 1);
        CHECK(count(resolved(n, open(2, 2)), Op::otherwise) == 1);
    }
    SECTION("it goes as soon as one input is sure")
    {
        const Network sure = resolved(n, open(2, 2).fix(0, 1));
        CHECK(count(sure, Op::otherwise) == 0);
        CHECK(count(sure, Op::choice) == 1);
    }
}

TEST_CASE("whether a layer may be nothing spreads through open decisions", "[network]")
{
    Network n;
    const std::size_t x = input(n);
    const std::size_t nothing = n.add(Op::zero, {x});
    const std::size_t maybe = choice(n, 0, {nothing, x});
    const std::size_t behind = n.add(Op::relu, {n.add(Op::multiply, {x, maybe})});
    const std::size_t first = n.add(Op::otherwise, {behind, nothing});  // as good as `behind`
    const std::size_t second = n.add(Op::otherwise, {first, x});
    const std::size_t third = n.add(Op::otherwise, {second, n.add(Op::tanh, {x})});  // `second` is sure
    n.add(Op::gelu, {third});
    const Network super = resolved(n, open(1, 2));
    CHECK(count(super, Op::otherwise) == 1);
    CHECK(count(super, Op::tanh) == 0);
    const Network none = resolved(n, only({0}));
    CHECK(to_string(none) == "0 input() 8x4x4\n1 gelu(0) 8x4x4\n");
}

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

TEST_CASE("a network ends in its output and begins with its inputs", "[network]")
{
    Network n;
    const std::size_t x = input(n);
    const std::size_t dead = n.add(Op::relu, {x});
    const std::size_t late = input(n, {3});
    choice(n, 0, {x, n.add(Op::tanh, {x}), dead});
    CHECK(to_string(resolved(n, only({1}))) == "0 input() 8x4x4\n1 input() 3\n2 tanh(0) 8x4x4\n");
    CHECK(resolved(n, only({0})).output().inputs()[0] == 0);
    CHECK(resolved(n, only({0})).output().shape() == Shape{8, 4, 4});
    CHECK(n[late].shape() == Shape{3});
}

TEST_CASE("custom layers keep the shape they were given", "[network]")
{
    Network n;
    const std::size_t x = mask(n, conv(n, input(n), 16, "a"), 0, {4, 16});
    n.add_custom("warp", {x}, {2, 3});
    CHECK(resolved(n, only({0})).output().shape() == Shape{2, 3});
    CHECK(resolved(n, only({0})).output().input_shape() == Shape{4, 4, 4});
}

TEST_CASE("NAS-Bench-201 resolves to live cells", "[network]")
{
    const Network super = super_network_201(16, 5);
    SECTION("all none: the network is its input and zeros")
    {
        CHECK(to_string(resolved(super, only({0, 0, 0, 0, 0, 0}))) == "0 input() 3x32x32\n1 zeros() 10\n");
    }
    SECTION("all 3x3: nothing is lost")
    {
        const Network all = resolved(super, only({3, 3, 3, 3, 3, 3}));
        CHECK(macs(all) == 220119680);
        CHECK(params(all) == 1531546);
        CHECK(count(all, Op::choice) == 0);
        CHECK(count(all, Op::zero) == 0);
    }
    SECTION("all skip: sums of identities remain")
    {
        const Network skips = resolved(super, only({1, 1, 1, 1, 1, 1}));
        CHECK(macs(skips) == 7783040);
        CHECK(count(skips, Op::add) == 3 * 15 - 15 + 2);  // a cell's first node is its input
    }
    SECTION("convolutions that do not reach the output are gone")
    {
        // 0->1 is a 3x3, but nothing leaves node 1; the output is 0->3.
        const Network dead = resolved(super, only({3, 0, 0, 1, 0, 0}));
        CHECK(macs(dead) == 7783040);
        CHECK(params(dead) == 73306);
    }
    SECTION("nothing spreads through a whole cell")
    {
        // Only 0->1 (3x3) and 2->3 (3x3) are there, but node 2 gets nothing: the output is disconnected.
        CHECK(resolved(super, only({3, 0, 0, 0, 0, 3})).size() == 2);
    }
    SECTION("some decisions open")
    {
        const Network partial = resolved(super, open(6, 5).fix(0, 3).fix(1, 0).fix(2, 0).fix(3, 0));
        CHECK(count(partial, Op::choice) == 15);  // 1->3; 2->3 comes from nothing
        CHECK(to_string(resolved(partial, only({3, 0, 0, 0, 3, 3}))) ==
              to_string(resolved(super, only({3, 0, 0, 0, 3, 3}))));
    }
    SECTION("the whole space is the super-network itself, up to where it says nothing")
    {
        const Network whole = resolved(super, open(6, 5));
        CHECK(whole.size() == super.size() - 15);  // a cell's first node is a sum of one edge
        CHECK(macs(whole) == macs(super));
        CHECK(params(whole) == params(super));
        CHECK(to_string(resolved(whole, only({3, 1, 2, 4, 0, 3}))) ==
              to_string(resolved(super, only({3, 1, 2, 4, 0, 3}))));
    }
}

TEST_CASE("a resolved network outlives its super-network and can be added to", "[network]")
{
    Network net;
    {
        const Network super = super_network_201(4, 1);
        net = resolved(super, only({3, 1, 2, 4, 0, 3}));
    }
    const std::string before = to_string(net);
    net.add(Op::softmax, {net.size() - 1});
    CHECK(to_string(net).substr(0, before.size()) == before);
}

TEST_CASE("one super-network is resolved from several threads at once", "[network]")
{
    const Network super = super_network_201(4, 1);
    std::vector<std::string> texts(4);
    std::vector<std::thread> threads;
    for (std::string& text : texts)
        threads.emplace_back([&super, &text] {
            for (std::uint16_t k = 0; k < 5; ++k)
                for (std::uint16_t j = 0; j < 5; ++j)
                    text += to_string(resolved(super, only({k, j, 2, k, j, 3})));
        });
    for (std::thread& thread : threads)
        thread.join();
    CHECK(std::all_of(texts.begin(), texts.end(), [&](const std::string& text) { return text == texts[0]; }));
}

TEST_CASE("a branch is the layers of one option, fed by inputs", "[network]")
{
    Network n;
    const std::size_t x = n.add(Op::relu, {input(n)});
    const std::size_t y = n.add(Op::tanh, {x});
    const std::size_t first = conv(n, x, 8, "a");
    const std::size_t both = n.add(Op::add, {first, n.add(Op::conv, {y}, {{"depthwise", {1}}}, "b")});
    const std::size_t reused = conv(n, y, 8, "c");
    const std::size_t nothing = n.add(Op::zero, {y});
    const std::size_t c = choice(n, 0, {both, x, nothing, reused, n.add(Op::gelu, {reused})});
    n.add(Op::add, {c, reused});
    CHECK(to_string(branch(n, c, 0)) ==
          "0 input() 8x4x4\n1 input() 8x4x4\n2 conv(0) 8x4x4 out=8 [a]\n"
          "3 conv(1) 8x4x4 depthwise=1 [b]\n4 add(2 3) 8x4x4\n");
    CHECK(macs(branch(n, c, 0)) == 16 * (64 + 8));
    CHECK(to_string(branch(n, c, 1)) == "0 input() 8x4x4\n");
    CHECK(to_string(branch(n, c, 2)) == "0 input() 8x4x4\n");
    CHECK(to_string(branch(n, c, 3)) == "0 input() 8x4x4\n");
    CHECK(to_string(branch(n, c, 4)) == "0 input() 8x4x4\n1 gelu(0) 8x4x4\n");
    CHECK_THROWS_WITH(branch(n, c, 5), ContainsSubstring("(choice) has no option 5, it has 5 from 0 to 4"));
    CHECK_THROWS_WITH(branch(n, x, 0), ContainsSubstring("layer 1 (relu) is no choice"));
    CHECK_THROWS_WITH(branch(n, 99, 0), ContainsSubstring("there is no layer 99"));
    CHECK(branch(n, c, 0)[0].spec().attributes == Attributes{{"shape", {8, 4, 4}}});
}

TEST_CASE("the branches of a partly decided choice keep their numbers", "[network]")
{
    const Network super = super_network_201(4, 1);
    const Network partial = resolved(super, open(6, 5).allow(0, {1, 3}));
    for (const Layer layer : partial)
        if (layer.op() == Op::choice && layer.decision() == 0) {
            CHECK(macs(branch(partial, layer.index(), 3)) ==
                  static_cast<double>(layer.shape().elements() * layer.shape()[0] * 9));
            CHECK_THROWS_AS(branch(partial, layer.index(), 2), Error);
        }
}

}  // namespace espalier
