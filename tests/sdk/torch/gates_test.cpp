// SPDX-License-Identifier: Apache-2.0
#include <ATen/ops/allclose.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include "espalier/error.hpp"
#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/tensors/generator.hpp"
#include "espalier/torch/tensors/gradient.hpp"

#include "catch.hpp"

using espalier::Network;
using espalier::Op;
using espalier::Shape;
using namespace espalier::torch_sdk;

namespace {

at::Tensor random_images(std::int64_t n)
{
    return at::empty({n, 4, 6, 6}, at::kDouble).normal_(0, 1, generator(3, "images"));
}

std::size_t conv(Network& network, std::size_t x, const std::string& weights)
{
    return network.add(Op::conv, {x}, {{"out", {4}}, {"kernel", {3}}}, weights);
}

/// nothing | the input | a convolution, added to a second convolution, then a normalisation.
Network one_choice()
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {4, 6, 6}}});
    const std::size_t none = n.add(Op::zero, {x});
    const std::size_t a = conv(n, x, "a");
    const std::size_t chosen = n.add(Op::choice, {none, x, a}, {{"decision", {0}}});
    // a normalisation turns zeros into its shift, so nothing must pass it as nothing
    const std::size_t shifted = n.add(Op::batch_norm, {chosen}, {}, "shift");
    n.add(Op::add, {shifted, conv(n, x, "b")});
    return n;
}

/// The same with the choice made by hand: option 0 leaves the second convolution alone.
Network chosen(int option)
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {4, 6, 6}}});
    if (option == 0) {
        conv(n, x, "b");
        return n;
    }
    const std::size_t y = option == 1 ? x : conv(n, x, "a");
    const std::size_t shifted = n.add(Op::batch_norm, {y}, {}, "shift");
    n.add(Op::add, {shifted, conv(n, x, "b")});
    return n;
}

Weights shifted_weights(const Network& network)
{
    Weights weights(network, {}, 5, at::kDouble);
    weights.at("shift.bias").detach().fill_(7);
    return weights;
}

}  // namespace

TEST_CASE("gates of zeros and a one are the network with that choice made", "[gates]")
{
    const Network network = one_choice();
    const Weights weights = shifted_weights(network);
    const at::Tensor x = random_images(3);
    for (const int option : {0, 1, 2}) {
        Gates gates{{0, at::zeros({3}, at::kDouble)}};
        gates.at(0)[option] = 1;
        const at::Tensor expected = forward(chosen(option), weights, x);
        CHECK(at::allclose(forward(network, weights, x, {.gates = &gates}), expected));
        gates.at(0) = gates.at(0).expand({3, 3});
        CHECK(at::allclose(forward(network, weights, x, {.gates = &gates}), expected));
    }
}

TEST_CASE("soft gates give the weighted sum, and a gradient each", "[gates]")
{
    Network network;
    const std::size_t x0 = network.add(Op::input, {}, {{"shape", {4, 6, 6}}});
    const std::size_t none = network.add(Op::zero, {x0});
    const std::size_t a = conv(network, x0, "a");
    network.add(Op::choice, {none, x0, a}, {{"decision", {0}}});
    const Weights weights(network, {}, 5, at::kDouble);
    const at::Tensor x = random_images(2);
    const at::Tensor gate = at::tensor({0.5, 0.2, 0.3}, at::kDouble).requires_grad_();
    const Gates gates{{0, gate}};
    const at::Tensor y = forward(network, weights, x, {.gates = &gates});

    Network branch;
    conv(branch, branch.add(Op::input, {}, {{"shape", {4, 6, 6}}}), "a");
    const at::Tensor convolved = forward(branch, weights, x);
    CHECK(at::allclose(y, x.mul(0.2).add(convolved.mul(0.3))));
    const at::Tensor slope = gradients(y, std::span(&gate, 1))[0];
    CHECK(slope[0].item<double>() == 0);
    CHECK(slope[1].item<double>() == Approx(x.sum().item<double>()));
    CHECK(slope[2].item<double>() == Approx(convolved.sum().item<double>()));
}

TEST_CASE("gates per example choose for each example by itself", "[gates]")
{
    const Network network = one_choice();
    const Weights weights = shifted_weights(network);
    const at::Tensor x = random_images(3);
    // one example nothing, one the convolution, one input and convolution together
    const Gates gates{{0, at::tensor({1., 0., 0., 0., 0., 1., 0., 1., 1.}, at::kDouble).reshape({3, 3})}};
    const at::Tensor y = forward(network, weights, x, {.gates = &gates});
    CHECK(at::allclose(y[0], forward(chosen(0), weights, x)[0]));
    CHECK(at::allclose(y[1], forward(chosen(2), weights, x)[1]));
    const Gates both{{0, at::tensor({0., 1., 1.}, at::kDouble)}};
    CHECK(at::allclose(y[2], forward(network, weights, x, {.gates = &both})[2]));
}

TEST_CASE("otherwise steps in for those examples that have nothing", "[gates]")
{
    Network network;
    const std::size_t x0 = network.add(Op::input, {}, {{"shape", {4, 6, 6}}});
    const std::size_t none = network.add(Op::zero, {x0});
    const std::size_t a = conv(network, x0, "a");
    const std::size_t choice = network.add(Op::choice, {none, a}, {{"decision", {0}}});
    network.add(Op::otherwise, {choice, x0});
    const Weights weights(network, {}, 5, at::kDouble);
    const at::Tensor x = random_images(2);
    Gates gates{{0, at::tensor({1., 0., 0., 1.}, at::kDouble).reshape({2, 2})}};
    const at::Tensor y = forward(network, weights, x, {.gates = &gates});
    CHECK(at::allclose(y[0], x[0]));
    CHECK_FALSE(at::allclose(y[1], x[1]));
    gates.at(0) = at::tensor({1., 0.}, at::kDouble);
    CHECK(at::allclose(forward(network, weights, x, {.gates = &gates}), x));
    gates.at(0) = at::tensor({0., 1.}, at::kDouble);
    CHECK(at::allclose(forward(network, weights, x, {.gates = &gates})[1], y[1]));
}

TEST_CASE("a mask keeps the leading channels, softly or per example", "[gates]")
{
    Network network;
    const std::size_t x0 = network.add(Op::input, {}, {{"shape", {4, 6, 6}}});
    network.add(Op::channel_mask, {x0}, {{"decision", {2}}, {"widths", {1, 3, 4}}});
    const Weights weights(network, {}, 5, at::kDouble);
    const at::Tensor x = random_images(2);
    Gates gates{{2, at::tensor({0.5, 0.25, 0.25}, at::kDouble)}};
    const at::Tensor soft = forward(network, weights, x, {.gates = &gates});
    for (const auto& [channel, factor] : std::vector<std::pair<int, double>>{{0, 1}, {1, .5}, {2, .5}, {3, .25}})
        CHECK(at::allclose(soft.select(1, channel), x.select(1, channel).mul(factor)));
    gates.at(2) = at::tensor({1., 0., 0., 0., 1., 0.}, at::kDouble).reshape({2, 3});
    const at::Tensor hard = forward(network, weights, x, {.gates = &gates});
    CHECK(hard[0].narrow(0, 1, 3).abs().sum().item<double>() == 0);
    CHECK(at::allclose(hard[1].narrow(0, 0, 3), x[1].narrow(0, 0, 3)));
    CHECK(hard[1][3].abs().sum().item<double>() == 0);
}

TEST_CASE("options that are left keep their numbers in the gate", "[gates]")
{
    Network network;
    const std::size_t x0 = network.add(Op::input, {}, {{"shape", {4, 6, 6}}});
    const std::size_t a = conv(network, x0, "a");
    network.add(Op::choice, {x0, a}, {{"decision", {0}}, {"options", {1, 3}}});
    const Weights weights(network, {}, 5, at::kDouble);
    const at::Tensor x = random_images(2);
    const Gates gates{{0, at::tensor({9., 1., 9., 0.}, at::kDouble)}};
    CHECK(at::allclose(forward(network, weights, x, {.gates = &gates}), x));
}

TEST_CASE("an open decision without a gate is an error that names it", "[gates]")
{
    const Network network = one_choice();
    const Weights weights = shifted_weights(network);
    CHECK_THROWS_WITH(forward(network, weights, random_images(1)), ContainsSubstring("decision 0"));
    const Gates gates{{0, at::zeros({2, 3}, at::kDouble)}};
    CHECK_THROWS_WITH(forward(network, weights, random_images(1), {.gates = &gates}), ContainsSubstring("decision 0"));
}
