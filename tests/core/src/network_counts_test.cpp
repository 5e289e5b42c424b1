// SPDX-License-Identifier: Apache-2.0
#include "espalier/counts.hpp"
#include "espalier/resolve.hpp"
#include "espalier/weight_shapes.hpp"

#include "catch.hpp"
#include "network_cells.hpp"

namespace espalier {
namespace {

using namespace testing;

/// NAS-Bench-201 with the same operation on every edge, none of them left out although it does not reach the output.
Network uniform_201(int operation)
{
    return network_201(16, 5, [=](Network& n, std::size_t from, int, int width, const std::string& w) -> std::size_t {
        if (operation == 0)
            return n.add(Op::zeros, {}, {{"shape", {n[from].shape().begin(), n[from].shape().end()}}});
        return relu_conv_bn(n, from, width, 3, 1, w);
    });
}

/// "weight 4x1x3x3, bias 4"; those that are not trained in brackets.
std::string listed(const std::vector<WeightShape>& tensors)
{
    std::string text;
    for (const WeightShape& tensor : tensors) {
        const std::string one = tensor.name + " " + to_string(tensor.shape);
        text += (text.empty() ? "" : ", ") + (trained(tensor.start) ? one : "(" + one + ")");
    }
    return text;
}

}  // namespace

TEST_CASE("NAS-Bench-201's published counts are met", "[network]")
{
    CHECK(macs(uniform_201(0)) == 7783040);
    CHECK(params(uniform_201(0)) == 73306);
    CHECK(macs(uniform_201(3)) == 220119680);
    CHECK(params(uniform_201(3)) == 1531546);
}

TEST_CASE("each layer counts what its definition says", "[network]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {8, 5, 6}}});
    const auto last = [&](Op op, std::size_t from, Attributes a = {}) { return n[n.add(op, {from}, std::move(a))]; };
    const Layer dense = last(Op::conv, x, {{"out", {12}}, {"kernel", {3, 1}}, {"bias", {1}}});
    CHECK(macs(dense) == 5 * 6 * 12 * 8 * 3);
    CHECK(params(dense) == 12 * 8 * 3 + 12);
    CHECK(activations(dense) == 12 * 5 * 6);
    const Layer grouped = last(Op::conv, x, {{"out", {12}}, {"groups", {4}}, {"stride", {2}}});
    CHECK(macs(grouped) == 3 * 3 * 12 * 2);
    CHECK(params(grouped) == 12 * 2);
    const Layer depthwise = last(Op::conv, x, {{"depthwise", {1}}, {"kernel", {5}}});
    CHECK(macs(depthwise) == 5 * 6 * 8 * 25);
    CHECK(params(depthwise) == 8 * 25);
    CHECK(params(last(Op::batch_norm, x)) == 16);
    CHECK(params(last(Op::batch_norm, x, {{"affine", {0}}})) == 0);
    CHECK(params(last(Op::layer_norm, x)) == 12);
    CHECK(macs(last(Op::max_pool, x)) == 0);
    CHECK(params(last(Op::relu, x)) == 0);
    const std::size_t features = n.add(Op::global_average, {x});
    CHECK(macs(last(Op::linear, features, {{"out", {10}}})) == 80);
    CHECK(params(last(Op::linear, features, {{"out", {10}}})) == 90);
    CHECK(params(last(Op::linear, features, {{"out", {10}}, {"bias", {0}}})) == 80);
    const std::size_t tokens = n.add(Op::input, {}, {{"shape", {7, 8}}});
    CHECK(macs(last(Op::linear, tokens, {{"out", {10}}})) == 7 * 80);
    CHECK(params(last(Op::linear, tokens, {{"out", {10}}})) == 90);
    const Layer custom = n[n.add_custom("attention", {tokens}, {7, 8}, {{"macs", {1234}}, {"params", {56}}})];
    CHECK(macs(custom) == 1234);
    CHECK(params(custom) == 56);
}

TEST_CASE("weights of one name count once, with the largest of their layers", "[network]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {4, 8, 8}}});
    const std::size_t small = n.add(Op::conv, {x}, {{"out", {4}}}, "shared");
    const std::size_t large = n.add(Op::conv, {x}, {{"out", {4}}, {"kernel", {3}}}, "shared");
    n.add(Op::choice, {small, large}, {{"decision", {0}}});
    CHECK(params(n) == 9 * 16);
    CHECK(macs(n) == 64 * (16 + 9 * 16));
    n.add(Op::conv, {x}, {{"out", {4}}});
    n.add(Op::conv, {x}, {{"out", {4}}});
    CHECK(params(n) == 9 * 16 + 2 * 16);
    CHECK(activations(n) == 4 * 4 * 64);
    CHECK(bytes(n) == 4 * (9 * 16 + 2 * 16 + 4 * 4 * 64));
}

TEST_CASE("a layer states its tensors, and its parameters are those that are trained", "[network]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {8, 5, 6}}});
    const auto stated = [&](Op op, Attributes attributes = {}) {
        const Layer layer = n[n.add(op, {n.size() > 1 && op == Op::linear ? n.size() - 1 : x}, std::move(attributes))];
        double sum = 0;
        for (const WeightShape& tensor : weight_shapes(layer))
            sum += trained(tensor.start) ? static_cast<double>(tensor.shape.elements()) : 0;
        CHECK(params(layer) == sum);
        return listed(weight_shapes(layer));
    };
    CHECK(stated(Op::conv, {{"out", {12}}, {"kernel", {3, 1}}, {"groups", {4}}, {"bias", {1}}}) ==
          "weight 12x2x3x1, bias 12");
    CHECK(stated(Op::conv, {{"depthwise", {1}}, {"kernel", {3}}, {"multiplier", {2}}}) == "weight 16x1x3x3");
    CHECK(stated(Op::batch_norm) == "weight 8, bias 8, (running_mean 8), (running_var 8)");
    CHECK(stated(Op::batch_norm, {{"affine", {0}}}) == "(running_mean 8), (running_var 8)");
    CHECK(stated(Op::layer_norm) == "weight 6, bias 6");
    CHECK(stated(Op::add).empty());
    CHECK(stated(Op::relu).empty());
    n.add(Op::global_average, {x});
    CHECK(stated(Op::linear, {{"out", {10}}}) == "weight 10x8, bias 10");
}

TEST_CASE("shared tensors are as long as any layer needs along each axis, in the order of first use", "[network]")
{
    using Start = WeightShape::Start;
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {4, 8, 8}}});
    n.add(Op::conv, {x}, {{"out", {2}}, {"kernel", {5}}}, "w");
    const std::size_t wide = n.add(Op::conv, {x}, {{"out", {6}}, {"bias", {1}}}, "w");
    n.add(Op::batch_norm, {x}, {{"affine", {0}}}, "bn");
    n.add(Op::batch_norm, {wide}, {}, "bn");
    const std::vector<NamedWeights> all = weight_shapes(n);
    REQUIRE(all.size() == 2);
    CHECK(all[0].name + ": " + listed(all[0].tensors) == "w: weight 6x4x5x5, bias 6");
    CHECK(all[1].name + ": " + listed(all[1].tensors) == "bn: weight 6, bias 6, (running_mean 6), (running_var 6)");
    CHECK(all[0].tensors[0].start == Start::convolution);
    CHECK(all[0].tensors[1].start == Start::bias);
    CHECK(all[1].tensors[0].start == Start::ones);
    n.add(Op::layer_norm, {n.add(Op::layer_norm, {x}, {}, "ln")}, {}, "ln");
    CHECK(listed(weight_shapes(n)[2].tensors) == "weight 8, bias 8");
}

TEST_CASE("kernel transforms are there, and count, where several sizes share the weights", "[network]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {4, 8, 8}}});
    const auto sized = [&](double kernel) {
        return n.add(Op::conv, {x}, {{"depthwise", {1}}, {"kernel", {kernel}}, {"transform", {3, 5, 7}}}, "w");
    };
    const std::size_t three = sized(3), five = sized(5);
    CHECK(listed(weight_shapes(n[three])) == "weight 4x1x3x3");
    CHECK(params(n[three]) == 36);
    CHECK(listed(weight_shapes(n)[0].tensors) == "weight 4x1x5x5, transform_5to3 9x9");
    CHECK(params(n) == 100 + 81);
    const std::size_t seven = sized(7);
    CHECK(listed(weight_shapes(n)[0].tensors) == "weight 4x1x7x7, transform_7to5 25x25, transform_5to3 9x9");
    CHECK(weight_shapes(n)[0].tensors[1].start == WeightShape::Start::identity);
    CHECK(params(n) == 196 + 625 + 81);
    n.add(Op::choice, {three, five, seven}, {{"decision", {0}}});
    for (const std::uint16_t k : {0, 1, 2}) {
        const Network one = resolved(n, Region{Architecture{{k}}});
        CHECK(one[1].spec().attributes.at("transform") == std::vector<double>{3, 5, 7});
        CHECK(weight_shapes(one)[0].tensors.size() == 1);
        CHECK(params(one) == 4.0 * (3 + 2 * k) * (3 + 2 * k));
    }
    const Network two = resolved(n, Region{std::vector<Decision>{{"kernel", {"3", "5", "7"}}}}.allow(0, {0, 2}));
    CHECK(params(two) == params(n));  // from 7 to 3 by way of 5
}

TEST_CASE("sizes of kernels that no transform leads to are refused", "[network]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {4, 8, 8}}});
    const auto refused = [&](std::vector<double> kernel, std::vector<double> sizes, const std::string& size) {
        CHECK_THROWS_WITH(n.add(Op::conv, {x}, {{"out", {4}}, {"kernel", kernel}, {"transform", sizes}}),
                          "layer 1 (conv): attribute 'transform' lists the sizes of square kernels, ascending, all odd "
                          "or all even, its own among them, which is " +
                              size);
    };
    refused({3, 1}, {3, 5}, "3x1");
    refused({3}, {5, 7}, "3x3");
    refused({3}, {5, 3}, "3x3");
    refused({3}, {3, 3}, "3x3");
    refused({3}, {3, 4}, "3x3");
}

}  // namespace espalier
