// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/network/forward.hpp"

#include <string>
#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/all.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/item.h>
#include <ATen/ops/max.h>
#include <ATen/ops/zeros.h>

#include "espalier/torch/tensors/generator.hpp"

#include "catch.hpp"
#include "hurricane.hpp"
#include "operators.hpp"

using namespace espalier;
using namespace espalier::torch_sdk;
using hurricane::alone;
using hurricane::kOperators;
using hurricane::operator_named;
using hurricane::Place;

namespace {

constexpr Place kWithin{8, 8, 6, 1}, kBetween{8, 16, 6, 2};

at::Tensor pictures(const char* stream = "pictures")
{
    return at::empty({2, 8, 6, 6}, at::kDouble).normal_(0, 1, generator(3, stream));
}

Weights weights_of(const Network& network)
{
    return {network, {}, 1, at::kDouble};
}

/// Overwrites a tensor of the only operator.
void fill(const Weights& weights, const std::string& name, double value)
{
    at::Tensor(weights.at(name).detach()).fill_(value);
}

double difference(const at::Tensor& a, const at::Tensor& b)
{
    return (a - b).abs().max().item<double>();
}

/// What the gate multiplies by where its last convolution gives `value` everywhere.
double gate_at(const char* name, double value, Op gate)
{
    const Network network = alone(kOperators[operator_named(name)], kBetween, {.affine = true, .gate = gate});
    const Weights weights = weights_of(network);
    fill(weights, std::string(name) + ".squeeze.expand.weight", 0);
    fill(weights, std::string(name) + ".squeeze.expand.bias", value);
    double factor = -1;
    const auto observe = [&](const Layer& layer, const at::Tensor& input, const at::Tensor& output) {
        if (layer.op() != Op::multiply)
            return;
        factor = output.sum().item<double>() / input.sum().item<double>();
        CHECK(difference(output, input * factor) <= 1e-12);
    };
    forward(network, weights, pictures(), {.observe = observe});
    return factor;
}

}  // namespace

TEST_CASE("squeeze and excite multiplies by its gate's value", "[hurricane]")
{
    for (const char* name : {"SEP_3_SE", "MB_5_3_SE", "Choice_7_SE", "ChoiceX_SE"}) {
        INFO(name);
        CHECK(gate_at(name, 0, Op::hsigmoid) == Approx(0.5));
        CHECK(gate_at(name, 3, Op::hsigmoid) == Approx(1));
        CHECK(gate_at(name, -3, Op::hsigmoid) == Approx(0).margin(1e-15));
        CHECK(gate_at(name, -3, Op::hswish) == Approx(0).margin(1e-15));
        CHECK(gate_at(name, 3, Op::hswish) == Approx(3));
        CHECK(gate_at(name, 1, Op::hswish) == Approx(2.0 / 3));
    }
}

TEST_CASE("an inverted residual whose projection is zero gives its input", "[hurricane]")
{
    for (const char* name : {"MB_3_1", "MB_5_3_SE", "MB_7_6"}) {
        INFO(name);
        const Network network = alone(kOperators[operator_named(name)], kWithin);
        const Weights weights = weights_of(network);
        CHECK(difference(forward(network, weights, pictures()), pictures()) > 1e-3);
        fill(weights, std::string(name) + ".project.weight", 0);
        CHECK(at::equal(forward(network, weights, pictures()), pictures()));
    }
}

TEST_CASE("even channels are kept as they are, odd ones are worked on", "[hurricane]")
{
    const at::Tensor x = at::arange(8, at::kDouble).view({1, 8, 1, 1}).expand({1, 8, 6, 6}).contiguous();
    for (const char* name : {"Choice_3", "Choice_5_SE", "ChoiceX"}) {
        INFO(name);
        const Network network = alone(kOperators[operator_named(name)], kWithin);
        const Weights weights = weights_of(network);
        const at::Tensor y = forward(network, weights, x);
        for (int c = 0; c < 4; ++c)
            CHECK(at::equal(y.select(1, c), x.select(1, 2 * c)));
        at::Tensor even = x.clone();
        for (int c = 0; c < 8; c += 2)
            even.select(1, c).fill_(100);
        CHECK(at::equal(forward(network, weights, even).narrow(1, 4, 4), y.narrow(1, 4, 4)));
    }
}

TEST_CASE("every operator runs at both strides", "[hurricane]")
{
    for (const hurricane::Operator& op : kOperators)
        for (const Place& place : {kWithin, kBetween}) {
            INFO(op.name << " to " << place.out << " channels");
            const Network network = alone(op, place);
            const at::Tensor y = forward(network, weights_of(network), pictures());
            CHECK(y.sizes() == at::IntArrayRef({2, place.out, 6 / place.stride, 6 / place.stride}));
            CHECK(at::isfinite(y).all().item<bool>());
        }
}

TEST_CASE("networks run with the super-network's weights, and are the super-network with one operator a layer",
          "[hurricane]")
{
    const hurricane::Hurricane space({.backbone = "mini", .operators = "paper_dsp"}, {});
    const Region all(space.decisions());
    const Network super = space.network(all);
    const Weights weights = weights_of(super);
    const at::Tensor x = at::empty({2, 3, 32, 32}, at::kDouble).normal_(0, 1, generator(3, "images"));
    Rng rng{5};
    for (int i = 0; i < 4; ++i) {
        const Architecture a = random_architecture(all, rng);
        INFO(space.text(a));
        const at::Tensor y = forward(space.network(Region(a)), weights, x);
        REQUIRE(y.sizes() == at::IntArrayRef({2, 10}));
        Gates gates;
        for (std::size_t layer = 0; layer < a.choices.size(); ++layer) {
            gates[layer] = at::zeros({static_cast<std::int64_t>(space.decisions()[layer].options.size())}, at::kDouble);
            gates[layer][a.choices[layer]] = 1;
        }
        const at::Tensor gated = forward(super, weights, x, {.gates = &gates});
        CHECK(difference(gated, y) <= 1e-10 * y.abs().max().item<double>());
    }
}
