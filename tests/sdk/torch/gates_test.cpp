// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include "espalier/error.hpp"
#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/tensors/generator.hpp"
#include "espalier/torch/tensors/gradient.hpp"

#include "catch.hpp"
#include "toys/finite_differences.hpp"

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

TEST_CASE("a mean divides by what there is of each example", "[gates]")
{
    Network network;
    const std::size_t x0 = network.add(Op::input, {}, {{"shape", {4, 6, 6}}});
    const auto maybe = [&](double decision) {
        const std::size_t module = conv(network, x0, decision == 0 ? "a" : "b");
        return network.add(Op::choice, {network.add(Op::zero, {x0}), module}, {{"decision", {decision}}});
    };
    const std::size_t first = maybe(0), second = maybe(1);
    network.add(Op::add, {first, second}, {{"mean", {1}}});
    const Weights weights(network, {}, 5, at::kDouble);
    const at::Tensor x = random_images(4);
    const auto alone = [&](const char* name) {
        Network one;
        conv(one, one.add(Op::input, {}, {{"shape", {4, 6, 6}}}), name);
        return forward(one, weights, x);
    };
    const at::Tensor a = alone("a"), b = alone("b");
    const auto gate = [](std::initializer_list<double> on) {
        const at::Tensor ones = at::tensor(at::ArrayRef<double>(on), at::kDouble);
        return at::stack({1 - ones, ones}, 1);
    };
    const Gates gates{{0, gate({0, 1, 0, 1})}, {1, gate({0, 0, 1, 1})}};
    for (const GateExecution execution : {GateExecution::dense, GateExecution::gathered}) {
        const at::Tensor y = forward(network, weights, x, {.gates = &gates, .execution = execution});
        CHECK(at::equal(y[0], at::zeros_like(y[0])));
        CHECK(at::allclose(y[1], a[1]));
        CHECK(at::allclose(y[2], b[2]));
        CHECK(at::allclose(y[3], (a[3] + b[3]) / 2));
    }
    // gates of the whole batch: what is something counts, whatever its weight
    const Gates soft{{0, at::tensor({0.25, 0.75}, at::kDouble)}, {1, at::tensor({0.5, 0.5}, at::kDouble)}};
    CHECK(at::allclose(forward(network, weights, x, {.gates = &soft}), (0.75 * a + 0.5 * b) / 2));
    const Gates only{{0, at::tensor({0.25, 0.75}, at::kDouble)}, {1, at::tensor({1., 0.}, at::kDouble)}};
    CHECK(at::allclose(forward(network, weights, x, {.gates = &only}), 0.75 * a));
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

    Network last;
    const std::size_t left = last.add(Op::input, {}, {{"shape", {4, 6, 6}}});
    last.add(Op::choice, {left, conv(last, left, "a")}, {{"decision", {0}}, {"options", {2, 3}}});
    const Gates none_before{{0, at::tensor({0., 0., 1., 0.}, at::kDouble)}};
    CHECK(at::allclose(forward(last, weights, x, {.gates = &none_before}), x));

    Network masked;
    masked.add(Op::channel_mask, {masked.add(Op::input, {}, {{"shape", {4, 6, 6}}})},
               {{"decision", {0}}, {"widths", {1, 4}}, {"options", {0, 2}}});
    const Gates widths{{0, at::tensor({0.25, 9., 0.75}, at::kDouble)}};
    const at::Tensor y = forward(masked, Weights(masked, {}, 5, at::kDouble), x, {.gates = &widths});
    CHECK(at::allclose(y.select(1, 0), x.select(1, 0)));
    CHECK(at::allclose(y.narrow(1, 1, 3), x.narrow(1, 1, 3).mul(0.75)));
}

namespace {

at::Tensor random_gate(std::vector<std::int64_t> extents)
{
    return at::empty(extents, at::kDouble).uniform_(0.2, 1, generator(7, "gate"));
}

/// What a loss would do: a number in which every element of the output has its own slope.
at::Tensor weighed(const at::Tensor& y)
{
    return y.mul(at::empty(y.sizes(), at::kDouble).normal_(0, 1, generator(9, "loss"))).sum();
}

/// A choice of nothing, a convolution and a masked convolution; where it is nothing, the input itself.
Network choice_mask_and_otherwise()
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {4, 6, 6}}});
    const std::size_t none = n.add(Op::zero, {x});
    const std::size_t masked = n.add(Op::channel_mask, {conv(n, x, "b")}, {{"decision", {1}}, {"widths", {1, 2, 4}}});
    const std::size_t chosen = n.add(Op::choice, {none, conv(n, x, "a"), masked}, {{"decision", {0}}});
    const std::size_t shifted = n.add(Op::batch_norm, {chosen}, {}, "shift");
    n.add(Op::add, {n.add(Op::otherwise, {shifted, x}), conv(n, x, "c")});
    return n;
}

}  // namespace

TEST_CASE("the gradient by a gate per example is that of finite differences", "[gates]")
{
    const Network network = choice_mask_and_otherwise();
    const Weights weights = shifted_weights(network);
    const at::Tensor x = random_images(3);
    const at::Tensor choice = random_gate({3, 3}), mask = random_gate({3, 3}).flip(0).contiguous();
    for (const Mode mode : {Mode::train, Mode::eval}) {
        const auto loss = [&](const at::Tensor& choice_gate, const at::Tensor& mask_gate) {
            const Gates gates{{0, choice_gate}, {1, mask_gate}};
            return weighed(forward(network, weights, x, {.mode = mode, .gates = &gates}));
        };
        const auto by_choice = [&](const at::Tensor& gate) { return loss(gate, mask); };
        const auto by_mask = [&](const at::Tensor& gate) { return loss(choice, gate); };
        CHECK(at::allclose(graph_slopes(by_choice, choice), finite_differences(by_choice, choice), 1e-5, 1e-7));
        CHECK(at::allclose(graph_slopes(by_mask, mask), finite_differences(by_mask, mask), 1e-5, 1e-7));
        CHECK(graph_slopes(by_choice, choice).select(1, 1).abs().min().item<double>() > 1e-3);
        CHECK(graph_slopes(by_mask, mask).abs().min().item<double>() > 1e-3);
    }
}

TEST_CASE("each example's gate has the gradient of its own example", "[gates]")
{
    const Network network = choice_mask_and_otherwise();
    const Weights weights = shifted_weights(network);
    const at::Tensor x = random_images(3), choice = random_gate({3, 3}), mask = random_gate({3, 3});
    const auto slopes = [&](std::int64_t first, std::int64_t count) {
        const at::Tensor by_choice = choice.narrow(0, first, count).detach().requires_grad_();
        const at::Tensor by_mask = mask.narrow(0, first, count).detach().requires_grad_();
        const Gates gates{{0, by_choice}, {1, by_mask}};
        const at::Tensor y = forward(network, weights, at::Tensor(x.narrow(0, first, count)), {.gates = &gates});
        const std::vector<at::Tensor> by{by_choice, by_mask};
        return gradients(y.square().sum(), by);
    };
    const auto batch = slopes(0, 3);
    for (std::int64_t example = 0; example < 3; ++example) {
        const auto one = slopes(example, 1);
        for (std::size_t i = 0; i < 2; ++i)
            CHECK(at::allclose(one[i][0], batch[i][example]));
    }
    // and of one example the gate for the whole batch
    const at::Tensor whole = choice[1].detach().requires_grad_();
    const at::Tensor mask_row = mask[1].detach();
    const Gates gates{{0, whole}, {1, mask_row}};
    const at::Tensor y = forward(network, weights, at::Tensor(x.narrow(0, 1, 1)), {.gates = &gates});
    CHECK(at::allclose(gradients(y.square().sum(), std::span(&whole, 1))[0], batch[0][1]));
}

TEST_CASE("zeros and ones that require gradients have those of the options not taken, too", "[gates]")
{
    const Network network = choice_mask_and_otherwise();
    const Weights weights = shifted_weights(network);
    const at::Tensor x = random_images(3), mask = random_gate({3, 3});
    const at::Tensor taken = at::tensor({0., 1., 0., 1., 0., 0., 0., 0., 1.}, at::kDouble).reshape({3, 3});
    // with a gradient every option counts as taken, so nothing is nothing: the reference may not skip either
    const auto loss = [&](const at::Tensor& gate) {
        const Gates gates{{0, gate.requires_grad() ? gate : gate.clone().requires_grad_()}, {1, mask}};
        return weighed(forward(network, weights, x, {.gates = &gates}));
    };
    const at::Tensor slopes = graph_slopes(loss, taken);
    CHECK(at::allclose(slopes, finite_differences(loss, taken), 1e-5, 1e-7));
    CHECK(slopes.select(1, 0).abs().max().item<double>() == 0);
    CHECK(slopes.narrow(1, 1, 2).abs().min().item<double>() > 1e-3);
}

TEST_CASE("weights and images have the gradients of the networks that the examples took", "[gates]")
{
    const Network network = one_choice();
    const Weights weights = shifted_weights(network);
    const at::Tensor x = random_images(3).requires_grad_();
    const Gates gates{{0, at::tensor({1., 0., 0., 0., 0., 1., 0., 1., 0.}, at::kDouble).reshape({3, 3})}};
    const std::vector<at::Tensor> by{weights.at("a.weight"), weights.at("b.weight"), weights.at("shift.bias"), x};
    std::vector<at::Tensor> expected;
    const std::array<int, 3> options{0, 2, 1};
    for (std::int64_t i = 0; i < 3; ++i) {
        const at::Tensor y = forward(chosen(options[static_cast<std::size_t>(i)]), weights, x)[i].square().sum();
        const auto own = gradients(y, by);
        for (std::size_t k = 0; k < by.size(); ++k)
            i == 0 ? expected.push_back(own[k]) : static_cast<void>(expected[k] += own[k]);
    }
    for (const GateExecution execution : {GateExecution::dense, GateExecution::gathered}) {
        const at::Tensor y = forward(network, weights, x, {.gates = &gates, .execution = execution});
        const auto found = gradients(y.square().sum(), by);
        for (std::size_t k = 0; k < by.size(); ++k)
            CHECK(at::allclose(found[k], expected[k]));
    }
}

TEST_CASE("an open decision without a gate is an error that names it", "[gates]")
{
    const Network network = one_choice();
    const Weights weights = shifted_weights(network);
    CHECK_THROWS_WITH(forward(network, weights, random_images(1)), ContainsSubstring("decision 0"));
    const Gates gates{{0, at::zeros({2, 3}, at::kDouble)}};
    CHECK_THROWS_WITH(forward(network, weights, random_images(1), {.gates = &gates}), ContainsSubstring("decision 0"));
    const Gates few{{0, at::zeros({1, 2}, at::kDouble)}};
    CHECK_THROWS_WITH(forward(network, weights, random_images(1), {.gates = &few}),
                      ContainsSubstring("decision 0 has 2 options, option 2"));
    Network masked;
    masked.add(Op::channel_mask, {masked.add(Op::input, {}, {{"shape", {4, 6, 6}}})},
               {{"decision", {2}}, {"widths", {1, 4}}});
    CHECK_THROWS_WITH(forward(masked, Weights(masked, {}, 5, at::kDouble), random_images(1)),
                      "layer 1 (channel_mask): decision 2 is open, so it needs a gate; or resolve the network first");
}
