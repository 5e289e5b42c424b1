// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/network/statistics.hpp"

#include <array>
#include <cmath>
#include <thread>

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <c10/core/InferenceMode.h>

#include "espalier/error.hpp"
#include "espalier/resolve.hpp"
#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/tensors/device.hpp"
#include "espalier/torch/tensors/generator.hpp"
#include "espalier/torch/tensors/tensors.hpp"

#include "catch.hpp"
#include "toys/temporary_folder.hpp"

using espalier::Architecture;
using espalier::Attributes;
using espalier::Network;
using espalier::Op;
using espalier::Region;
using namespace espalier::torch_sdk;
using Update = Statistics::Update;

namespace {

at::Tensor shifted_images(std::int64_t examples, std::int64_t channels, std::string_view stream = "images")
{
    return at::empty({examples, channels, 6, 6}, at::kDouble).normal_(1, 3, generator(3, stream));
}

Network norm(double channels, Attributes attributes = {})
{
    Network network;
    network.add(Op::batch_norm, {network.add(Op::input, {}, {{"shape", {channels, 6, 6}}})}, std::move(attributes),
                "n");
    return network;
}

at::Tensor means(const at::Tensor& x)
{
    return x.mean({0, 2, 3});
}

at::Tensor variances(const at::Tensor& x)
{
    return x.var({0, 2, 3}, /*unbiased=*/true);
}

/// Three choices between convolutions of kernel 3, of kernel 1 and the input itself, each normalised.
Network super_network()
{
    Network n;
    std::size_t x = n.add(Op::input, {}, {{"shape", {4, 6, 6}}});
    for (double decision = 0; decision < 3; ++decision) {
        const std::string stage = std::to_string(static_cast<int>(decision));
        std::vector<std::size_t> options{x};
        for (const double kernel : {3, 1}) {
            const std::string name = stage + ".k" + std::to_string(static_cast<int>(kernel));
            const std::size_t conv = n.add(Op::conv, {x}, {{"out", {4}}, {"kernel", {kernel}}}, name);
            options.push_back(n.add(Op::relu, {n.add(Op::batch_norm, {conv}, {}, name + ".bn")}));
        }
        const std::size_t chosen = n.add(Op::choice, options, {{"decision", {decision}}});
        x = n.add(Op::batch_norm, {chosen}, {}, stage + ".bn");
    }
    return n;
}

Network chosen(const Network& super, const std::array<std::uint16_t, 3>& options)
{
    return resolved(super, Region(Architecture{{options.begin(), options.end()}}));
}

std::function<at::Tensor()> batches(std::size_t count)
{
    return [count, given = std::size_t{0}]() mutable {
        return given == count ? at::Tensor() : shifted_images(8, 4, "batch " + std::to_string(given++));
    };
}

}  // namespace

TEST_CASE("training moves the statistics that it is given, and no others", "[statistics]")
{
    const Network network = norm(3);
    Weights weights(network, {}, 1, at::kDouble);
    Statistics own(network, Update::momentum, at::kDouble);
    const Statistics before(own);
    const at::Tensor x = shifted_images(4, 3);
    const auto untouched = [](const Statistics& s) {
        return at::equal(s.at("n").mean, at::full({3}, 0.0, at::kDouble)) &&
               at::equal(s.at("n").variance, at::full({3}, 1.0, at::kDouble));
    };
    forward(network, weights, x, {.mode = Mode::train});
    forward(network, weights, x, {.statistics = &own});
    CHECK(untouched(own));
    forward(network, weights, x, {.mode = Mode::train, .statistics = &own});
    CHECK(at::allclose(own.at("n").mean, means(x).mul(0.1)));
    CHECK(at::allclose(own.at("n").variance, variances(x).mul(0.1).add(0.9)));
    CHECK(untouched(before));
    CHECK(untouched(weights.statistics()));
    forward(network, weights, x, {.mode = Mode::train, .statistics = &weights.statistics()});
    CHECK(at::equal(weights.at("n.running_mean"), own.at("n").mean));
    own.reset();
    CHECK(untouched(own));

    const Network fast = norm(3, {{"momentum", {0.5}}});
    forward(fast, weights, x, {.mode = Mode::train, .statistics = &own});
    CHECK(at::allclose(own.at("n").mean, means(x).mul(0.5)));
}

TEST_CASE("evaluation uses the statistics that it is given, else the weights' own", "[statistics]")
{
    const Network network = norm(3);
    const Weights weights(network, {}, 1, at::kDouble);
    Statistics given(network, Update::momentum, at::kDouble);
    given.at("n").mean.fill_(5);
    given.at("n").variance.fill_(4);
    const at::Tensor x = shifted_images(4, 3);
    CHECK(at::allclose(forward(network, weights, x, {.statistics = &given}), x.sub(5).div(2), 1e-4));
    CHECK(at::allclose(forward(network, weights, x), x, 1e-4));
    CHECK(at::allclose(forward(norm(3, {{"eps", {0.5}}}), weights, x), x.div(std::sqrt(1.5))));
    Statistics narrow(norm(2), Update::momentum, at::kDouble);
    CHECK_THROWS_WITH(forward(network, weights, x, {.statistics = &narrow}),
                      ContainsSubstring("has more channels than these statistics were made for"));
}

TEST_CASE("cumulative statistics are the exact mean over batches, weighted by their examples", "[statistics]")
{
    const Network network = norm(3, {{"momentum", {0.5}}});
    const Weights weights(network, {}, 1, at::kDouble);
    Statistics statistics(network, Update::cumulative, at::kDouble);
    const auto see = [&](const at::Tensor& x) {
        forward(network, weights, x, {.mode = Mode::train, .statistics = &statistics});
    };
    const at::Tensor a = shifted_images(2, 3, "a"), b = shifted_images(6, 3, "b"), c = shifted_images(8, 3, "c");
    see(a);
    CHECK(at::allclose(statistics.at("n").mean, means(a), 1e-12));
    see(b);
    see(c);
    CHECK(at::allclose(statistics.at("n").mean, (means(a) * 2 + means(b) * 6 + means(c) * 8) / 16, 1e-12));
    CHECK(at::allclose(statistics.at("n").variance, (variances(a) * 2 + variances(b) * 6 + variances(c) * 8) / 16,
                       1e-12));
    statistics.reset();
    see(c);
    CHECK(at::allclose(statistics.at("n").mean, means(c), 1e-12));
}

TEST_CASE("layers of different widths count their channels one by one", "[statistics]")
{
    const Network wide = norm(4), narrow = norm(2);
    const Weights weights(wide, {}, 1, at::kDouble);
    Statistics statistics(wide, Update::cumulative, at::kDouble);
    const at::Tensor a = shifted_images(2, 4, "a"), b = shifted_images(2, 2, "b");
    forward(wide, weights, a, {.mode = Mode::train, .statistics = &statistics});
    forward(narrow, weights, b, {.mode = Mode::train, .statistics = &statistics});
    const at::Tensor found = statistics.at("n").mean;
    CHECK(at::allclose(found.narrow(0, 0, 2), (means(a).narrow(0, 0, 2) + means(b)) / 2, 1e-12));
    CHECK(at::allclose(found.narrow(0, 2, 2), means(a).narrow(0, 2, 2), 1e-12));
    CHECK(at::equal(statistics.at("n").examples, at::tensor({4., 4., 2., 2.}, at::kDouble)));
}

TEST_CASE("architectures recalibrated side by side are those recalibrated one after the other", "[statistics]")
{
    const Network super = super_network();
    const Weights weights(super, {}, 1, at::kDouble);
    constexpr std::array<std::array<std::uint16_t, 3>, 4> kOptions{{{0, 1, 2}, {1, 1, 1}, {2, 0, 1}, {1, 2, 0}}};
    const auto logits = [&](std::size_t i) {
        use_threads(1);
        const Network network = chosen(super, kOptions[i]);
        Statistics own = recalibrated(network, weights, batches(5));
        return forward(network, weights, shifted_images(4, 4), {.statistics = &own}).detach();
    };
    std::array<at::Tensor, kOptions.size()> together;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kOptions.size(); ++i)
        threads.emplace_back([&, i] { together[i] = logits(i); });
    for (std::thread& thread : threads)
        thread.join();
    for (std::size_t i = 0; i < kOptions.size(); ++i)
        CHECK(at::equal(together[i], logits(i)));
    CHECK_FALSE(at::allclose(together[0], together[1]));
    for (const NamedTensor& tensor : weights.tensors()) {
        if (!tensor.trainable)
            CHECK(at::equal(tensor.value, tensor.value.detach().clone().fill_(tensor.name.ends_with("var"))));
    }
}

TEST_CASE("a recalibrated network normalises as the batches themselves do", "[statistics]")
{
    const Network network = chosen(super_network(), {1, 2, 1});
    const Weights weights(network, {}, 1, at::kDouble);
    const at::Tensor x = shifted_images(8, 4, "batch 0");
    Statistics found = recalibrated(network, weights, batches(1));
    // the running variance is unbiased, the batch's is not
    CHECK(at::allclose(forward(network, weights, x, {.statistics = &found}),
                       forward(network, weights, x, {.mode = Mode::train}), 2e-2, 2e-2));
    CHECK_FALSE(at::allclose(forward(network, weights, x), forward(network, weights, x, {.mode = Mode::train}), 0.2));
}

TEST_CASE("statistics made in inference mode serve outside it", "[statistics]")
{
    const Network network = norm(3);
    const Weights weights(network, {}, 1, at::kDouble);
    const auto made = [&] {
        const c10::InferenceMode guard;
        return Statistics(Statistics(network, Update::momentum, at::kDouble));
    };
    Statistics statistics = made();
    const at::Tensor x = shifted_images(4, 3).requires_grad_();
    forward(network, weights, x, {.mode = Mode::train, .statistics = &statistics});
    CHECK_NOTHROW(forward(network, weights, x, {.statistics = &statistics}).sum().backward());
}

TEST_CASE("what cannot be normalised is an error that says why", "[statistics]")
{
    const Network network = norm(3), wide = norm(4);
    const Weights weights(wide, {}, 1, at::kDouble);
    Statistics narrow(network, Update::cumulative, at::kDouble);
    const auto run = [&](const Network& n, const at::Tensor& x) {
        return forward(n, weights, x, {.mode = Mode::train, .statistics = &narrow});
    };
    CHECK_THROWS_WITH(run(wide, shifted_images(2, 4)), ContainsSubstring("layer 1 (batch_norm) 'n'"));
    Network other;
    other.add(Op::batch_norm, {other.add(Op::input, {}, {{"shape", {3, 6, 6}}})}, {}, "other");
    const Weights others(other, {}, 1, at::kDouble);
    CHECK_THROWS_WITH(forward(other, others, shifted_images(2, 3), {.statistics = &narrow}),
                      ContainsSubstring("'other'"));
    Network features;
    features.add(Op::batch_norm, {features.add(Op::input, {}, {{"shape", {3}}})}, {}, "n");
    const at::Tensor one = shifted_images(1, 3).select(3, 0).select(2, 0);
    CHECK_THROWS_WITH(run(features, one), ContainsSubstring("single number"));
    CHECK(forward(features, weights, one).sizes() == one.sizes());
}

TEST_CASE("weights keep their statistics in their file, as they always did", "[statistics]")
{
    const TemporaryFolder folder;
    const auto filled = [](double number) { return at::full({3}, number, at::kDouble); };
    save_tensors(
        folder.path() / "weights",
        {{"n.weight", filled(2)}, {"n.bias", filled(3)}, {"n.running_mean", filled(4)}, {"n.running_var", filled(5)}});
    Weights weights(norm(3), {}, 1, at::kDouble);
    weights.load(folder.path());
    CHECK(at::equal(weights.statistics().at("n").mean, filled(4)));
    CHECK(at::equal(weights.statistics().at("n").variance, filled(5)));
    const TemporaryFolder again;
    Weights moved = std::move(weights);
    moved.statistics().at("n").mean.fill_(6);
    moved.save(again.path());
    const auto saved = load_tensors(again.path() / "weights");
    REQUIRE(saved.size() == 4);
    CHECK(saved[2].first == "n.running_mean");
    CHECK(at::equal(saved[2].second, filled(6)));
}
