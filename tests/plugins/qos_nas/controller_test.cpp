// SPDX-License-Identifier: Apache-2.0
#include "controller.hpp"

#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>

#include "espalier/counts.hpp"

#include "catch.hpp"
#include "request_branch.hpp"

using namespace espalier;
using namespace espalier::qos_nas;

TEST_CASE("the controller is as large as the published one", "[qos_nas]")
{
    const Network published = controller_network({3, 32, 32}, 85, {.hidden = 0});
    CHECK(params(published) == 80'165);
    CHECK(macs(published) == 12'244'288);
    // the two numbers of a request and a layer that joins them with the image
    const Network joined = controller_network({3, 32, 32}, 85, {});
    CHECK(params(joined) == 80'165 + (64 + 2) * 64 + 64);
}

TEST_CASE("controllers look at images of any sides", "[qos_nas]")
{
    CHECK(controller_network({1, 28, 28}, 45, {.pool = 4, .widths = {8, 16, 32}}).output().shape() == Shape{45});
    CHECK(controller_network({3, 33, 14}, 45, {}).output().shape() == Shape{45});
    CHECK_THROWS_WITH(controller_network({12}, 45, {}), ContainsSubstring("looks at images"));
    CHECK_THROWS(controller_network({1, 4, 4}, 45, {.pool = 8}));
}

TEST_CASE("the image says nothing at first, and most modules are on", "[qos_nas]")
{
    Controller controller({1, 8, 8}, 10, {.widths = {4, 8}}, 3, at::kCPU);
    const Tensor numbers = at::tensor({-1.F, 1.F, 0.5F, -0.3F}).reshape({2, 2});
    const Tensor one = controller.probabilities(at::rand({2, 1, 8, 8}), numbers, torch_sdk::Mode::eval);
    const Tensor other = controller.probabilities(at::rand({2, 1, 8, 8}), numbers, torch_sdk::Mode::eval);
    CHECK(at::equal(one, other));
    CHECK(at::equal(greedy(one), at::ones_like(one)));
    CHECK_FALSE(one.requires_grad());
    // the branch that learns first is the same layers
    const Network branch = request_branch(64, 10);
    CHECK(at::allclose(one, torch_sdk::forward(branch, controller.weights(), numbers).detach()));
}

TEST_CASE("image and request both reach the probabilities, and training moves statistics", "[qos_nas]")
{
    Controller controller({1, 8, 8}, 10, {.widths = {4, 8}}, 3, at::kCPU);
    controller.weights().at("image.weight").detach().fill_(0.3);
    const Tensor images = at::rand({4, 1, 8, 8}), numbers = at::rand({4, 2});
    const Tensor before = controller.weights().at("stem.bn.running_mean").clone();
    const Tensor p = controller.probabilities(images, numbers, torch_sdk::Mode::train);
    CHECK(p.requires_grad());
    CHECK_FALSE(at::equal(before, controller.weights().at("stem.bn.running_mean")));
    const auto of = [&](const Tensor& x, const Tensor& r) {
        return controller.probabilities(x, r, torch_sdk::Mode::eval);
    };
    CHECK_FALSE(at::allclose(of(images, numbers), of(at::rand({4, 1, 8, 8}), numbers)));
    CHECK_FALSE(at::allclose(of(images, numbers), of(images, -numbers)));
}
