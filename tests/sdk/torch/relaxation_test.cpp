// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/network/relaxation.hpp"

#include <array>

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/resolve.hpp"
#include "espalier/torch/network/layer_cost.hpp"

#include "catch.hpp"
#include "toys/finite_differences.hpp"

using namespace espalier;
using namespace espalier::torch_sdk;

namespace {

at::Tensor numbers(std::vector<double> values)
{
    return at::tensor(at::ArrayRef<double>(values), at::kDouble);
}

std::size_t conv(Network& n, std::size_t x, double out, double kernel = 3)
{
    return n.add(Op::conv, {x}, {{"out", {out}}, {"kernel", {kernel}}});
}

std::size_t mask(Network& n, std::size_t x, double decision, std::vector<double> widths)
{
    return n.add(Op::channel_mask, {x}, {{"decision", {decision}}, {"widths", std::move(widths)}});
}

/// A layer's multiply-adds, linear in both widths, as a convolution counts them.
class Macs final : public LayerCosts {
public:
    LayerCost operator()(const Layer& layer, double in, double out) const override
    {
        if (layer.op() != Op::conv && layer.op() != Op::linear)
            return {};
        const double wide_in = static_cast<double>(layer.input_shape()[0]);
        const bool depthwise = layer.spec().number("depthwise", 0) != 0;
        const double a_pair = macs(layer) / (depthwise ? wide_in : wide_in * static_cast<double>(layer.shape()[0]));
        return depthwise ? LayerCost{a_pair * in, a_pair, 0} : LayerCost{a_pair * in * out, a_pair * out, a_pair * in};
    }
};

at::Tensor cost(const LayerCosts& costs, const Network& network, const std::vector<at::Tensor>& widths)
{
    at::Tensor sum = at::scalar_tensor(0, at::kDouble);
    for (const Layer layer : network) {
        if (!layer.inputs().empty())
            sum = sum.add(layer_cost(costs, layer, widths[layer.inputs()[0]], widths[layer.index()]));
    }
    return sum;
}

/// As a cell of searched widths: masked convolutions before normalisation and activation, a separable one, two nodes.
Network masked_cell()
{
    const std::vector<double> widths{2, 4, 6};
    Network n;
    const auto searched = [&](std::size_t x, double decision, double kernel) {
        return n.add(Op::relu, {n.add(Op::batch_norm, {mask(n, conv(n, x, 6, kernel), decision, widths)})});
    };
    const std::size_t stem = n.add(Op::relu, {conv(n, n.add(Op::input, {}, {{"shape", {3, 8, 8}}}), 6)});
    const std::size_t pre = searched(stem, 0, 3);
    const std::size_t depth = n.add(Op::conv, {pre}, {{"depthwise", {1}}, {"kernel", {3}}});
    const std::size_t separable = searched(n.add(Op::relu, {n.add(Op::batch_norm, {depth})}), 1, 1);
    const std::size_t other = searched(pre, 2, 5);
    const std::size_t node = n.add(Op::add, {separable, other}, {{"project", {1}}});
    const std::size_t last = searched(node, 3, 3);
    const std::size_t pooled = n.add(Op::max_pool, {last}, {{"kernel", {2}}, {"stride", {2}}, {"pad", {0}}});
    n.add(Op::linear, {n.add(Op::flatten, {pooled})}, {{"out", {10}}});
    return n;
}

at::Tensor one_hot(std::size_t option)
{
    at::Tensor gate = at::zeros({3}, at::kDouble);
    gate[static_cast<std::int64_t>(option)] = 1;
    return gate;
}

}  // namespace

TEST_CASE("a Gumbel-softmax sample is that of its definition, from the stream's own numbers", "[relaxation]")
{
    // computed apart from this code, from SplitMix64 seeded with 7
    Rng rng(7);
    const at::Tensor logits = numbers({0.3, -1, 0.5});
    CHECK(at::allclose(gumbel_softmax(logits, 1, rng),
                       numbers({0.08283733909766536, 0.005203584461271804, 0.9119590764410629}), 1e-12));
    CHECK(at::allclose(gumbel_softmax(logits, 0.5, rng),
                       numbers({0.7938098324503341, 0.027301364971140656, 0.17888880257852513}), 1e-12));
    CHECK_THROWS_WITH(gumbel_softmax(logits, 0, rng), ContainsSubstring("temperature"));
}

TEST_CASE("rows of a sample sum to one and become one-hot as the temperature falls", "[relaxation]")
{
    Rng rng(1);
    const at::Tensor logits = at::zeros({50, 4});
    const at::Tensor warm = gumbel_softmax(logits, 1, rng), cold = gumbel_softmax(logits, 1e-3, rng);
    CHECK(warm.scalar_type() == at::kFloat);
    CHECK(at::allclose(warm.sum(-1), at::zeros({50}).add(1)));
    CHECK(std::get<0>(cold.max(-1)).mean().item<double>() > 0.99);
    CHECK(std::get<0>(warm.max(-1)).mean().item<double>() < 0.9);
}

TEST_CASE("hard samples are exactly one-hot, drawn as often as the logits say, with the soft gradient", "[relaxation]")
{
    const at::Tensor logits = numbers({1, 0, -1});
    Rng rng(3);
    at::Tensor sum = at::zeros({3}, at::kDouble);
    const at::Tensor many = gumbel_softmax(logits.expand({20'000, 3}), 1, rng, /*hard=*/true);
    CHECK(at::equal(many, many.mul(many)));
    CHECK(at::equal(many.sum(-1), at::zeros({20'000}, at::kDouble).add(1)));
    CHECK(at::allclose(many.mean(0), logits.softmax(-1), 0, 0.01));

    const auto weighed = [](bool hard) {
        return [hard](const at::Tensor& at) {
            Rng same(5);
            return gumbel_softmax(at, 0.7, same, hard).mul(numbers({1, 5, 2})).sum();
        };
    };
    CHECK(at::allclose(graph_slopes(weighed(true), logits), graph_slopes(weighed(false), logits)));
    CHECK(at::allclose(graph_slopes(weighed(false), logits), finite_differences(weighed(false), logits), 1e-6));
}

TEST_CASE("widths in expectation, layer by layer", "[relaxation]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {3, 8, 8}}});
    const std::size_t wide = conv(n, x, 8);
    const std::size_t norm = n.add(Op::batch_norm, {wide});
    const std::size_t masked = mask(n, norm, 0, {2, 4, 8});
    const std::size_t depth = n.add(Op::conv, {masked}, {{"depthwise", {1}}, {"multiplier", {2}}, {"kernel", {3}}});
    const std::size_t plain = conv(n, depth, 8);
    const std::size_t sliced = mask(n, plain, 1, {4, 6});
    const std::size_t both = n.add(Op::add, {sliced, plain}, {{"project", {1}}});
    const std::size_t nothing = n.add(Op::zero, {both});
    const std::size_t sum = n.add(Op::add, {nothing, both});
    const std::size_t wider = mask(n, both, 1, {4, 8});
    const std::size_t chosen = n.add(Op::choice, {nothing, sum, wider}, {{"decision", {2}}});
    const std::size_t or_else = n.add(Op::otherwise, {nothing, masked});
    const std::size_t joined = n.add(Op::concat, {or_else, chosen, x});
    const std::size_t begin = n.add(Op::slice, {joined}, {{"begin", {1}}, {"step", {2}}});
    const std::size_t flat = n.add(Op::flatten, {begin});
    const std::size_t out = n.add(Op::linear, {flat}, {{"out", {10}}});

    const Gates gates{{0, numbers({0.5, 0.25, 0.25})}, {1, numbers({0.5, 0.5})}, {2, numbers({0.2, 0.6, 0.2})}};
    const std::vector<at::Tensor> widths = expected_widths(n, gates);
    REQUIRE(widths.size() == n.size());
    const auto at = [&](std::size_t layer) { return widths[layer].item<double>(); };
    CHECK(at(x) == 3);
    CHECK(at(masked) == 4);  // 0.5 * 2 + 0.25 * 4 + 0.25 * 8
    CHECK(at(norm) == 4);    // what the closed mask makes narrower
    CHECK(at(wide) == 4);
    CHECK(at(depth) == 8);
    CHECK(at(sliced) == 5);
    CHECK(at(plain) == 8);  // read by others too, so the closed mask is a slice
    CHECK(at(both) == 8);
    CHECK(at(nothing) == 0);
    CHECK(at(sum) == 8);
    CHECK(at(wider) == 6);
    CHECK(at(chosen) == Approx(7.5));  // (0.6 * 8 + 0.2 * 6) / 0.8
    CHECK(at(or_else) == 4);
    CHECK(at(joined) == Approx(14.5));
    CHECK(at(begin) == Approx(6.75));
    CHECK(at(flat) == Approx(6.75 * 64));
    CHECK(at(out) == 10);
    for (const at::Tensor& width : widths)
        CHECK((width.dim() == 0 && width.scalar_type() == at::kDouble));
}

TEST_CASE("only what a mask alone reads becomes narrower before it", "[relaxation]")
{
    const auto widths_of = [](const Network& n, const Gates& gates) {
        std::vector<double> widths;
        for (const at::Tensor& width : expected_widths(n, gates))
            widths.push_back(width.item<double>());
        return widths;
    };
    const Gates half{{0, numbers({0.5, 0.5})}};
    using All = std::vector<double>;
    Network given;
    mask(given, given.add(Op::input, {}, {{"shape", {4, 8, 8}}}), 0, {2, 4});
    CHECK(widths_of(given, half) == All{4, 3});  // an input stays what it is

    Network shared;
    const std::size_t x = shared.add(Op::input, {}, {{"shape", {4, 8, 8}}});
    const std::size_t wide = shared.add(Op::relu, {conv(shared, x, 4)});
    shared.add(Op::add, {mask(shared, wide, 0, {2, 4}), wide});
    CHECK(widths_of(shared, half) == All{4, 4, 4, 3, 4});

    Network ignored;  // what is read as nothing is not read
    const std::size_t y = conv(ignored, ignored.add(Op::input, {}, {{"shape", {4, 8, 8}}}), 4);
    const std::size_t nothing = ignored.add(Op::zero, {y});
    ignored.add(Op::add, {nothing, mask(ignored, y, 0, {2, 4})});
    CHECK(widths_of(ignored, half) == All{4, 3, 0, 3, 3});

    Network twice;
    const std::size_t first = mask(twice, twice.add(Op::input, {}, {{"shape", {4, 8, 8}}}), 0, {1, 3});
    mask(twice, first, 1, {2, 3});  // of the two channels that there are
    CHECK(widths_of(twice, {{0, numbers({0.5, 0.5})}, {1, numbers({0.5, 0.5})}}) == All{4, 2, 2});
}

TEST_CASE("widths along other axes, of nothing, of what steps in and of options by number", "[relaxation]")
{
    const auto last = [](const Network& n, const Gates& gates) {
        return expected_widths(n, gates).back().item<double>();
    };
    const Gates half{{0, numbers({0.5, 0.5})}};
    const auto masked = [](Network& n) { return mask(n, n.add(Op::input, {}, {{"shape", {4, 8, 8}}}), 0, {2, 4}); };
    Network high;
    const std::size_t a = masked(high);
    high.add(Op::concat, {a, a}, {{"axis", {1}}});
    CHECK(last(high, half) == 3);
    high.add(Op::slice, {high.size() - 1}, {{"axis", {1}}, {"begin", {1}}, {"end", {3}}});
    CHECK(last(high, half) == 3);
    high.add(Op::slice, {high.size() - 1}, {{"begin", {3}}, {"end", {4}}});
    CHECK(last(high, {{0, numbers({1, 0})}}) == 0);  // nothing is left of two

    Network instead;
    const std::size_t b = masked(instead);
    instead.add(Op::otherwise, {b, instead.add(Op::relu, {0})});
    CHECK(last(instead, half) == 3);

    Network none;
    const std::size_t x = none.add(Op::input, {}, {{"shape", {4, 8, 8}}});
    const std::size_t zero = none.add(Op::zero, {x});
    conv(none, none.add(Op::choice, {zero, x}, {{"decision", {0}}}), 8);
    CHECK(last(none, {{0, numbers({1, 0})}}) == 0);
    CHECK(last(none, {{0, numbers({0, 1})}}) == 8);

    Network own;
    own.add_custom("own", {masked(own)}, {4, 8, 8});  // makes its channels itself
    CHECK(last(own, half) == 4);

    Network numbered;
    const std::size_t in = numbered.add(Op::input, {}, {{"shape", {4, 8, 8}}});
    numbered.add(Op::channel_mask, {in}, {{"decision", {0}}, {"widths", {1, 4}}, {"options", {1, 2}}});
    CHECK(last(numbered, {{0, numbers({9, 0.5, 0.5})}}) == 2.5);
    numbered.add(Op::choice, {1, in}, {{"decision", {1}}, {"options", {1, 2}}});
    CHECK(last(numbered, {{0, numbers({9, 0.5, 0.5})}, {1, numbers({0, 0, 1})}}) == 4);
}

TEST_CASE("with gates of zeros and a one the widths are those of the resolved network", "[relaxation]")
{
    const Network super = masked_cell();
    const Macs costs;
    for (const std::array<std::uint16_t, 4>& options :
         std::vector<std::array<std::uint16_t, 4>>{{0, 1, 1, 2}, {2, 0, 0, 0}, {1, 2, 2, 1}, {0, 0, 0, 0}}) {
        Gates gates;
        for (std::size_t decision = 0; decision < options.size(); ++decision)
            gates.emplace(decision, one_hot(options[decision]));
        const Network plain = resolved(super, Region(Architecture{{options.begin(), options.end()}}));
        CHECK(cost(costs, super, expected_widths(super, gates)).item<double>() == Approx(macs(plain)));
    }
    // of nodes whose inputs differ the wider one counts; its projection is no layer of the super-network
    const Gates gates{{0, one_hot(0)}, {1, one_hot(0)}, {2, one_hot(2)}, {3, one_hot(1)}};
    const Network plain = resolved(super, Region(Architecture{{0, 0, 2, 1}}));
    CHECK(cost(costs, super, expected_widths(super, gates)).item<double>() == Approx(macs(plain) - 2 * 6 * 64));
}

TEST_CASE("a cost at soft widths has the gradient of finite differences, through to the logits", "[relaxation]")
{
    const Network super = masked_cell();
    const Macs costs;
    const at::Tensor logits = numbers({0.1, 0.5, -0.3, 1, 0.2, -1, 0.7, 0, 0.4, -0.2, 0.3, 0.9}).reshape({4, 3});
    const auto total = [&](const at::Tensor& at) {
        Rng rng(11);  // the same noise for every logits
        Gates gates;
        for (std::int64_t decision = 0; decision < 4; ++decision)
            gates.emplace(static_cast<std::size_t>(decision), gumbel_softmax(at[decision], 0.8, rng));
        return cost(costs, super, expected_widths(super, gates)).div(1e4);
    };
    const at::Tensor slopes = graph_slopes(total, logits);
    CHECK(at::allclose(slopes, finite_differences(total, logits), 1e-6));
    // the narrower input of a node does not count for what reads the node, but for itself
    CHECK(slopes.abs().sum(1).min().item<double>() > 1e-4);
}

TEST_CASE("the published time of a search cell at its fixed width", "[relaxation]")
{
    // eleven 3x3 convolutions of 128 channels on maps of 16, 8 and 4 pixels, batch 64, on 128 x 128 units at 1 GHz
    class Cycles final : public LayerCosts {
    public:
        LayerCost operator()(const Layer& layer, double in, double out) const override
        {
            if (layer.op() != Op::conv)
                return {};
            const double area = static_cast<double>(layer.shape()[1] * layer.shape()[2]);
            const double scale = 64 * area * 9 / (128. * 128.) / 1e6;
            return {scale * in * out, scale * out, scale * in};
        }
    };
    const Cycles costs;
    double milliseconds = 0;
    for (const double side : {16, 8, 4}) {
        Network n;
        std::size_t x = n.add(Op::input, {}, {{"shape", {128, side, side}}});
        for (double i = 0; i < 11; ++i)
            x = mask(n, conv(n, x, 280), i, {120, 128, 136});
        Gates gates;
        for (std::size_t i = 0; i < 11; ++i)
            gates.emplace(i, numbers({0.25, 0.5, 0.25}));
        milliseconds += cost(costs, n, expected_widths(n, gates)).item<double>();
    }
    CHECK(milliseconds == Approx(11 * 9 * 64 * (256 + 64 + 16) / 1e6));
    CHECK(milliseconds == Approx(2.13).epsilon(1e-3));
}

TEST_CASE("widths need a gate for every open decision, for the whole batch", "[relaxation]")
{
    Network n;
    mask(n, conv(n, n.add(Op::input, {}, {{"shape", {3, 8, 8}}}), 8), 4, {2, 8});
    CHECK_THROWS_WITH(expected_widths(n, {}), ContainsSubstring("decision 4"));
    CHECK_THROWS_WITH(expected_widths(n, {{4, at::zeros({3, 2})}}), ContainsSubstring("[options]"));
}
