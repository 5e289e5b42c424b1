// SPDX-License-Identifier: Apache-2.0
#include "sample_gradients.hpp"

#include <ATen/ATen.h>

#include "espalier/resolve.hpp"
#include "espalier/torch/tensors/generator.hpp"

#include "catch.hpp"
#include "network.hpp"

namespace {

using namespace espalier;
using namespace espalier::indicators;

}  // namespace

TEST_CASE("gradients of all samples at once are those of one backward pass a sample", "[indicators]")
{
    const nas_bench_201::Skeleton skeleton{.input = {3, 8, 12}, .classes = 4, .channels = 2, .cells = 1};
    const Network super = nas_bench_201::super_network(skeleton);
    std::vector<Architecture> cells{
        {{3, 3, 4, 1, 2, 0}}, {{0, 0, 0, 0, 0, 0}}, {{1, 1, 1, 1, 1, 1}}, {{4, 4, 4, 4, 4, 4}}, {{3, 3, 3, 3, 3, 3}}};
    Rng rng(8);
    const std::vector<std::string> five(5);
    const std::vector<Decision> decisions(6, Decision{"edge", five, false});
    for (int i = 0; i < 10; ++i)
        cells.push_back(random_architecture(Region(decisions), rng));
    // more samples than are carried at once
    const Tensor x = at::randn({19, 3, 8, 12}, torch_sdk::generator(1, "x"), at::TensorOptions(at::kDouble));
    int learning = 0;
    for (const Architecture& cell : cells) {
        INFO(to_string(cell));
        const Network network = resolved(super, Region(cell));
        const torch_sdk::Weights weights(network, {}, 3, at::kDouble);
        const Tensor expected = sample_gradients_one_by_one(network, weights, x);
        const std::optional<Tensor> seen = sample_gradients_at_once(network, weights, x);
        REQUIRE(seen);
        const Tensor a = expected.mm(expected.t()), b = seen->mm(seen->t());
        CHECK((a - b).abs().max().item<double>() <= 1e-10 * a.abs().max().item<double>());
        learning += a.abs().max().item<double>() > 0;
    }
    CHECK(learning >= 10);  // cells that ignore their input give the classifier zeros, so nothing learns there
}

TEST_CASE("layers that share a weight add their gradients", "[indicators]")
{
    Network n;
    std::size_t x = n.add(Op::input, {}, {{"shape", {2, 5, 5}}});
    for (int i = 0; i < 2; ++i)
        x = n.add(Op::batch_norm, {n.add(Op::conv, {x}, {{"out", {2}}, {"kernel", {3}}}, "shared")}, {}, "bn");
    n.add(Op::linear, {n.add(Op::global_average, {n.add(Op::relu, {x})})}, {{"out", {3}}}, "classifier");
    const torch_sdk::Weights weights(n, {}, 3, at::kDouble);
    const Tensor images = at::randn({5, 2, 5, 5}, torch_sdk::generator(1, "x"), at::TensorOptions(at::kDouble));
    const Tensor a = sample_gradients_one_by_one(n, weights, images);
    const Tensor b = *sample_gradients_at_once(n, weights, images);
    CHECK(a.sizes() == b.sizes());
    CHECK(at::allclose(a.mm(a.t()), b.mm(b.t())));
}

TEST_CASE("networks with other layers are left to automatic differentiation", "[indicators]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {2, 4, 4}}});
    const std::size_t conv = n.add(Op::conv, {n.add(Op::gelu, {x})}, {{"out", {2}}}, "w");
    n.add(Op::global_average, {conv});
    const torch_sdk::Weights weights(n, {}, 3);
    CHECK(!sample_gradients_at_once(n, weights, at::ones({2, 2, 4, 4})));
    CHECK(sample_gradients_one_by_one(n, weights, at::ones({2, 2, 4, 4})).size(1) == 4);
}
