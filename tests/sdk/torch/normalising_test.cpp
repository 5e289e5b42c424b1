// SPDX-License-Identifier: Apache-2.0
// Batch normalisations with the activation behind them, as networks are trained with them on the CPU, beside
// LibTorch's.
#include <array>
#include <cmath>
#include <limits>
#include <string>

#include <ATen/ops/batch_norm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/hardtanh.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>

#include "espalier/rng.hpp"
#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/tensors/device.hpp"
#include "espalier/torch/tensors/generator.hpp"
#include "espalier/torch/tensors/gradient.hpp"

#include "catch.hpp"

using espalier::Network;
using espalier::Op;
using espalier::Rng;
using namespace espalier::torch_sdk;

namespace {

struct NormCase {
    std::int64_t batch = 5, channels = 24;
    std::array<std::int64_t, 2> size{7, 6};
    bool affine = true;
    Op behind = Op::relu;  ///< batch_norm: none
    double centre = 0;     ///< of the images
};

Network norm_network(const NormCase& c)
{
    Network n;
    std::size_t x = n.add(
        Op::input, {},
        {{"shape", {static_cast<double>(c.channels), static_cast<double>(c.size[0]), static_cast<double>(c.size[1])}}});
    x = n.add(Op::batch_norm, {x}, {{"affine", {c.affine ? 1.0 : 0.0}}, {"momentum", {0.2}}}, "n");
    if (c.behind != Op::batch_norm)
        n.add(c.behind, {x});
    return n;
}

at::Tensor norm_noise(at::IntArrayRef extents, const char* stream)
{
    return at::empty(extents).normal_(0, 1, generator(1, stream));
}

at::Tensor norm_images(const NormCase& c)
{
    return norm_noise({c.batch, c.channels, c.size[0], c.size[1]}, "x").mul(2).add(c.centre);
}

/// y, dx, and, where they are, d scale and d shift of a weighted sum; then the running statistics.
using NormResults = std::vector<at::Tensor>;

template <class Compute>
NormResults norm_results(const Compute& compute, const at::Tensor& x, std::vector<at::Tensor> parameters)
{
    parameters.insert(parameters.begin(), x.detach().requires_grad_());
    const at::Tensor y = compute(parameters[0]);
    NormResults results = gradients(y.mul(norm_noise(y.sizes(), "slopes").to(y.scalar_type())), parameters);
    results.insert(results.begin(), y.detach());
    return results;
}

std::vector<at::Tensor> norm_parameters(const Weights& weights, bool affine)
{
    if (!affine)
        return {};
    return {weights.at("n.weight"), weights.at("n.bias")};
}

/// Scales and shifts that are all different.
Weights norm_weights(const NormCase& c)
{
    Weights weights(norm_network(c), {}, 1);
    for (const at::Tensor& parameter : norm_parameters(weights, c.affine))
        parameter.detach().add_(norm_noise(parameter.sizes(), "parameters"));
    return weights;
}

NormResults own_norm(const NormCase& c, const at::Tensor& x)
{
    const Weights weights = norm_weights(c);
    const Network network = norm_network(c);
    Statistics moved(network);
    NormResults results = norm_results(
        [&](const at::Tensor& input) {
            return forward(network, weights, input, {.mode = Mode::train, .statistics = &moved});
        },
        x, norm_parameters(weights, c.affine));
    results.insert(results.end(), {moved.at("n").mean, moved.at("n").variance});
    return results;
}

at::Tensor norm_by_libtorch(const NormCase& c, const at::Tensor& x, std::span<const at::Tensor> parameters,
                            const at::Tensor& mean, const at::Tensor& variance)
{
    const at::Tensor y =
        at::batch_norm(x, c.affine ? parameters[0] : at::Tensor(), c.affine ? parameters[1] : at::Tensor(), mean,
                       variance, true, 0.2, 1e-5, false);
    return c.behind == Op::relu ? y.relu() : c.behind == Op::relu6 ? at::hardtanh(y, 0, 6) : y;
}

NormResults libtorchs_norm(const NormCase& c, const at::Tensor& x)
{
    const Weights weights = norm_weights(c);
    std::vector<at::Tensor> parameters;
    for (const at::Tensor& own : norm_parameters(weights, c.affine))
        parameters.push_back(own.detach().to(at::kDouble).requires_grad_());
    const at::Tensor mean = at::zeros({c.channels}, at::kDouble), variance = at::ones({c.channels}, at::kDouble);
    NormResults results =
        norm_results([&](const at::Tensor& input) { return norm_by_libtorch(c, input, parameters, mean, variance); },
                     x.to(at::kDouble), parameters);
    results.insert(results.end(), {mean, variance});
    return results;
}

double norm_error(const at::Tensor& given, const at::Tensor& expected)
{
    const double largest = expected.abs().max().item<double>();
    return given.to(at::kDouble).sub(expected).abs().max().item<double>() / std::max(1e-3, largest);
}

NormCase random_norm(Rng& rng)
{
    const auto one_of = [&](const auto& values) { return values[rng.below(values.size())]; };
    NormCase c;
    c.batch = one_of(std::array<std::int64_t, 4>{2, 3, 9, 17});
    c.channels = one_of(std::array<std::int64_t, 13>{1, 2, 3, 7, 8, 16, 20, 24, 33, 40, 64, 80, 129});
    for (std::int64_t& side : c.size)
        side = 1 + static_cast<std::int64_t>(rng.below(9));
    c.affine = rng.below(3) > 0;
    c.behind = one_of(std::array<Op, 3>{Op::batch_norm, Op::relu, Op::relu6});
    c.centre = one_of(std::array<double, 3>{0, -3, 30});
    return c;
}

}  // namespace

TEST_CASE("normalisations, the activations behind them and their gradients are LibTorch's", "[normalising]")
{
    Rng rng(1, "cases");
    for (int i = 0; i < 200; ++i) {
        const NormCase c = random_norm(rng);
        CAPTURE(c.batch, c.channels, c.size[0], c.size[1], c.affine, int(c.behind), c.centre);
        const at::Tensor x = norm_images(c);
        const NormResults own = own_norm(c, x), exact = libtorchs_norm(c, x);
        REQUIRE(own.size() == (c.affine ? 6 : 4));
        for (std::size_t k = 0; k < own.size(); ++k) {
            CAPTURE(k);
            REQUIRE(own[k].sizes() == exact[k].sizes());
            CHECK(norm_error(own[k], exact[k]) < 1e-4);
        }
        CHECK(own[1].is_contiguous(at::MemoryFormat::ChannelsLast));
    }
}

TEST_CASE("a normalisation and the activation behind it are one function", "[normalising]")
{
    const auto functions = [](Op behind, bool observed) {
        const NormCase c{.behind = behind};
        const Weights weights = norm_weights(c);
        ForwardOptions options{.mode = Mode::train};
        if (observed)
            options.observe = [](const espalier::Layer&, const at::Tensor&, const at::Tensor&) {};
        return std::string(
            forward(norm_network(c), weights, norm_images(c).requires_grad_(), options).grad_fn()->name());
    };
    CHECK_THAT(functions(Op::relu, false), ContainsSubstring("normalising"));
    CHECK_THAT(functions(Op::relu6, false), ContainsSubstring("normalising"));
    CHECK_THAT(functions(Op::batch_norm, false), ContainsSubstring("normalising"));
    CHECK_THAT(functions(Op::relu, true), ContainsSubstring("Relu"));  // somebody wants to see what it reads
    CHECK_THAT(functions(Op::hswish, false), ContainsSubstring("Hardswish"));

    Network twice = norm_network({});  // what the activation reads is read once more
    twice.add(Op::add, {1, 2});
    const at::Tensor x = norm_images({});
    const at::Tensor y = forward(twice, norm_weights({}), x, {.mode = Mode::train});
    const at::Tensor bare =
        forward(norm_network({.behind = Op::batch_norm}), norm_weights({}), x, {.mode = Mode::train});
    CHECK(norm_error(y.detach(), bare.add(bare.relu()).detach().to(at::kDouble)) < 1e-6);
}

TEST_CASE("normalisations are bit for bit the same for any number of threads", "[normalising]")
{
    const NormCase c{.batch = 32, .channels = 20, .size = {32, 32}};
    const at::Tensor x = norm_images(c);
    const NormResults one = own_norm(c, x);
    use_threads(3);
    const NormResults three = own_norm(c, x);
    use_threads(1);
    for (std::size_t k = 0; k < one.size(); ++k)
        CHECK(at::equal(one[k], three[k]));
}

TEST_CASE("what is no number stays one behind a normalisation", "[normalising]")
{
    for (const Op behind : {Op::batch_norm, Op::relu, Op::relu6}) {
        const NormCase c{.channels = 3, .behind = behind};
        at::Tensor x = norm_images(c);
        x[0][1][2][3] = std::numeric_limits<double>::quiet_NaN();
        const NormResults own = own_norm(c, x);
        CHECK(own[0].isnan().sum().item<std::int64_t>() == c.batch * c.size[0] * c.size[1]);
        CHECK(own[1].isnan().any().item<bool>());
    }
}

TEST_CASE("gradients of a normalisation's gradients are LibTorch's", "[normalising]")
{
    for (const auto& [behind, affine] : {std::pair{Op::batch_norm, true}, {Op::relu, true}, {Op::relu, false}}) {
        const NormCase c{.batch = 2, .channels = 5, .size = {3, 3}, .affine = affine, .behind = behind};
        const auto second = [&](const auto& compute, const at::Tensor& given) {
            const at::Tensor x = given.detach().requires_grad_();
            const at::Tensor y = compute(x).mul(norm_noise(given.sizes(), "slopes").to(given.scalar_type())).sum();
            const at::Tensor dx = torch::autograd::grad({y}, {x}, {}, true, true)[0];
            return torch::autograd::grad({dx.pow(2).sum()}, {x})[0];
        };
        const Weights weights = norm_weights(c);
        const Network network = norm_network(c);
        std::vector<at::Tensor> parameters;
        for (const at::Tensor& own : norm_parameters(weights, affine))
            parameters.push_back(own.detach().to(at::kDouble));
        const at::Tensor x = norm_images(c);
        const at::Tensor own =
            second([&](const at::Tensor& input) { return forward(network, weights, input, {.mode = Mode::train}); }, x);
        const at::Tensor exact = second(
            [&](const at::Tensor& input) { return norm_by_libtorch(c, input, parameters, {}, {}); }, x.to(at::kDouble));
        CHECK(norm_error(own, exact) < 1e-3);
    }
}
