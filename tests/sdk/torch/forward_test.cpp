// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/network/forward.hpp"

#include <map>

#include <ATen/ops/allclose.h>
#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>

#include "espalier/error.hpp"
#include "espalier/torch/tensors/generator.hpp"
#include "espalier/torch/tensors/gradient.hpp"

#include "catch.hpp"
#include "vector_network.hpp"

using espalier::Layer;
using espalier::Network;
using espalier::Op;
using namespace espalier::torch_sdk;

namespace {

void check_logits(const at::Tensor& logits, const std::vector<double>& expected)
{
    REQUIRE(logits.numel() == static_cast<std::int64_t>(expected.size()));
    const at::Tensor flat = logits.contiguous().flatten();
    for (std::size_t i = 0; i < expected.size(); ++i)
        CHECK(flat[static_cast<std::int64_t>(i)].item<double>() == Approx(expected[i]).epsilon(1e-6).margin(5e-9));
}

}  // namespace

TEST_CASE("the logits are those of the published vector, with the batch's statistics", "[forward]")
{
    const VectorNetwork v;
    check_logits(forward(v.network, v.weights, v.x, {.mode = Mode::train}),
                 {-0.13177721, -0.14761166, -0.14418869, 0.10752461, 0.18242193, 0.23352049, -0.35169159, -0.29502507,
                  -0.19986957, -0.19767757, -0.32161109, -0.40358722});
}

TEST_CASE("the logits are those of the published vector, with the initial statistics", "[forward]")
{
    const VectorNetwork v;
    check_logits(forward(v.network, v.weights, v.x),
                 {-0.04738059, 0.22306246, 0.46440478, -0.31242803, -0.23147639, -0.12032633, -0.65755374, -0.32169028,
                  0.05614090, -0.02769035, -0.00749860, 0.01367142});
}

TEST_CASE("the gradient by the images is that of the published vector", "[forward]")
{
    const VectorNetwork v;
    const at::Tensor x = v.x.clone().requires_grad_();
    const at::Tensor logits = forward(v.network, v.weights, x, {.mode = Mode::train});
    const at::Tensor norms = gradients(logits, std::span(&x, 1))[0].flatten(1).norm(2, 1);
    check_logits(norms, {1.3538981, 2.20521624, 1.44455124, 2.10888753});
}

TEST_CASE("every rectifier is observed with its input and output", "[forward]")
{
    const VectorNetwork v;
    std::vector<std::int64_t> units;
    ForwardOptions options{.mode = Mode::train};
    options.observe = [&](const Layer& layer, const at::Tensor& input, const at::Tensor& output) {
        if (layer.op() != Op::relu)
            return;
        units.push_back(input[0].numel());
        CHECK(at::allclose(output, input.clamp_min(0)));
    };
    forward(v.network, v.weights, v.x, options);
    // one rectifier fewer a cell would mean that dead edges are skipped: the edge into node 2 is dead here
    CHECK(units == std::vector<std::int64_t>{256, 256, 256, 128, 128, 128, 128, 64, 64, 64, 64});
}

TEST_CASE("an inference pass leaves no graph behind", "[forward]")
{
    const VectorNetwork v;
    const c10::InferenceMode guard;
    CHECK(forward(v.network, v.weights, v.x).is_inference());
}

TEST_CASE("images and their gradients stay channels_last", "[forward]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {8, 6, 6}}});
    const auto normalised = [&](std::size_t from, espalier::Attributes attributes, const std::string& name) {
        attributes["kernel"] = {3};
        return n.add(Op::batch_norm, {n.add(Op::conv, {from}, attributes, name)}, {}, name + "n");
    };
    const std::size_t a = normalised(x, {{"out", {16}}}, "a");
    const std::size_t b = n.add(Op::relu, {normalised(a, {{"depthwise", {1}}}, "b")});
    const std::size_t scale = n.add(Op::sigmoid, {n.add(Op::global_average, {b}, {{"keep", {1}}})});
    const std::size_t scaled = n.add(Op::multiply, {b, scale});
    const std::size_t half = n.add(Op::slice, {scaled}, {{"begin", {8}}});
    const std::size_t rows = n.add(Op::slice, {scaled}, {{"axis", {1}}, {"begin", {0}}, {"end", {6}}});
    const std::size_t joined =
        n.add(Op::concat, {normalised(half, {{"out", {8}}}, "c"), normalised(rows, {{"out", {8}}}, "d")});
    const std::size_t shuffled = n.add(Op::channel_shuffle, {joined}, {{"groups", {2}}});
    const std::size_t pooled =
        n.add(Op::avg_pool, {n.add(Op::max_pool, {shuffled}, {{"kernel", {3}}})}, {{"kernel", {3}}});
    n.add(Op::global_average, {n.add(Op::hswish, {normalised(pooled, {{"out", {12}}}, "e")})});
    const Weights weights(n, {}, 1);
    std::size_t gradients_seen = 0;
    ForwardOptions options{.mode = Mode::train};
    options.observe = [&](const Layer& layer, const at::Tensor&, const at::Tensor& output) {
        if (output.dim() != 4 || output.size(2) == 1)
            return;
        CAPTURE(layer.spec().name, layer.index());
        CHECK(output.suggest_memory_format() == at::MemoryFormat::ChannelsLast);
        if (output.requires_grad())
            output.register_hook([&gradients_seen, index = layer.index()](const at::Tensor& gradient) {
                CAPTURE(index);
                ++gradients_seen;
                CHECK(gradient.suggest_memory_format() == at::MemoryFormat::ChannelsLast);
            });
    };
    const at::Tensor images = at::empty({4, 8, 6, 6}).normal_(0, 1, generator(1, "images"));
    const at::Tensor weight = weights.at("a.weight");
    gradients(forward(n, weights, images, options).square(), std::span(&weight, 1));
    CHECK(gradients_seen == 19);
}

TEST_CASE("what cannot be computed is an error that names the layer", "[forward]")
{
    const VectorNetwork v;
    CHECK_THROWS_WITH(forward(v.network, v.weights, v.x.narrow(2, 0, 4)),
                      ContainsSubstring("layer 0 (input)") && ContainsSubstring("3x8x8"));
    CHECK_THROWS_WITH(forward(v.network, v.weights, v.x.to(at::kFloat)), ContainsSubstring("layer 1 (conv) 'conv0'"));

    Network other;
    other.add(Op::linear, {other.add(Op::input, {}, {{"shape", {5}}})}, {{"out", {2}}}, "elsewhere");
    CHECK_THROWS_WITH(forward(other, v.weights, at::Tensor(v.x.flatten().narrow(0, 0, 5).unsqueeze(0))),
                      ContainsSubstring("'elsewhere'"));
}

TEST_CASE("a network whose output is nothing gives zeros", "[forward]")
{
    Network network;
    const std::size_t x = network.add(Op::input, {}, {{"shape", {2, 4, 4}}});
    const std::size_t none = network.add(Op::zero, {x});
    network.add(Op::relu, {none});
    const Weights weights(network, {}, 1);
    const at::Tensor y = forward(network, weights, at::Tensor(at::empty({3, 2, 4, 4})));
    CHECK(y.sizes() == at::IntArrayRef({3, 2, 4, 4}));
    CHECK(y.abs().sum().item<double>() == 0);
}
