// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <thread>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/resolve.hpp"
#include "espalier/window.hpp"

#include "catch.hpp"
#include "network_cells.hpp"
#include "network_parts.hpp"

namespace espalier {

using namespace testing;

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
    CHECK(to_string(branch(n, c, 0).network) ==
          "0 input() 8x4x4\n1 input() 8x4x4\n2 conv(0) 8x4x4 out=8 [a]\n"
          "3 conv(1) 8x4x4 depthwise=1 [b]\n4 add(2 3) 8x4x4\n");
    CHECK(macs(branch(n, c, 0).network) == 16 * (64 + 8));
    CHECK(to_string(branch(n, c, 1).network) == "0 input() 8x4x4\n");
    CHECK(to_string(branch(n, c, 2).network) == "0 input() 8x4x4\n");
    CHECK(to_string(branch(n, c, 3).network) == "0 input() 8x4x4\n");
    CHECK(to_string(branch(n, c, 4).network) == "0 input() 8x4x4\n1 gelu(0) 8x4x4\n");
    CHECK_THROWS_WITH(branch(n, c, 5), ContainsSubstring("(choice) has no option 5, it has 5 from 0 to 4"));
    CHECK_THROWS_WITH(branch(n, x, 0), ContainsSubstring("layer 1 (relu) is no choice"));
    CHECK_THROWS_WITH(branch(n, 99, 0), ContainsSubstring("there is no layer 99"));
    CHECK(to_string(cut(n, std::vector<std::size_t>{x})) == "0 input() 8x4x4\n1 relu(0) 8x4x4\n");
    CHECK_THROWS_WITH(cut(n, std::vector<std::size_t>{x, 99}), ContainsSubstring("there is no layer 99 to cut out"));
    CHECK_THROWS_WITH(cut(n, {}), ContainsSubstring("a network without layers cannot be cut out"));
    CHECK(branch(n, c, 0).network[0].spec().attributes == Attributes{{"shape", {8, 4, 4}}});
}

TEST_CASE("a branch knows where its layers come from", "[network]")
{
    using Origins = std::vector<std::size_t>;
    Network n;
    const std::size_t x = input(n), y = n.add(Op::tanh, {x});
    const std::size_t nothing = n.add(Op::zero, {y}), late = n.add(Op::gelu, {y});
    const std::size_t wide = conv(n, late, 8, "a"), narrow = mask(n, wide, 1, {2, 8});
    const std::size_t both = n.add(Op::add, {x, narrow, x});
    const std::size_t c = choice(n, 0, {both, nothing, y, n.add(Op::zero, {}, {{"shape", {8, 4, 4}}})});
    n.add(Op::relu, {c});
    CHECK(branch(n, c, 0).origins == Origins{y, x, late, wide, narrow, both});
    CHECK(branch(n, c, 1).origins == Origins{y});
    CHECK(branch(n, c, 2).origins == Origins{y});
    CHECK(branch(n, c, 3).origins == Origins{c - 1});
    const Branch cut = branch(n, c, 0);
    REQUIRE(cut.origins.size() == cut.network.size());
    for (const Layer layer : cut.network) {
        const Layer origin = n[cut.origins[layer.index()]];
        CHECK(layer.shape() == origin.shape());
        CHECK((layer.op() == Op::input || layer.op() == origin.op()));
    }
    n.add(Op::add, {late, late});  // now somebody else needs `late`
    CHECK(branch(n, c, 0).origins == Origins{late, x, wide, narrow, both});
}

TEST_CASE("the branches of a partly decided choice keep their numbers", "[network]")
{
    const Network super = super_network_201(4, 1);
    const Network partial = resolved(super, open(6, 5).allow(0, {1, 3}));
    for (const Layer layer : partial)
        if (layer.op() == Op::choice && layer.decision() == 0) {
            CHECK(macs(branch(partial, layer.index(), 3).network) ==
                  static_cast<double>(layer.shape().elements() * layer.shape()[0] * 9));
            CHECK_THROWS_AS(branch(partial, layer.index(), 2), Error);
        }
}

}  // namespace espalier
