// SPDX-License-Identifier: Apache-2.0
// Depthwise convolutions as networks run them on the CPU, beside LibTorch's own.
#include <array>
#include <string>
#include <thread>

#include <ATen/ops/allclose.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>

#include "espalier/rng.hpp"
#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/tensors/device.hpp"
#include "espalier/torch/tensors/generator.hpp"
#include "espalier/torch/tensors/gradient.hpp"

#include "catch.hpp"

using espalier::Attributes;
using espalier::Network;
using espalier::Op;
using espalier::Rng;
using namespace espalier::torch_sdk;

namespace {

using Pair = std::array<std::int64_t, 2>;

/// A depthwise convolution and what it is computed for.
struct Case {
    std::int64_t batch = 3, channels = 24;
    Pair size{9, 9}, kernel{5, 5}, stride{1, 1}, pad{2, 2}, dilation{1, 1};

    bool fits() const
    {
        bool all = true;
        for (std::size_t i = 0; i < 2; ++i)
            all = all && size[i] + 2 * pad[i] >= dilation[i] * (kernel[i] - 1) + 1;
        return all;
    }
};

std::vector<double> as_attribute(const Pair& pair)
{
    return {static_cast<double>(pair[0]), static_cast<double>(pair[1])};
}

Network depthwise_network(const Case& c)
{
    Network n;
    const std::size_t x = n.add(
        Op::input, {},
        {{"shape", {static_cast<double>(c.channels), static_cast<double>(c.size[0]), static_cast<double>(c.size[1])}}});
    n.add(Op::conv, {x},
          {{"depthwise", {1}},
           {"bias", {1}},
           {"kernel", as_attribute(c.kernel)},
           {"stride", as_attribute(c.stride)},
           {"pad", as_attribute(c.pad)},
           {"dilation", as_attribute(c.dilation)}},
          "w");
    return n;
}

at::Tensor noise(at::IntArrayRef extents, const char* stream = "x")
{
    return at::empty(extents).normal_(0, 1, generator(1, stream));
}

at::Tensor images_of(const Case& c)
{
    return noise({c.batch, c.channels, c.size[0], c.size[1]});
}

at::Tensor by_libtorch(const Case& c, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias)
{
    return at::conv2d(x, weight, bias, c.stride, at::IntArrayRef(c.pad), c.dilation, c.channels);
}

/// y, dx, dw, db of a weighted sum.
using Results = std::array<at::Tensor, 4>;

template <class Compute>
Results results(const Compute& compute, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias)
{
    const std::vector<at::Tensor> wanted{x.detach().requires_grad_(), weight, bias};
    const at::Tensor y = compute(wanted[0]);
    const auto slopes = gradients(y.mul(noise(y.sizes(), "slopes").to(y.scalar_type())), wanted);
    return {y.detach(), slopes[0], slopes[1], slopes[2]};
}

Results ours(const Case& c, const Weights& weights, const at::Tensor& x)
{
    const Network network = depthwise_network(c);
    return results([&](const at::Tensor& input) { return forward(network, weights, input); }, x, weights.at("w.weight"),
                   weights.at("w.bias"));
}

Results theirs(const Case& c, const Weights& weights, const at::Tensor& x, at::ScalarType dtype = at::kFloat)
{
    const at::Tensor weight = weights.at("w.weight").detach().to(dtype).requires_grad_();
    const at::Tensor bias = weights.at("w.bias").detach().to(dtype).requires_grad_();
    return results([&](const at::Tensor& input) { return by_libtorch(c, input, weight, bias); }, x.to(dtype), weight,
                   bias);
}

double relative_error(const at::Tensor& given, const at::Tensor& expected)
{
    const double largest = expected.abs().max().item<double>();
    const double error = given.to(at::kDouble).sub(expected.to(at::kDouble)).abs().max().item<double>();
    return largest == 0 ? error : error / largest;
}

bool same(const Results& a, const Results& b)
{
    for (std::size_t i = 0; i < a.size(); ++i)
        if (!at::equal(a[i], b[i]))
            return false;
    return true;
}

/// By which function a tensor is differentiated.
std::string graph_function(const at::Tensor& y)
{
    return y.grad_fn()->name();
}

bool of_our_own(const at::Tensor& y)
{
    return graph_function(y).find("depthwise") != std::string::npos;
}

Case random_case(Rng& rng)
{
    const auto one_of = [&](const auto& values) { return values[rng.below(values.size())]; };
    const auto within = [&](std::int64_t least, std::int64_t most) {
        return least + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(most - least + 1)));
    };
    Case c;
    c.batch = one_of(std::array<std::int64_t, 4>{1, 2, 9, 17});
    c.channels = one_of(std::array<std::int64_t, 13>{4, 5, 7, 8, 9, 15, 16, 17, 24, 33, 96, 129, 260});
    for (std::size_t i = 0; i < 2; ++i) {
        c.size[i] = within(1, 20);
        c.kernel[i] = within(1, 9);
        c.stride[i] = within(1, 3);
        c.dilation[i] = within(1, 2);
        c.pad[i] = within(0, c.dilation[i] * c.kernel[i]);
    }
    return c;
}

std::string text(const Case& c)
{
    std::string words = std::to_string(c.batch) + " x " + std::to_string(c.channels);
    for (const Pair& pair : {c.size, c.kernel, c.stride, c.pad, c.dilation})
        words += ", " + std::to_string(pair[0]) + " x " + std::to_string(pair[1]);
    return words;
}

}  // namespace

TEST_CASE("depthwise convolutions and their gradients are LibTorch's", "[depthwise]")
{
    Rng rng(1, "cases");
    std::size_t tried = 0, smaller = 0;
    while (tried < 250) {
        const Case c = random_case(rng);
        if (!c.fits())
            continue;
        ++tried;
        smaller += c.size[0] < c.kernel[0] || c.size[1] < c.kernel[1] ? 1 : 0;
        CAPTURE(text(c));
        const Weights weights(depthwise_network(c), {}, tried);
        const at::Tensor x = images_of(c);
        const Results own = ours(c, weights, x), single = theirs(c, weights, x),
                      exact = theirs(c, weights, x, at::kDouble);
        for (std::size_t i = 0; i < own.size(); ++i) {
            CAPTURE(i);
            REQUIRE(own[i].sizes() == single[i].sizes());
            CHECK(relative_error(own[i], single[i]) < 1e-5);
            CHECK(relative_error(own[i], exact[i]) < 1e-5);
        }
        CHECK(own[0].is_contiguous(at::MemoryFormat::ChannelsLast));
        CHECK(own[1].is_contiguous(at::MemoryFormat::ChannelsLast));
    }
    CHECK(smaller > 20);  // images smaller than the kernel
}

TEST_CASE("images that are computed band by band are whole", "[depthwise]")
{
    for (const std::int64_t stride : {1, 2, 3}) {
        const Case c{.batch = 2,
                     .channels = 130,
                     .size = {75, 61},
                     .kernel = {7, 5},
                     .stride = {stride, stride},
                     .pad = {3, 2},
                     .dilation = {1, 1}};
        const Weights weights(depthwise_network(c), {}, 1);
        const Results own = ours(c, weights, images_of(c)), exact = theirs(c, weights, images_of(c), at::kDouble);
        for (std::size_t i = 0; i < own.size(); ++i)
            CHECK(relative_error(own[i], exact[i]) < 1e-5);
    }
}

TEST_CASE("what depthwise convolutions of our own do not cover is LibTorch's", "[depthwise]")
{
    const auto one_layer = [](double channels, Attributes attributes) {
        Network n;
        n.add(Op::conv, {n.add(Op::input, {}, {{"shape", {channels, 6, 6}}})}, std::move(attributes), "w");
        return n;
    };
    const auto output = [](const Network& n, std::int64_t channels, at::ScalarType dtype) {
        return forward(n, Weights(n, {}, 1, dtype), noise({2, channels, 6, 6}).to(dtype));
    };
    const Network plain = one_layer(8, {{"depthwise", {1}}, {"kernel", {5}}});
    CHECK(of_our_own(output(plain, 8, at::kFloat)));
    CHECK_FALSE(of_our_own(output(plain, 8, at::kDouble)));
    CHECK(of_our_own(output(one_layer(8, {{"depthwise", {1}}, {"kernel", {3}}, {"dilation", {2}}}), 8, at::kFloat)));
    for (const auto& [channels, attributes] : std::vector<std::pair<std::int64_t, Attributes>>{
             {8, {{"depthwise", {1}}, {"kernel", {3}}}},
             {8, {{"depthwise", {1}}, {"multiplier", {2}}, {"kernel", {5}}}},
             {8, {{"out", {8}}, {"kernel", {5}}, {"groups", {4}}}},
             {3, {{"depthwise", {1}}, {"kernel", {5}}}}})
        CHECK_FALSE(of_our_own(output(one_layer(static_cast<double>(channels), attributes), channels, at::kFloat)));
}

TEST_CASE("a narrower depthwise layer learns the leading channels and the centre of the kernel", "[depthwise]")
{
    const Case wide{.channels = 40, .kernel = {7, 7}, .pad = {3, 3}},
        narrow{.channels = 21, .kernel = {5, 5}, .pad = {2, 2}};
    const Weights weights(depthwise_network(wide), {}, 1);
    const at::Tensor x = images_of(narrow), whole = weights.at("w.weight"), bias = weights.at("w.bias");
    const Results own = ours(narrow, weights, x);
    const auto part = [](const at::Tensor& kernels) {
        return kernels.narrow(0, 0, 21).narrow(2, 1, 5).narrow(3, 1, 5);
    };
    const auto sliced = [&](const at::Tensor& input) {
        return by_libtorch(narrow, input, part(whole), bias.narrow(0, 0, 21));
    };
    const Results expected = results(sliced, x, whole, bias);
    for (std::size_t i = 0; i < own.size(); ++i)
        CHECK(relative_error(own[i], expected[i]) < 1e-5);
    CHECK(own[2].count_nonzero().item<std::int64_t>() == 21 * 5 * 5);
}

TEST_CASE("only what requires gradients of a depthwise convolution gets them", "[depthwise]")
{
    const Case c;
    Weights weights(depthwise_network(c), {}, 1);
    const Network network = depthwise_network(c);
    const at::Tensor x = images_of(c), learning = x.clone().requires_grad_(), weight = weights.at("w.weight");
    const Results all = ours(c, weights, x);
    const auto slope = noise(all[0].sizes(), "slopes");
    CHECK(at::equal(gradients(forward(network, weights, x).mul(slope), std::span(&weight, 1))[0], all[2]));
    weights.require_gradients(false);
    CHECK(at::equal(gradients(forward(network, weights, learning).mul(slope), std::span(&learning, 1))[0], all[1]));
    CHECK_FALSE(forward(network, weights, x).requires_grad());
}

TEST_CASE("depthwise convolutions run without a graph", "[depthwise]")
{
    const Case c;
    const Weights weights(depthwise_network(c), {}, 1);
    const at::Tensor with_graph = forward(depthwise_network(c), weights, images_of(c));
    {
        const c10::InferenceMode guard;
        const at::Tensor y = forward(depthwise_network(c), weights, images_of(c));
        CHECK(y.is_inference());
        CHECK(at::equal(y, with_graph));
    }
    const c10::NoGradGuard guard;
    const at::Tensor y = forward(depthwise_network(c), weights, images_of(c));
    CHECK_FALSE(y.requires_grad());
    CHECK(at::equal(y, with_graph));
}

TEST_CASE("depthwise convolutions take images and gradients of any layout", "[depthwise]")
{
    const Case c;
    const Weights weights(depthwise_network(c), {}, 1);
    const Network network = depthwise_network(c);
    const at::Tensor x = images_of(c);
    const Results expected = ours(c, weights, x);
    CHECK(same(ours(c, weights, x.contiguous(at::MemoryFormat::ChannelsLast)), expected));
    const at::Tensor within = noise({3, 30, 9, 12}, "around").contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor view = within.narrow(1, 3, 24).narrow(3, 2, 9);
    CHECK(same(ours(c, weights, view), ours(c, weights, view.contiguous())));
    const at::Tensor alike = x.narrow(0, 0, 1).expand({3, -1, -1, -1});
    CHECK(same(ours(c, weights, alike), ours(c, weights, alike.contiguous())));
    // the gradient of a plain sum is one number, expanded
    const at::Tensor weight = weights.at("w.weight"), y = forward(network, weights, x);
    const at::Tensor ones = at::empty(y.sizes()).fill_(1);
    CHECK(at::equal(gradients(forward(network, weights, x), std::span(&weight, 1))[0],
                    gradients(y.mul(ones), std::span(&weight, 1))[0]));
}

TEST_CASE("gradients of gradients of depthwise convolutions are LibTorch's", "[depthwise]")
{
    const Case c;
    const Weights weights(depthwise_network(c), {}, 1);
    const at::Tensor weight = weights.at("w.weight"), bias = weights.at("w.bias");
    const auto twice = [&](const auto& compute) {
        const at::Tensor x = images_of(c).requires_grad_(), y = compute(x);
        const at::Tensor dx = torch::autograd::grad({y.square().sum()}, {x}, {}, {}, /*create_graph=*/true)[0];
        return gradients(dx.square(), std::vector{x, weight, bias});
    };
    const auto own = twice([&](const at::Tensor& x) { return forward(depthwise_network(c), weights, x); });
    const auto expected = twice([&](const at::Tensor& x) { return by_libtorch(c, x, weight, bias); });
    for (std::size_t i = 0; i < own.size(); ++i)
        CHECK(relative_error(own[i], expected[i]) < 1e-5);
    CHECK(expected[1].abs().max().item<double>() > 0);
}

TEST_CASE("depthwise convolutions are bit for bit the same for any number of threads", "[depthwise]")
{
    // several stripes of channels, several parts of the batch, and more work than one thread takes
    for (const std::int64_t stride : {1, 2}) {
        const Case c{.batch = 27,
                     .channels = 150,
                     .size = {16, 15},
                     .kernel = {5, 5},
                     .stride = {stride, stride},
                     .pad = {2, 2}};
        const Weights weights(depthwise_network(c), {}, 1);
        const at::Tensor x = images_of(c);
        const Results one = ours(c, weights, x);
        for (const std::int64_t threads : {2, 3, 5}) {
            use_threads(threads);
            CHECK(same(ours(c, weights, x), one));
        }
        use_threads(1);
    }
}

TEST_CASE("threads of one's own may compute depthwise convolutions at once", "[depthwise]")
{
    const Case c{.batch = 9, .channels = 40, .size = {16, 16}, .kernel = {5, 5}, .pad = {2, 2}};
    const Weights weights(depthwise_network(c), {}, 1);
    const at::Tensor x = images_of(c);
    const Results alone = ours(c, weights, x);
    std::array<Results, 3> at_once;
    std::vector<std::thread> threads;
    for (Results& mine : at_once)
        threads.emplace_back([&] { mine = ours(c, weights, x); });
    for (std::thread& thread : threads)
        thread.join();
    for (const Results& mine : at_once)
        CHECK(same(mine, alone));
}
