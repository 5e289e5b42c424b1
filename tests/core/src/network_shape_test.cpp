// SPDX-License-Identifier: Apache-2.0
#include "espalier/error.hpp"
#include "espalier/network.hpp"
#include "espalier/window.hpp"

#include "catch.hpp"

namespace espalier {
namespace {

/// The shape that one layer makes of inputs with these shapes.
Shape made(Op op, const std::vector<Shape>& from, Attributes attributes = {})
{
    Network n;
    std::vector<std::size_t> inputs;
    for (const Shape& shape : from)
        inputs.push_back(n.add(Op::input, {}, {{"shape", {shape.begin(), shape.end()}}}));
    n.add(op, inputs, std::move(attributes));
    return n.output().shape();
}

using S = std::vector<Shape>;

}  // namespace

TEST_CASE("a shape prints, multiplies and compares", "[network]")
{
    CHECK(to_string(Shape{3, 32, 32}) == "3x32x32");
    CHECK(Shape{3, 32, 32}.elements() == 3072);
    CHECK(Shape{}.elements() == 1);
    CHECK(Shape{3} != Shape{3, 1});
    CHECK_THROWS_WITH((Shape{1, 2, 3, 4, 5}), "a shape has at most 4 extents, this one has 5");
}

TEST_CASE("convolutions and pools keep the size with an odd kernel at stride 1", "[network]")
{
    const S map{{16, 32, 30}};
    CHECK(made(Op::conv, map, {{"out", {8}}}) == Shape{8, 32, 30});
    CHECK(made(Op::conv, map, {{"out", {8}}, {"kernel", {7}}}) == Shape{8, 32, 30});
    CHECK(made(Op::conv, map, {{"out", {8}}, {"kernel", {1, 5}}}) == Shape{8, 32, 30});
    CHECK(made(Op::conv, map, {{"out", {8}}, {"kernel", {5}}, {"dilation", {2}}}) == Shape{8, 32, 30});
    CHECK(made(Op::max_pool, map, {{"kernel", {3}}}) == Shape{16, 32, 30});
    CHECK(made(Op::avg_pool, map, {{"kernel", {3}}, {"count_include_pad", {1}}}) == Shape{16, 32, 30});
}

TEST_CASE("stride, padding and dilation follow the formula of convolutions", "[network]")
{
    CHECK(made(Op::conv, {{3, 32, 32}}, {{"out", {8}}, {"kernel", {3}}, {"stride", {2}}}) == Shape{8, 16, 16});
    CHECK(made(Op::conv, {{3, 33, 32}}, {{"out", {8}}, {"kernel", {3}}, {"stride", {2, 1}}}) == Shape{8, 17, 32});
    CHECK(made(Op::conv, {{3, 32, 32}}, {{"out", {8}}, {"kernel", {3}}, {"pad", {0}}}) == Shape{8, 30, 30});
    CHECK(made(Op::conv, {{3, 32, 32}}, {{"out", {8}}, {"kernel", {3}}, {"pad", {0}}, {"dilation", {2}}}) ==
          Shape{8, 28, 28});
    CHECK(made(Op::conv, {{3, 32, 32}}, {{"out", {8}}, {"kernel", {3}}, {"pad", {2, 1}}}) == Shape{8, 34, 32});
    CHECK(made(Op::max_pool, {{8, 7, 8}}, {{"stride", {2}}}) == Shape{8, 3, 4});
    CHECK(made(Op::max_pool, {{8, 112, 112}}, {{"kernel", {3}}, {"stride", {2}}}) == Shape{8, 56, 56});
}

TEST_CASE("every other operation has the shape that its definition says", "[network]")
{
    const S map{{6, 4, 5}}, tokens{{7, 6}}, features{{6}};
    for (const Op op : {Op::relu, Op::relu6, Op::hswish, Op::hsigmoid, Op::swish, Op::gelu, Op::sigmoid, Op::tanh,
                        Op::softmax, Op::layer_norm, Op::dropout}) {
        CHECK(made(op, map) == map[0]);
        CHECK(made(op, tokens) == tokens[0]);
    }
    CHECK(made(Op::batch_norm, map) == map[0]);
    CHECK(made(Op::batch_norm, features) == features[0]);
    CHECK(made(Op::global_average, map) == Shape{6});
    CHECK(made(Op::global_average, tokens) == Shape{6});
    CHECK(made(Op::global_average, map, {{"keep", {1}}}) == Shape{6, 1, 1});
    CHECK(made(Op::linear, features, {{"out", {10}}}) == Shape{10});
    CHECK(made(Op::linear, tokens, {{"out", {10}}}) == Shape{7, 10});
    CHECK(made(Op::flatten, map) == Shape{120});
    CHECK(made(Op::add, {map[0], map[0], map[0]}) == map[0]);
    CHECK(made(Op::add, {{4, 2, 2}, {9, 2, 2}}, {{"project", {1}}}) == Shape{9, 2, 2});
    CHECK(made(Op::multiply, {map[0], {6}}) == map[0]);
    CHECK(made(Op::multiply, {{6, 1, 1}, map[0]}) == map[0]);
    CHECK(made(Op::concat, {map[0], {2, 4, 5}, {1, 4, 5}}) == Shape{9, 4, 5});
    CHECK(made(Op::concat, {{3, 6}, {4, 6}}) == Shape{7, 6});
    CHECK(made(Op::concat, {{7, 6}, {7, 2}}, {{"axis", {1}}}) == Shape{7, 8});
    CHECK(made(Op::slice, map, {{"end", {2}}}) == Shape{2, 4, 5});
    CHECK(made(Op::slice, map, {{"begin", {2}}}) == Shape{4, 4, 5});
    CHECK(made(Op::slice, map, {{"begin", {1}}, {"step", {2}}}) == Shape{3, 4, 5});
    CHECK(made(Op::slice, {{5}}, {{"step", {2}}}) == Shape{3});
    CHECK(made(Op::slice, map, {{"axis", {2}}, {"end", {3}}}) == Shape{6, 4, 3});
    CHECK(made(Op::channel_shuffle, map, {{"groups", {2}}}) == map[0]);
    CHECK(made(Op::upsample, map) == Shape{6, 8, 10});
    CHECK(made(Op::upsample, map, {{"scale", {1, 3}}}) == Shape{6, 4, 15});
    CHECK(made(Op::zeros, {}, {{"shape", {6, 4, 5}}}) == map[0]);
    CHECK(made(Op::zero, map) == map[0]);
    CHECK(made(Op::otherwise, {map[0], map[0]}) == map[0]);
    CHECK(made(Op::choice, {map[0], map[0]}, {{"decision", {3}}}) == map[0]);
    CHECK(made(Op::channel_mask, map, {{"decision", {0}}, {"widths", {2, 5}}}) == Shape{5, 4, 5});
    CHECK(made(Op::channel_mask, tokens, {{"decision", {0}}, {"widths", {2, 5}}}) == Shape{7, 5});
}

TEST_CASE("the shape of nothing does not count where nothing is ignored", "[network]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {6, 4, 5}}});
    const std::size_t nothing = n.add(Op::zero, {}, {{"shape", {2}}});
    CHECK(n[n.add(Op::add, {nothing, x})].shape() == Shape{6, 4, 5});
    CHECK(n[n.add(Op::otherwise, {nothing, x})].shape() == Shape{6, 4, 5});
    CHECK(n[n.add(Op::choice, {nothing, x}, {{"decision", {0}}})].shape() == Shape{6, 4, 5});
    CHECK(n[n.add(Op::add, {nothing, nothing})].shape() == Shape{2});
    CHECK_THROWS_WITH(n.add(Op::multiply, {nothing, x}), ContainsSubstring("cannot multiply"));
}

TEST_CASE("as many groups as channels make a convolution depthwise", "[network]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {8, 4, 4}}});
    const auto added = [&](Attributes attributes) { return n[n.add(Op::conv, {x}, std::move(attributes))]; };
    const Layer by_groups = added({{"out", {8}}, {"groups", {8}}, {"kernel", {3}}});
    CHECK(groups(by_groups) == 8);
    CHECK(by_groups.spec().attributes == Attributes{{"depthwise", {1}}, {"kernel", {3}}});
    CHECK(added({{"depthwise", {1}}, {"kernel", {3}}}).spec().attributes == by_groups.spec().attributes);
    CHECK(added({{"depthwise", {1}}, {"out", {8}}}).shape() == Shape{8, 4, 4});
    CHECK(added({{"out", {16}}, {"groups", {8}}}).spec().attributes ==
          Attributes{{"depthwise", {1}}, {"multiplier", {2}}});
    CHECK(added({{"depthwise", {1}}, {"multiplier", {3}}}).shape() == Shape{24, 4, 4});
    CHECK(groups(added({{"out", {16}}, {"groups", {4}}})) == 4);
    CHECK(groups(added({{"out", {16}}})) == 1);
    CHECK(groups(n[x]) == 1);
}

TEST_CASE("layers that work channel by channel are told from those that mix channels", "[network]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {8, 6, 6}}});
    const auto layer = [&](Op op, Attributes attributes = {}) { return n[n.add(op, {x}, std::move(attributes))]; };
    for (const Op op : {Op::relu, Op::relu6, Op::hswish, Op::hsigmoid, Op::swish, Op::gelu, Op::sigmoid, Op::tanh}) {
        CAPTURE(name(op));
        CHECK(activation(op));
        CHECK(channelwise(layer(op)));
    }
    for (const Op op : {Op::batch_norm, Op::max_pool, Op::avg_pool, Op::upsample, Op::dropout}) {
        CAPTURE(name(op));
        CHECK_FALSE(activation(op));
        CHECK(channelwise(layer(op)));
    }
    for (const Op op : {Op::layer_norm, Op::softmax, Op::flatten, Op::channel_shuffle}) {
        CAPTURE(name(op));
        CHECK_FALSE(activation(op));
        CHECK_FALSE(channelwise(layer(op, op == Op::channel_shuffle ? Attributes{{"groups", {2}}} : Attributes{})));
    }
    CHECK(channelwise(layer(Op::conv, {{"depthwise", {1}}})));
    CHECK_FALSE(channelwise(layer(Op::conv, {{"depthwise", {1}}, {"multiplier", {2}}})));
    CHECK_FALSE(channelwise(layer(Op::conv, {{"out", {8}}})));
}

TEST_CASE("a window has its defaults filled in", "[network]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {8, 9, 9}}});
    const std::size_t conv = n.add(Op::conv, {x}, {{"out", {4}}, {"kernel", {5, 3}}, {"dilation", {2}}});
    CHECK(window(n[conv]) == Window{{5, 3}, {1, 1}, {4, 2}, {2, 2}});
    CHECK(window(n[n.add(Op::max_pool, {x}, {{"stride", {2}}})]) == Window{{2, 2}, {2, 2}, {0, 0}, {1, 1}});
    CHECK_THROWS_WITH(window(n[x]), ContainsSubstring("layer 0 (input) has no window"));
}

TEST_CASE("inputs that do not fit are refused with the layer, its operation and the shapes", "[network]")
{
    const auto refused = [](Op op, const S& from, Attributes attributes, const std::string& message) {
        CAPTURE(message);
        CHECK_THROWS_WITH(made(op, from, std::move(attributes)), message);
    };
    refused(Op::add, {{16, 32, 32}, {32, 16, 16}}, {},
            "layer 2 (add): the inputs have different shapes, 16x32x32 (input 0) and 32x16x16 (input 1)");
    refused(Op::add, {{16, 32, 32}, {32, 16, 16}}, {{"project", {1}}},
            "layer 2 (add): the inputs have different shapes, 16x32x32 (input 0) and 32x16x16 (input 1)");
    refused(Op::choice, {{16, 32, 32}, {16, 32}}, {{"decision", {0}}},
            "layer 2 (choice): the inputs have different shapes, 16x32x32 (input 0) and 16x32 (input 1)");
    refused(Op::multiply, {{16, 8, 8}, {8}}, {},
            "layer 2 (multiply): cannot multiply 16x8x8 (input 0) and 8 (input 1); a factor has the same shape or one "
            "number per channel");
    refused(Op::concat, {{16, 8, 8}, {8, 8, 4}}, {},
            "layer 2 (concat): the inputs differ not only along axis 0: 16x8x8 (input 0) and 8x8x4 (input 1)");
    refused(Op::concat, {{16}, {8}}, {{"axis", {1}}}, "layer 2 (concat): there is no axis 1 in 16");
    refused(Op::conv, {{64}}, {{"out", {8}}}, "layer 1 (conv): needs an input of channels x height x width, gets 64");
    refused(Op::conv, {{8, 3, 3}}, {{"out", {8}}, {"kernel", {7}}, {"pad", {0}}},
            "layer 1 (conv): a window of 7 does not fit into the input 8x3x3 with padding 0");
    refused(Op::conv, {{6, 3, 3}}, {{"out", {8}}, {"groups", {4}}},
            "layer 1 (conv): 4 groups divide not the channels of the input 6x3x3");
    refused(Op::conv, {{8, 3, 3}}, {{"out", {6}}, {"groups", {4}}},
            "layer 1 (conv): 4 groups divide not the 6 outputs");
    refused(Op::linear, {{8, 3, 3}}, {{"out", {6}}},
            "layer 1 (linear): needs an input of features or tokens x width, gets 8x3x3; flatten or global_average "
            "comes first");
    refused(Op::batch_norm, {{8, 3}}, {},
            "layer 1 (batch_norm): needs an input of channels x height x width or features, gets 8x3");
    refused(Op::global_average, {{8}}, {},
            "layer 1 (global_average): needs an input of channels x height x width or tokens x width, gets 8");
    refused(Op::slice, {{8, 3, 3}}, {{"end", {9}}},
            "layer 1 (slice): there is no slice from 0 to 9 along axis 0 of 8x3x3");
    refused(Op::slice, {{8}}, {{"axis", {1}}}, "layer 1 (slice): there is no axis 1 in 8");
    refused(Op::channel_shuffle, {{9, 3, 3}}, {{"groups", {2}}},
            "layer 1 (channel_shuffle): 2 groups do not divide the channels of 9x3x3");
    refused(Op::upsample, {{9}}, {}, "layer 1 (upsample): needs an input of channels x height x width, gets 9");
    refused(Op::channel_mask, {{8, 3, 3}}, {{"decision", {0}}, {"widths", {4, 16}}},
            "layer 1 (channel_mask): cannot keep 16 channels of 8x3x3");
    refused(Op::relu, {{8}, {8}}, {}, "layer 2 (relu): has 2 inputs, needed is 1");
    refused(Op::multiply, {{8}}, {}, "layer 1 (multiply): has 1 inputs, needed are at least 2");
    refused(Op::otherwise, {{8}}, {}, "layer 1 (otherwise): has 1 inputs, needed are 2");
    refused(Op::add, {}, {}, "layer 0 (add): has 0 inputs, needed is at least 1");
    refused(Op::zero, {{8}, {8}}, {}, "layer 2 (zero): has 2 inputs, needed is at most 1");
    refused(Op::input, {{8}}, {{"shape", {8}}}, "layer 1 (input): has 1 inputs, needed are 0");
}

TEST_CASE("attributes that are wrong are refused by name", "[network]")
{
    const S map{{8, 4, 4}};
    const auto refused = [&](Op op, Attributes attributes, const std::string& message) {
        CAPTURE(message);
        CHECK_THROWS_WITH(made(op, map, std::move(attributes)), ContainsSubstring(message));
    };
    refused(Op::conv, {{"out", {8}}, {"kernl", {3}}},
            "layer 1 (conv): unknown attribute 'kernl'; did you mean 'kernel'?");
    refused(Op::relu, {{"slope", {3}}}, "layer 1 (relu): unknown attribute 'slope'; it has none");
    refused(Op::conv, {{"kernel", {3}}}, "attribute 'out' is missing");
    refused(Op::conv, {{"out", {8}}, {"kernel", {1, 2, 3}}}, "attribute 'kernel' has 3 numbers, allowed are 1 or 2");
    refused(Op::conv, {{"out", {8, 8}}}, "attribute 'out' has 2 numbers, allowed is 1");
    refused(Op::conv, {{"out", {8.5}}}, "attribute 'out' is 8.5, allowed are whole numbers from 1");
    refused(Op::conv, {{"out", {std::nan("")}}}, "attribute 'out' is nan, allowed are whole numbers from 1");
    refused(Op::conv, {{"out", {8}}, {"stride", {0}}}, "attribute 'stride' is 0, allowed are whole numbers from 1");
    refused(Op::conv, {{"out", {8}}, {"bias", {2}}}, "attribute 'bias' is 2, allowed are 0 and 1");
    refused(Op::conv, {{"depthwise", {1}}, {"groups", {8}}}, "leave 'groups' out");
    refused(Op::conv, {{"depthwise", {1}}, {"out", {12}}},
            "a depthwise convolution of 8 channels with multiplier 1 has 8 outputs, not 12");
    refused(Op::conv, {{"out", {8}}, {"multiplier", {2}}}, "attribute 'multiplier' needs 'depthwise'");
    refused(Op::max_pool, {{"kernel", {2}}, {"pad", {2}}},
            "attribute 'pad' is 2, allowed is at most half the kernel of 2");
    refused(Op::dropout, {{"rate", {1.5}}}, "attribute 'rate' is 1.5, allowed are 0 to 1");
    refused(Op::channel_shuffle, {}, "attribute 'groups' is missing");
    refused(Op::choice, {}, "attribute 'decision' is missing");
    refused(Op::channel_mask, {{"decision", {0}}}, "attribute 'widths' is missing");
    refused(Op::choice, {{"decision", {0}}, {"options", {1, 2}}},
            "attribute 'options' names 2 options, but there are 1 inputs");
    refused(Op::channel_mask, {{"decision", {0}}, {"widths", {2, 4}}, {"options", {2, 1}}},
            "attribute 'options' is not ascending");
    refused(Op::input, {}, "attribute 'shape' is missing");
    refused(Op::custom, {}, "add_custom");
}

TEST_CASE("layers can only take earlier ones, and share weights only with their own kind", "[network]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {8, 4, 4}}});
    CHECK_THROWS_WITH(n.add(Op::relu, {1}), "layer 1 (relu): there is no earlier layer 1 to take as an input");
    CHECK_THROWS_WITH(n.add_custom("warp", {5}, {8}),
                      "layer 1 (warp): there is no earlier layer 5 to take as an input");
    CHECK(n.size() == 1);
    n.add(Op::conv, {x}, {{"out", {8}}}, "w");
    n.add(Op::conv, {x}, {{"out", {4}}}, "w");
    CHECK_THROWS_WITH(n.add(Op::batch_norm, {x}, {}, "w"),
                      ContainsSubstring("layer 3 (batch_norm): the weights 'w' belong to a conv"));
    CHECK_THROWS_WITH(n.add(Op::relu, {x}, {}, "w"), ContainsSubstring("layer 3 (relu) has no weights"));
    const Network copy = n;
    CHECK_THROWS_AS(n.add(Op::linear, {x}, {{"out", {2}}}, "w"), Error);
    n.add(Op::relu, {x});
    CHECK(copy.size() == 3);
    CHECK_THROWS_WITH(n.add(Op::batch_norm, {x}, {}, "w"), ContainsSubstring("belong to a conv"));
}

TEST_CASE("a layer shows its inputs, shapes and decision", "[network]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {8, 4, 4}}});
    const std::size_t pooled = n.add(Op::global_average, {x});
    const std::size_t chosen = n.add(Op::choice, {pooled, pooled}, {{"decision", {5}}});
    CHECK(n[chosen].decision() == 5);
    CHECK(n[pooled].input_shape() == Shape{8, 4, 4});
    CHECK(std::vector<std::uint32_t>(n[chosen].inputs().begin(), n[chosen].inputs().end()) ==
          std::vector<std::uint32_t>{1, 1});
    CHECK_THROWS_WITH(n[pooled].decision(), ContainsSubstring("layer 1 (global_average) belongs to no decision"));
    CHECK_THROWS_WITH(n[pooled].input_shape(1), ContainsSubstring("layer 1 (global_average) has 1 inputs"));
    CHECK(n[pooled].spec().number("keep", 7) == 7);
    std::size_t layers = 0;
    for (const Layer layer : n)
        CHECK(layer.index() == layers++);
    CHECK(layers == n.size());
}

TEST_CASE("layers that are alike print alike, whatever was said of the defaults", "[network]")
{
    const auto printed = [](Attributes attributes) {
        Network n;
        const std::size_t x = n.add(Op::input, {}, {{"shape", {3, 32, 32}}});
        n.add(Op::conv, {x}, std::move(attributes), "stem");
        return to_string(n);
    };
    const std::string short_form = printed({{"out", {16}}, {"kernel", {3}}});
    CHECK(short_form == "0 input() 3x32x32\n1 conv(0) 16x32x32 kernel=3 out=16 [stem]\n");
    CHECK(printed({{"out", {16}}, {"kernel", {3, 3}}, {"pad", {1}}, {"stride", {1}}, {"groups", {1}}, {"bias", {0}}}) ==
          short_form);
    CHECK(printed({{"out", {16}}, {"kernel", {3, 1}}}) != short_form);
    Network n;
    n.add_custom("warp", {}, {2}, {{"factor", {0.5, 1e-7}}}, "w");
    CHECK(to_string(n) == "0 warp() 2 factor=0.5,1e-07 [w]\n");
}

TEST_CASE("a copy of a network outlives it and grows on its own", "[network]")
{
    auto original = std::make_unique<Network>();
    const std::size_t x = original->add(Op::input, {}, {{"shape", {8}}});
    Network copy = *original;
    original->add(Op::relu, {x});
    copy.add(Op::tanh, {x});
    original->add(Op::linear, {x}, {{"out", {2}}}, "w");
    copy.add(Op::layer_norm, {x}, {}, "w");  // the name is free here
    original.reset();
    CHECK(to_string(copy) == "0 input() 8\n1 tanh(0) 8\n2 layer_norm(0) 8 [w]\n");
    Network moved = std::move(copy);
    moved.add(Op::relu, {1});
    CHECK(moved.size() == 4);
}

}  // namespace espalier
