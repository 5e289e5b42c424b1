// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/network/weights.hpp"

#include <filesystem>
#include <fstream>

#include <ATen/ops/allclose.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/linear.h>
#include <c10/core/GradMode.h>

#include "espalier/error.hpp"
#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/tensors/generator.hpp"

#include "catch.hpp"
#include "toys/temporary_folder.hpp"

using espalier::Attributes;
using espalier::Network;
using espalier::Op;
using namespace espalier::torch_sdk;

namespace {

Network single(Op op, std::vector<double> shape, Attributes attributes, const std::string& weights)
{
    Network network;
    network.add(op, {network.add(Op::input, {}, {{"shape", std::move(shape)}})}, std::move(attributes), weights);
    return network;
}

Network conv(double in, double out, double kernel, const std::string& weights = "w")
{
    return single(Op::conv, {in, 8, 8}, {{"out", {out}}, {"kernel", {kernel}}, {"bias", {1}}}, weights);
}

double deviation(const at::Tensor& t)
{
    return t.square().mean().sqrt().item<double>();
}

at::Tensor noise_images(std::int64_t channels)
{
    return at::empty({2, channels, 8, 8}).normal_(0, 1, generator(1, "images"));
}

}  // namespace

TEST_CASE("initial values depend on seed, name and size only", "[weights]")
{
    Network both = conv(8, 16, 3);
    both.add(Op::conv, {1}, {{"out", {4}}, {"kernel", {1}}}, "other");
    const Weights alone(conv(8, 16, 3), {}, 7), more(both, {}, 7), seeded(conv(8, 16, 3), {}, 8);
    CHECK(at::equal(alone.at("w.weight"), more.at("w.weight")));
    CHECK(at::equal(alone.at("w.bias"), more.at("w.bias")));
    CHECK_FALSE(at::equal(alone.at("w.weight"), seeded.at("w.weight")));
    const Weights named(conv(8, 16, 3, "v"), {}, 7);
    CHECK_FALSE(at::equal(alone.at("w.weight"), named.at("v.weight")));
}

TEST_CASE("each way to begin has its spread", "[weights]")
{
    using Kind = Initialisation::Kind;
    const Network network = conv(32, 64, 3);
    const double fan_in = 32 * 9, fan_out = 64 * 9;
    const Weights uniform(network, {}, 1);
    CHECK(uniform.at("w.weight").abs().max().item<double>() <= 1 / std::sqrt(fan_in));
    CHECK(deviation(uniform.at("w.weight")) == Approx(1 / std::sqrt(3 * fan_in)).epsilon(0.02));
    CHECK(deviation(uniform.at("w.bias")) > 0);
    const Weights in(network, {.convolution = Kind::kaiming_fan_in}, 1);
    CHECK(deviation(in.at("w.weight")) == Approx(std::sqrt(2 / fan_in)).epsilon(0.02));
    CHECK(deviation(in.at("w.bias")) == 0);
    const Weights out(network, {.convolution = Kind::kaiming_fan_out}, 1);
    CHECK(deviation(out.at("w.weight")) == Approx(std::sqrt(2 / fan_out)).epsilon(0.02));
    const Network linear = single(Op::linear, {100}, {{"out", {400}}}, "l");
    const Weights l(linear, {.linear = Kind::kaiming_fan_out}, 1);
    CHECK(deviation(l.at("l.weight")) == Approx(std::sqrt(2.0 / 400)).epsilon(0.02));
    CHECK(deviation(l.at("l.bias")) == 0);
}

TEST_CASE("normalisations begin with scale 1, shift 0, mean 0, variance 1", "[weights]")
{
    const Weights weights(single(Op::batch_norm, {5, 2, 2}, {}, "n"), {}, 1);
    std::vector<std::string> names;
    for (const NamedTensor& tensor : weights.tensors()) {
        names.push_back(tensor.name);
        CHECK(tensor.trainable == (tensor.name == "n.weight" || tensor.name == "n.bias"));
        CHECK(tensor.value.mean().item<double>() == (tensor.name == "n.weight" || tensor.name == "n.running_var"));
    }
    CHECK(names == std::vector<std::string>{"n.weight", "n.bias", "n.running_mean", "n.running_var"});
    CHECK(weights.parameters().size() == 2);
}

TEST_CASE("a narrower layer uses the leading slice of shared weights", "[weights]")
{
    Network super = conv(8, 16, 3);
    const Weights weights(super, {}, 1);
    const at::Tensor x = noise_images(4);
    const at::Tensor expected = at::conv2d(x, weights.at("w.weight").narrow(0, 0, 6).narrow(1, 0, 4),
                                           weights.at("w.bias").narrow(0, 0, 6), 1, 1);
    CHECK(at::allclose(forward(conv(4, 6, 3), weights, x), expected, 1e-5, 1e-6));
}

TEST_CASE("a smaller kernel is the centre of the larger", "[weights]")
{
    const Weights weights(conv(4, 4, 7), {}, 1);
    const at::Tensor x = noise_images(4);
    const at::Tensor centre = weights.at("w.weight").narrow(2, 2, 3).narrow(3, 2, 3);
    const at::Tensor expected = at::conv2d(x, centre, weights.at("w.bias"), 1, 1);
    CHECK(at::allclose(forward(conv(4, 4, 3), weights, x), expected, 1e-5, 1e-6));
}

TEST_CASE("a narrower depthwise layer takes its channels' kernels", "[weights]")
{
    const auto depthwise = [](double channels) {
        return single(Op::conv, {channels, 8, 8}, {{"depthwise", {1}}, {"kernel", {5}}}, "d");
    };
    const Weights weights(depthwise(12), {}, 1);
    REQUIRE(weights.at("d.weight").sizes() == at::IntArrayRef({12, 1, 5, 5}));
    const at::Tensor x = noise_images(3);
    const at::Tensor expected = at::conv2d(x, weights.at("d.weight").narrow(0, 0, 3), {}, 1, 2, 1, 3);
    CHECK(at::allclose(forward(depthwise(3), weights, x), expected, 1e-5, 1e-6));
}

TEST_CASE("a narrower normalisation and linear layer use their leading slices", "[weights]")
{
    Network wide = single(Op::batch_norm, {8, 8, 8}, {}, "n");
    Weights norm(wide, {}, 1);
    const at::Tensor x = noise_images(3);
    forward(single(Op::batch_norm, {3, 8, 8}, {}, "n"), norm, x,
            {.mode = Mode::train, .statistics = &norm.statistics()});
    CHECK(at::allclose(norm.at("n.running_mean").narrow(0, 0, 3), x.mean({0, 2, 3}).mul(0.1), 1e-4, 1e-6));
    CHECK(norm.at("n.running_mean").narrow(0, 3, 5).abs().sum().item<double>() == 0);

    const Weights linear(single(Op::linear, {8}, {{"out", {5}}}, "l"), {}, 1);
    const at::Tensor features = noise_images(3).flatten(1).narrow(1, 0, 6);
    const at::Tensor expected = at::linear(features, linear.at("l.weight").narrow(0, 0, 2).narrow(1, 0, 6),
                                           linear.at("l.bias").narrow(0, 0, 2));
    CHECK(at::allclose(forward(single(Op::linear, {6}, {{"out", {2}}}, "l"), linear, features), expected));
}

TEST_CASE("shared weights are as large as the largest layer needs, and train through slices", "[weights]")
{
    Network network;
    const std::size_t x = network.add(Op::input, {}, {{"shape", {4, 8, 8}}});
    const std::size_t small = network.add(Op::conv, {x}, {{"out", {4}}, {"kernel", {3}}}, "w");
    network.add(Op::conv, {small}, {{"out", {6}}, {"kernel", {5}}}, "w");
    const Weights weights(network, {}, 1);
    CHECK(weights.at("w.weight").sizes() == at::IntArrayRef({6, 4, 5, 5}));

    forward(conv(2, 2, 3), Weights(conv(6, 6, 5), {}, 1), noise_images(2));
    const Weights shared(conv(4, 4, 5), {}, 1);
    forward(conv(2, 2, 3), shared, noise_images(2)).sum().backward();
    const at::Tensor gradient = shared.at("w.weight").grad();
    CHECK(gradient.narrow(0, 2, 2).abs().sum().item<double>() == 0);
    CHECK(gradient[0][0][2][2].abs().item<double>() > 0);
    CHECK(gradient[0][0][0].abs().sum().item<double>() == 0);
}

TEST_CASE("a network that needs larger weights than there are is refused", "[weights]")
{
    const Weights weights(conv(4, 4, 3), {}, 1);
    CHECK_THROWS_WITH(forward(conv(8, 4, 3), weights, noise_images(8)), ContainsSubstring("layer 1 (conv) 'w'"));
    CHECK_THROWS_WITH(weights.at("w.wieght"), ContainsSubstring("did you mean 'w.weight'"));
}

TEST_CASE("weights are saved and loaded exactly, of any layout", "[weights]")
{
    const TemporaryFolder folder;
    const Weights saved(conv(8, 16, 3), {}, 1);
    Weights loaded(conv(8, 16, 3), {}, 2);
    saved.save(folder.path());
    loaded.load(folder.path());
    CHECK(at::equal(saved.at("w.weight"), loaded.at("w.weight")));
    CHECK(loaded.at("w.weight").strides() == saved.at("w.weight").strides());
    CHECK(loaded.at("w.weight").requires_grad());
    Weights other(conv(8, 12, 3), {}, 2);
    CHECK_THROWS_WITH(other.load(folder.path()), ContainsSubstring("another network"));
    Weights renamed(conv(4, 4, 3, "v"), {}, 1);
    Weights(conv(4, 4, 3, "w"), {}, 1).save(folder.path());
    CHECK_THROWS_WITH(renamed.load(folder.path()), ContainsSubstring("another network"));
    CHECK_THROWS_WITH(other.load(folder / "absent"), ContainsSubstring("absent"));
}

TEST_CASE("gradients of parameters can be switched off and on", "[weights]")
{
    Weights weights(conv(8, 16, 3), {}, 1);
    CHECK(weights.at("w.weight").requires_grad());
    weights.require_gradients(false);
    CHECK_FALSE(forward(conv(8, 16, 3), weights, noise_images(8)).requires_grad());
    weights.require_gradients(true);
    CHECK(forward(conv(8, 16, 3), weights, noise_images(8)).requires_grad());
}
