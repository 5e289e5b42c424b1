// SPDX-License-Identifier: Apache-2.0
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include "espalier/error.hpp"
#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/tensors/generator.hpp"
#include "espalier/torch/tensors/gradient.hpp"

#include "catch.hpp"
#include "toys/finite_differences.hpp"

using espalier::Attributes;
using espalier::Network;
using espalier::Op;
using espalier::Rng;
using namespace espalier::torch_sdk;

namespace {

at::Tensor images()
{
    return at::empty({2, 6, 4, 4}, at::kDouble).normal_(0, 2, generator(1, "images"));
}

at::Tensor run(Op op, const at::Tensor& x, Attributes attributes = {}, const std::string& weights = {},
               const ForwardOptions& options = {})
{
    Network network;
    std::vector<double> shape;
    for (const std::int64_t extent : x.sizes().slice(1))
        shape.push_back(static_cast<double>(extent));
    network.add(op, {network.add(Op::input, {}, {{"shape", shape}})}, std::move(attributes), weights);
    const at::Tensor y = forward(network, Weights(network, {}, 1, at::kDouble), x, options);
    // what core infers is what LibTorch gives
    const espalier::Shape& expected = network.output().shape();
    CHECK(y.sizes().slice(1) == at::IntArrayRef(expected.begin(), expected.size()));
    return y;
}

void check(const at::Tensor& given, std::vector<double> expected)
{
    CHECK(at::allclose(given.flatten().to(at::kDouble), at::tensor(expected, at::kDouble), 1e-6, 1e-6));
}

}  // namespace

TEST_CASE("activations are by hand", "[operations]")
{
    const at::Tensor x = at::tensor({-4.0, -1.0, 0.5, 8.0}, at::kDouble).reshape({1, 4});
    check(run(Op::relu, x), {0, 0, 0.5, 8});
    check(run(Op::relu6, x), {0, 0, 0.5, 6});
    check(run(Op::hsigmoid, x), {0, 2.0 / 6, 3.5 / 6, 1});
    check(run(Op::hswish, x), {0, -2.0 / 6, 0.5 * 3.5 / 6, 8});
    check(run(Op::sigmoid, x), {0.01798621, 0.26894142, 0.62245933, 0.99966465});
    check(run(Op::swish, x), {-0.07194484, -0.26894142, 0.31122967, 7.99731720});
    check(run(Op::gelu, x), {-0.00012668, -0.15865525, 0.34573123, 8});
    check(run(Op::tanh, x), {-0.99932930, -0.76159416, 0.46211716, 0.99999977});
    const at::Tensor s = run(Op::softmax, x);
    CHECK(s.sum().item<double>() == Approx(1));
    CHECK(s[0][3].div(s[0][2]).item<double>() == Approx(std::exp(7.5)));
    const at::Tensor tokens = run(Op::softmax, x.reshape({1, 2, 2}));  // along the last axis
    CHECK(tokens[0][0][1].div(tokens[0][0][0]).item<double>() == Approx(std::exp(3)));
}

TEST_CASE("pools do not count their padding", "[operations]")
{
    const at::Tensor x = at::ones({1, 2, 4, 4}, at::kDouble);
    CHECK(at::allclose(run(Op::avg_pool, x, {{"kernel", {3}}}), x));
    const at::Tensor counted = run(Op::avg_pool, x, {{"kernel", {3}}, {"count_include_pad", {1}}});
    CHECK(counted[0][0][0][0].item<double>() == Approx(4.0 / 9));
    CHECK(at::allclose(run(Op::max_pool, x.neg(), {{"kernel", {3}}}), x.neg()));
    CHECK(run(Op::max_pool, x, {{"kernel", {2}}, {"stride", {2}}}).size(3) == 2);
}

TEST_CASE("averages, slices, shuffles and enlargements are by hand", "[operations]")
{
    const at::Tensor x = images();
    CHECK(at::allclose(run(Op::global_average, x), x.mean({2, 3})));
    CHECK(at::allclose(run(Op::global_average, x, {{"keep", {1}}}), x.mean({2, 3}, true)));
    const at::Tensor tokens = x.reshape({2, 6, 16});
    CHECK(at::allclose(run(Op::global_average, tokens), tokens.mean(1)));
    CHECK(at::allclose(run(Op::global_average, tokens, {{"keep", {1}}}), tokens.mean(1, true)));
    CHECK(at::allclose(run(Op::flatten, x), x.reshape({2, 96})));
    CHECK(at::allclose(run(Op::slice, x, {{"begin", {1}}, {"end", {6}}, {"step", {2}}}), x.slice(1, 1, 6, 2)));
    CHECK(at::allclose(run(Op::slice, x, {{"axis", {2}}, {"begin", {3}}}), x.slice(3, 3)));
    const at::Tensor shuffled = run(Op::channel_shuffle, x, {{"groups", {2}}});
    for (const auto& [to, from] : std::vector<std::pair<int, int>>{{0, 0}, {1, 3}, {2, 1}, {3, 4}, {4, 2}, {5, 5}})
        CHECK(at::equal(shuffled.select(1, to), x.select(1, from)));
    const at::Tensor large = run(Op::upsample, x, {{"scale", {2, 3}}});
    CHECK(at::equal(large.slice(2, 1, 8, 2).slice(3, 2, 12, 3), x));
}

TEST_CASE("rectangular windows are height before width", "[operations]")
{
    CHECK(run(Op::conv, images(), {{"out", {3}}, {"kernel", {1, 3}}, {"stride", {2, 1}}}, "w").sizes() ==
          at::IntArrayRef({2, 3, 2, 4}));
}

TEST_CASE("convolutions of kernel 1 are LibTorch's, with their gradients", "[operations]")
{
    for (const Attributes& special : std::vector<Attributes>{
             {}, {{"bias", {1}}}, {{"groups", {2}}}, {{"stride", {2}}}, {{"stride", {1, 2}}}, {{"pad", {1, 0}}}}) {
        const auto layer = [&](double out) {
            Attributes attributes = special;
            attributes["out"] = {out};
            Network n;
            n.add(Op::conv, {n.add(Op::input, {}, {{"shape", {6, 4, 4}}})}, attributes, "w");
            return n;
        };
        const auto attribute = [&](const std::string& name, std::vector<double> otherwise) {
            const auto found = special.find(name);
            const std::vector<double>& pair = found == special.end() ? otherwise : found->second;
            return std::vector{static_cast<std::int64_t>(pair.front()), static_cast<std::int64_t>(pair.back())};
        };
        CAPTURE(espalier::to_string(layer(8)));
        const Weights weights(layer(12), {}, 1, at::kDouble);
        const bool biased = special.contains("bias");
        const at::Tensor x = images().requires_grad_(), weight = weights.at("w.weight"),
                         bias = biased ? weights.at("w.bias") : at::Tensor();
        const at::Tensor y = forward(layer(8), weights, x);
        const at::Tensor expected =
            at::conv2d(x, weight.narrow(0, 0, 8), biased ? bias.narrow(0, 0, 8) : bias, attribute("stride", {1}),
                       attribute("pad", {0}), 1, attribute("groups", {1})[0]);
        CHECK(at::allclose(y, expected, 1e-12, 1e-12));
        std::vector<at::Tensor> by{x, weight};
        if (biased)
            by.push_back(bias);
        const auto own = gradients(y.square(), by), theirs = gradients(expected.square(), by);
        for (std::size_t i = 0; i < by.size(); ++i)
            CHECK(at::allclose(own[i], theirs[i], 1e-12, 1e-12));
        const at::Tensor shown = images().contiguous(at::MemoryFormat::ChannelsLast).requires_grad_();
        const at::Tensor lying = forward(layer(8), weights, shown);
        CHECK(lying.is_contiguous(at::MemoryFormat::ChannelsLast));
        CHECK(gradients(lying.square(), std::span(&shown, 1))[0].is_contiguous(at::MemoryFormat::ChannelsLast));
    }
}

TEST_CASE("layers are normalised along their last axis, batches along each channel", "[operations]")
{
    const at::Tensor tokens = at::empty({2, 5, 8}, at::kDouble).normal_(3, 2, generator(1, "tokens"));
    CHECK(at::allclose(run(Op::layer_norm, tokens, {}, "n"), at::layer_norm(tokens, {8})));
    CHECK(at::allclose(run(Op::layer_norm, images(), {}, "n"), at::layer_norm(images(), {4})));
    CHECK(at::allclose(run(Op::layer_norm, tokens, {{"eps", {0.5}}}, "n"), at::layer_norm(tokens, {8}, {}, {}, 0.5)));
    const at::Tensor plain = run(Op::batch_norm, images(), {{"affine", {0}}}, "n", {.mode = Mode::train});
    CHECK(at::allclose(plain.mean({0, 2, 3}), at::zeros({6}, at::kDouble), 0, 1e-6));
}

TEST_CASE("several inputs are added, multiplied and joined", "[operations]")
{
    Network network;
    const std::size_t a = network.add(Op::input, {}, {{"shape", {6, 4, 4}}});
    const std::size_t b = network.add(Op::input, {}, {{"shape", {6}}});
    const std::size_t scaled = network.add(Op::multiply, {a, b});
    const std::size_t joined = network.add(Op::concat, {scaled, a});
    network.add(Op::add, {joined, joined});
    const Weights weights(network, {}, 1, at::kDouble);
    const at::Tensor x = images(), factor = x.mean({2, 3});
    const std::vector<at::Tensor> inputs{x, factor};
    const at::Tensor expected = at::cat({x.mul(factor.reshape({2, 6, 1, 1})), x}, 1).mul(2);
    CHECK(at::allclose(forward(network, weights, inputs), expected));
    CHECK_THROWS_WITH(forward(network, weights, x), ContainsSubstring("fewer tensors"));
}

TEST_CASE("dropout drops in training only, by its own stream", "[operations]")
{
    const at::Tensor x = at::ones({1, 10'000}, at::kDouble);
    CHECK(at::equal(run(Op::dropout, x, {{"rate", {0.25}}}), x));
    Rng rng(1), same(1);
    const at::Tensor y = run(Op::dropout, x, {{"rate", {0.25}}}, {}, {.mode = Mode::train, .rng = &rng});
    CHECK(y.eq(0).to(at::kDouble).mean().item<double>() == Approx(0.25).margin(0.03));
    CHECK(y.max().item<double>() == Approx(1 / 0.75));
    CHECK(at::equal(y, run(Op::dropout, x, {{"rate", {0.25}}}, {}, {.mode = Mode::train, .rng = &same})));
    CHECK_THROWS_WITH(run(Op::dropout, x, {}, {}, {.mode = Mode::train}), ContainsSubstring("random stream"));
    const at::Tensor all = run(Op::dropout, x, {{"rate", {1}}}, {}, {.mode = Mode::train, .rng = &rng});
    CHECK(all.abs().max().item<double>() == 0);
}

namespace {

/// One depthwise convolution of a kernel that shares the weights "w" by transforms.
Network with_kernel(double kernel, double channels = 3)
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {channels, 9, 9}}});
    n.add(Op::conv, {x}, {{"depthwise", {1}}, {"kernel", {kernel}}, {"transform", {3, 5, 7}}}, "w");
    return n;
}

/// All three sizes, so that their weights are those of a super-network.
Network three_kernels()
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {3, 9, 9}}});
    std::vector<std::size_t> all;
    for (const double kernel : {3, 5, 7})
        all.push_back(n.add(Op::conv, {x}, {{"depthwise", {1}}, {"kernel", {kernel}}, {"transform", {3, 5, 7}}}, "w"));
    n.add(Op::add, all);
    return n;
}

/// A matrix times the centre of the kernels, number by number.
at::Tensor centre_times(const at::Tensor& kernels, const at::Tensor& matrix, std::int64_t size)
{
    const std::int64_t border = (kernels.size(2) - size) / 2;
    at::Tensor made = at::zeros({kernels.size(0), 1, size, size}, at::kDouble);
    for (std::int64_t c = 0; c < kernels.size(0); ++c)
        for (std::int64_t i = 0; i < size * size; ++i)
            for (std::int64_t j = 0; j < size * size; ++j)
                made[c][0][i / size][i % size] += matrix[i][j] * kernels[c][0][border + j / size][border + j % size];
    return made;
}

at::Tensor maps(std::int64_t channels = 3)
{
    return at::empty({2, channels, 9, 9}, at::kDouble).normal_(0, 1, generator(2, "maps"));
}

at::Tensor plain(const at::Tensor& x, const at::Tensor& kernels)
{
    return at::conv2d(x, kernels, {}, 1, kernels.size(2) / 2, 1, x.size(1));
}

/// But for the order in which a convolution adds up, which depends on where its numbers lie.
bool close(const at::Tensor& a, const at::Tensor& b)
{
    return at::allclose(a, b, 1e-12, 1e-12);
}

}  // namespace

TEST_CASE("kernel transforms begin as the centre of the larger kernel", "[operations]")
{
    const Weights weights(three_kernels(), {}, 1, at::kDouble);
    const at::Tensor whole = weights.at("w.weight").detach();
    REQUIRE(whole.sizes() == at::IntArrayRef({3, 1, 7, 7}));
    REQUIRE(weights.tensors().size() == 3);
    for (const std::int64_t size : {3, 5, 7}) {
        const std::int64_t border = (7 - size) / 2;
        const at::Tensor centre = whole.narrow(2, border, size).narrow(3, border, size);
        const at::Tensor y = forward(with_kernel(static_cast<double>(size)), weights, maps());
        CHECK(close(y, plain(maps(), centre)));
    }
}

TEST_CASE("each kernel is the centre of the next larger one times a learned matrix", "[operations]")
{
    const Weights weights(three_kernels(), {}, 1, at::kDouble);
    for (const char* name : {"w.transform_7to5", "w.transform_5to3"})
        at::Tensor(weights.at(name).detach()).normal_(0, 1, generator(3, name));
    const at::Tensor five = centre_times(weights.at("w.weight").detach(), weights.at("w.transform_7to5").detach(), 5);
    const at::Tensor three = centre_times(five, weights.at("w.transform_5to3").detach(), 3);
    CHECK(at::allclose(forward(with_kernel(5), weights, maps()), plain(maps(), five)));
    CHECK(at::allclose(forward(with_kernel(3), weights, maps()), plain(maps(), three)));
    CHECK(close(forward(with_kernel(7), weights, maps()), plain(maps(), weights.at("w.weight").detach())));
    // a narrower layer: the leading channels, the same matrices
    CHECK(at::allclose(forward(with_kernel(3, 2), weights, maps(2)), plain(maps(2), three.narrow(0, 0, 2))));
    // a network with one size has its own kernel, and no matrices
    const Weights alone(with_kernel(3), {}, 1, at::kDouble);
    REQUIRE(alone.tensors().size() == 1);
    CHECK(close(forward(with_kernel(3), alone, maps()), plain(maps(), alone.at("w.weight").detach())));
}

TEST_CASE("gradients of a transformed kernel reach the matrices and the weights", "[operations]")
{
    const Weights weights(three_kernels(), {}, 1, at::kDouble);
    for (const char* name : {"w.transform_7to5", "w.transform_5to3"})
        at::Tensor(weights.at(name).detach()).normal_(0, 0.3, generator(3, name));
    const at::Tensor slope = at::empty({2, 3, 9, 9}, at::kDouble).normal_(0, 1, generator(4, "slope"));
    const auto loss = [&] { return forward(with_kernel(3), weights, maps()).mul(slope).sum(); };
    for (const NamedTensor& tensor : weights.tensors()) {
        CAPTURE(tensor.name);
        const at::Tensor here = tensor.value.detach().contiguous().clone();
        const auto moved = [&](const at::Tensor& value) {
            const c10::NoGradGuard no_gradients;
            tensor.value.copy_(value);
            return loss();
        };
        const at::Tensor slopes = finite_differences(moved, here);
        moved(here);
        const at::Tensor parameter = tensor.value;
        const at::Tensor graph = gradients(loss(), std::span(&parameter, 1))[0];
        CHECK(at::allclose(graph, slopes, 1e-6, 1e-7));
        CHECK(graph.abs().sum().item<double>() > 0);
    }
}
