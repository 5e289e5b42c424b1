// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/tensor.h>
#include <c10/core/GradMode.h>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/network_json.hpp"
#include "espalier/sdk/conformance.hpp"
#include "espalier/torch/network/operation.hpp"
#include "espalier/torch/tensors/generator.hpp"

#include "catch.hpp"
#include "host/plugins/plugin_host.hpp"
#include "toys/finite_differences.hpp"
#include "toys/temporary_folder.hpp"

using namespace espalier;
using namespace espalier::torch_sdk;

namespace {

/// The space of attention_plugin.cpp, loaded as the command loads plug-ins.
std::unique_ptr<SearchSpace> attended()
{
    const std::filesystem::path folder = std::filesystem::path(ESPALIER_BINARY_DIR) / "tests/plugins/attention";
    const host::Catalog catalog(std::span(&folder, 1));
    host::PluginHost plugins(catalog);
    return plugins.setup().make(Use<SearchSpace>("{use: attended}"));
}

at::Tensor tokens(std::int64_t batch = 2)
{
    return at::empty({batch, 5, 3}, at::kDouble).normal_(0, 1, generator(1, "tokens"));
}

Region only(std::uint16_t width, std::uint16_t heads)
{
    return Region{Architecture{{width, heads}}};
}

/// Attention by its formula, head by head, with the leading `width` numbers of everything.
at::Tensor by_hand(const Weights& weights, const at::Tensor& x, std::int64_t width, std::int64_t heads)
{
    const auto leading = [&](const std::string& name) {
        at::Tensor tensor = weights.at(name).detach();
        for (std::int64_t axis = 0; axis < tensor.dim(); ++axis)
            tensor = tensor.narrow(axis, 0, std::min(width, tensor.size(axis)));
        return tensor;
    };
    const auto times = [&](const at::Tensor& y, const std::string& name) { return at::matmul(y, leading(name).t()); };
    const at::Tensor e = times(x, "embed.weight") + leading("embed.bias");
    std::vector<at::Tensor> parts;
    const std::int64_t own = width / heads;
    for (std::int64_t h = 0; h < heads; ++h) {
        const auto head = [&](const std::string& name) { return times(e, name).narrow(2, h * own, own); };
        const at::Tensor scores = at::matmul(head("attention.query"), head("attention.key").transpose(1, 2));
        parts.push_back(at::matmul((scores / std::sqrt(own)).softmax(2), head("attention.value")));
    }
    const at::Tensor out = times(at::cat(parts, 2), "attention.out") + leading("attention.out_bias");
    return at::matmul(out.mean(1), weights.at("classifier.weight").detach().narrow(1, 0, width).t()) +
           weights.at("classifier.bias").detach();
}

}  // namespace

TEST_CASE("a plug-in's operation is priced, run and saved like those of core", "[operation]")
{
    const auto space = attended();
    const Network super = space->network(Region(space->decisions()));
    const Network plain = space->network(only(1, 1));
    CHECK(to_string(plain) ==
          "0 input() 5x3\n1 linear(0) 5x8 out=8 [embed]\n2 attention(1) 5x8 heads=2 [attention]\n"
          "3 global_average(2) 8\n4 linear(3) 3 out=3 [classifier]\n");
    CHECK(macs(plain) == 5 * 3 * 8 + (4 * 5 * 64 + 2 * 25 * 8) + 8 * 3);
    CHECK(params(plain) == 32 + (4 * 64 + 8) + 27);
    CHECK(params(space->network(only(0, 1))) == 16 + (4 * 16 + 4) + 15);
    CHECK(to_string(parse_network(to_json(super))) == to_string(super));
    CHECK(conformance::check_space(*space) == conformance::Violations{});

    const Weights weights(super, {}, 1, at::kDouble);
    const at::Tensor x = tokens();
    for (const std::uint16_t width : {0, 1})
        for (const std::uint16_t heads : {0, 1}) {
            const at::Tensor y = forward(space->network(only(width, heads)), weights, x);
            CHECK(at::allclose(y, by_hand(weights, x, width == 0 ? 4 : 8, heads + 1)));
        }
    const TemporaryFolder folder;
    weights.save(folder.path());
    Weights loaded(super, {}, 2, at::kDouble);
    loaded.load(folder.path());
    CHECK(at::equal(loaded.at("attention.key"), weights.at("attention.key")));
}

TEST_CASE("weights of a plug-in's operation begin as it states, each by its own name", "[operation]")
{
    const auto space = attended();
    const Network super = space->network(Region(space->decisions()));
    const Weights weights(super, {}, 1, at::kDouble);
    std::vector<std::string> names;
    for (const NamedTensor& tensor : weights.tensors())
        names.push_back(tensor.name);
    CHECK(names == std::vector<std::string>{"embed.weight", "embed.bias", "attention.query", "attention.key",
                                            "attention.value", "attention.out", "attention.out_bias",
                                            "classifier.weight", "classifier.bias"});
    CHECK(weights.parameters().size() == 9);
    const double bound = 1 / std::sqrt(8.0);
    for (const char* name : {"attention.query", "attention.key", "attention.out_bias"}) {
        CHECK(weights.at(name).abs().max().item<double>() < bound);
        CHECK(weights.at(name).abs().max().item<double>() > bound / 2);
    }
    CHECK_FALSE(at::equal(weights.at("attention.query"), weights.at("attention.key")));
    const Weights kaiming(super, {.linear = Initialisation::Kind::kaiming_fan_in}, 1, at::kDouble);
    CHECK(kaiming.at("attention.out_bias").abs().sum().item<double>() == 0);
    CHECK(kaiming.at("attention.out").abs().max().item<double>() > bound);
    CHECK(at::equal(Weights(space->network(only(1, 0)), {}, 1, at::kDouble).at("attention.out"),
                    weights.at("attention.out")));
}

TEST_CASE("gradients of a plug-in's operation are those of finite differences", "[operation]")
{
    const auto space = attended();
    const Network network = space->network(only(0, 1));  // narrower than the weights
    const Weights weights(space->network(Region(space->decisions())), {}, 3, at::kDouble);
    const at::Tensor slope = at::tensor({1.0, -2.0, 0.5}, at::kDouble);
    const auto loss = [&](const at::Tensor& x) { return forward(network, weights, x).mul(slope).sum(); };
    CHECK(at::allclose(graph_slopes(loss, tokens()), finite_differences(loss, tokens()), 1e-6, 1e-8));
    for (const NamedTensor& tensor : weights.tensors()) {
        CAPTURE(tensor.name);
        const at::Tensor here = tensor.value.detach().clone();
        const auto of_weight = [&](const at::Tensor& value) {
            const c10::NoGradGuard no_gradients;
            tensor.value.copy_(value);
            return loss(tokens());
        };
        const at::Tensor slopes = finite_differences(of_weight, here);
        of_weight(here);
        const at::Tensor parameter = tensor.value;
        const at::Tensor graph = gradients(loss(tokens()), std::span(&parameter, 1))[0];
        CHECK(at::allclose(graph, slopes, 1e-6, 1e-8));
        CHECK(graph.abs().sum().item<double>() > 0);
    }
}

TEST_CASE("a plug-in's operation is computed for the examples that gates choose", "[operation]")
{
    const auto space = attended();
    const Network super = space->network(Region(space->decisions()).fix(0, 1));
    const Weights weights(super, {}, 1, at::kDouble);
    const at::Tensor x = tokens(3);
    const Gates gates{{1, at::tensor({1.0, 0.0, 0.0, 1.0, 1.0, 0.0}, at::kDouble).reshape({3, 2})}};
    const at::Tensor one = forward(space->network(only(1, 0)), weights, x);
    const at::Tensor two = forward(space->network(only(1, 1)), weights, x);
    for (const auto execution : {torch_sdk::GateExecution::dense, torch_sdk::GateExecution::gathered}) {
        const at::Tensor y = forward(super, weights, x, {.gates = &gates, .execution = execution});
        CHECK(at::allclose(y, at::cat({one.narrow(0, 0, 1), two.narrow(0, 1, 1), one.narrow(0, 2, 1)})));
    }
}

TEST_CASE("an operation that nobody computes, or that computes another shape, is told", "[operation]")
{
    const auto run = [](const char* name, Shape shape, const std::string& weights = "") {
        Network n;
        n.add_custom(name, {n.add(Op::input, {}, {{"shape", {5, 3}}})}, shape, {}, weights);
        return forward(n, Weights(n, {}, 1, at::kDouble), tokens());
    };
    CHECK_THROWS_WITH(run("mystery", {5, 3}),
                      ContainsSubstring("layer 1 (mystery): is an operation that only its plug-in can compute"));
    register_operation({.name = "halved"}, [](const CustomLayer& call) { return call.inputs[0].narrow(1, 0, 2); });
    CHECK_THROWS_WITH(run("halved", {}), ContainsSubstring("layer 1 (halved): gave [2, 2, 3], not [examples, 5x3]"));
    register_operation({.name = "lost"}, [](const CustomLayer& call) { return call.inputs[0].narrow(0, 0, 1); });
    CHECK_THROWS_WITH(run("lost", {}), ContainsSubstring("gave [1, 5, 3], not [examples, 5x3]"));
    register_operation({.name = "absent"}, [](const CustomLayer&) { return at::Tensor(); });
    CHECK_THROWS_WITH(run("absent", {}), ContainsSubstring("gave nothing, not [examples, 5x3]"));
    register_operation({.name = "single"}, [](const CustomLayer& call) { return call.inputs[0].sum(); });
    CHECK_THROWS_WITH(run("single", {}), ContainsSubstring("gave [], not [examples, 5x3]"));
    register_operation({.name = "doubled"}, [](const CustomLayer& call) { return call.inputs[0] * 2; });
    CHECK(at::equal(run("doubled", {}), tokens() * 2));
    register_operation({.name = "weighty",
                        .weights =
                            [](const Layer&) {
                                return std::vector<WeightShape>{{"scale", {3}}};
                            }},
                       [](const CustomLayer& call) { return call.inputs[0] * call.weights["scales"]; });
    CHECK_THROWS_WITH(run("weighty", {}), ContainsSubstring("has no name for its weights"));
    CHECK_THROWS_WITH(run("weighty", {}, "w"), ContainsSubstring("layer 1 (weighty) 'w': has no tensor 'scales'"));
    CHECK_THROWS_WITH(register_operation({.name = "doubled"}, [](const CustomLayer& call) { return call.inputs[0]; }),
                      "the operation 'doubled' is computed by another plug-in; choose another name");
}
