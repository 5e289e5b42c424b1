// SPDX-License-Identifier: Apache-2.0
#include "reinforce.hpp"

#include <array>
#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include "espalier/torch/tensors/gradient.hpp"

#include "catch.hpp"

using namespace espalier;
using namespace espalier::qos_nas;

namespace {

constexpr double kAlpha = 0.8;

/// What the four policies of two modules are worth.
Tensor worth(const Tensor& policies)
{
    const Tensor first = policies.select(-1, 0), second = policies.select(-1, 1);
    return 0.3 + first * 0.5 - second * 0.2 + first * second * 0.4;
}

Tensor four_policies()
{
    return at::tensor({0., 0., 0., 1., 1., 0., 1., 1.}, at::kDouble).reshape({4, 2});
}

/// The expected reward of sampling, by enumeration in plain numbers.
double expected_reward(const std::array<double, 2>& logits)
{
    std::array<double, 2> q;
    for (std::size_t i = 0; i < 2; ++i) {
        const double p = 1 / (1 + std::exp(-logits[i]));
        q[i] = kAlpha * p + (1 - kAlpha) * (1 - p);
    }
    double sum = 0;
    for (const double first : {0., 1.})
        for (const double second : {0., 1.})
            sum += (first > 0 ? q[0] : 1 - q[0]) * (second > 0 ? q[1] : 1 - q[1]) *
                   (0.3 + first * 0.5 - second * 0.2 + first * second * 0.4);
    return sum;
}

std::array<double, 2> slopes(const std::array<double, 2>& logits)
{
    constexpr double kStep = 1e-5;
    std::array<double, 2> slope;
    for (std::size_t i = 0; i < 2; ++i) {
        std::array<double, 2> up = logits, down = logits;
        up[i] += kStep, down[i] -= kStep;
        slope[i] = (expected_reward(up) - expected_reward(down)) / (2 * kStep);
    }
    return slope;
}

}  // namespace

TEST_CASE("bounded probabilities leave room to explore", "[qos_nas]")
{
    const Tensor p = at::tensor({0., 0.1, 0.5, 0.9, 1.}, at::kDouble);
    const Tensor at_80 = at::tensor({0.2, 0.26, 0.5, 0.74, 0.8}, at::kDouble);
    const Tensor at_97 = at::tensor({0.03, 0.124, 0.5, 0.876, 0.97}, at::kDouble);
    CHECK((bounded(p, 0.8) - at_80).abs().max().item<double>() < 1e-15);
    CHECK((bounded(p, 0.97) - at_97).abs().max().item<double>() < 1e-15);
    // five modules that are to be off are all off
    const Tensor nothing = at::zeros({1, 5}, at::kDouble);
    CHECK(log_probability(nothing, bounded(nothing, 0.8)).exp().item<double>() == Approx(0.32768));
    Rng rng{4};
    const Tensor seen = drawn(bounded(at::zeros({20'000, 5}, at::kDouble), 0.8), rng);
    CHECK(seen.sum(1).eq(0).to(at::kDouble).mean().item<double>() == Approx(0.32768).margin(0.01));
    CHECK(seen.mean().item<double>() == Approx(0.2).margin(0.005));
}

TEST_CASE("the greedy policy follows the controller's own probabilities", "[qos_nas]")
{
    const Tensor p = at::tensor({0.5, 0.49999, 1., 0.}, at::kDouble);
    CHECK(at::equal(greedy(p), at::tensor({1., 0., 1., 0.}, at::kDouble)));
}

TEST_CASE("probability and entropy of a policy are sums over its modules", "[qos_nas]")
{
    const Tensor p = at::tensor({0.2, 0.7}, at::kDouble), policy = at::tensor({1., 0.}, at::kDouble);
    CHECK(log_probability(policy, p).item<double>() == Approx(std::log(0.2) + std::log(0.3)));
    CHECK(entropy(p).item<double>() ==
          Approx(-0.2 * std::log(0.2) - 0.8 * std::log(0.8) - 0.3 * std::log(0.3) - 0.7 * std::log(0.7)));
    // certain modules have finite logarithms
    CHECK(log_probability(policy, at::tensor({0., 1.}, at::kDouble)).item<double>() == Approx(2 * std::log(1e-6)));
}

TEST_CASE("REINFORCE's gradient is that of the expected reward", "[qos_nas]")
{
    const std::array<double, 2> numbers{0.4, -0.9};
    const Tensor logits = at::tensor({numbers[0], numbers[1]}, at::kDouble).requires_grad_();
    const std::array<double, 2> wanted = slopes(numbers);

    SECTION("with all policies, by their probabilities")
    {
        const Tensor policies = four_policies(), q = bounded(at::sigmoid(logits), kAlpha);
        const Tensor log_p = log_probability(policies, q);
        for (const double baseline : {0., 0.7}) {
            const Tensor surrogate = (log_p.detach().exp() * log_p * (worth(policies) - baseline)).sum();
            const Tensor slope = torch_sdk::gradients(surrogate, {&logits, 1}, true)[0];
            CHECK(slope[0].item<double>() == Approx(wanted[0]).epsilon(1e-7));
            CHECK(slope[1].item<double>() == Approx(wanted[1]).epsilon(1e-7));
        }
    }
    SECTION("with samples, against the greedy policy and against each other")
    {
        for (const int samples : {1, 4}) {
            Rng rng{9};
            const Tensor p = at::sigmoid(logits).expand({400'000 / samples, 2});
            const Tensor loss = policy_loss(p, {.alpha = kAlpha, .samples = samples}, worth, rng);
            const Tensor slope = torch_sdk::gradients(loss, {&logits, 1})[0];
            CHECK(-slope[0].item<double>() == Approx(wanted[0]).margin(0.003));
            CHECK(-slope[1].item<double>() == Approx(wanted[1]).margin(0.003));
        }
    }
}

TEST_CASE("a sample that is the greedy policy teaches nothing", "[qos_nas]")
{
    const Tensor logits = at::full({8, 2}, 5., at::kDouble).requires_grad_();
    Rng same{1};
    REQUIRE(at::equal(drawn(at::sigmoid(logits), same), greedy(at::sigmoid(logits))));
    Rng rng{1};
    const auto image_dependent = [](const Tensor& policies) { return worth(policies) * 0.1; };
    const Tensor loss = policy_loss(at::sigmoid(logits), {.alpha = 1}, image_dependent, rng);
    CHECK(loss.item<double>() == 0);
    CHECK(torch_sdk::gradients(loss, {&logits, 1})[0].abs().max().item<double>() == 0);
}

TEST_CASE("entropy keeps probabilities apart from 0 and 1", "[qos_nas]")
{
    const Tensor logits = at::tensor({2., -1.}, at::kDouble).reshape({1, 2}).requires_grad_();
    Rng rng{1};
    const auto nothing = [](const Tensor& policies) { return at::zeros({policies.size(0)}, at::kDouble); };
    const Tensor loss = policy_loss(at::sigmoid(logits), {.alpha = 0.8, .entropy_weight = 0.5}, nothing, rng);
    CHECK(loss.item<double>() == Approx(-0.5 * entropy(bounded(at::sigmoid(logits.detach()), 0.8)).item<double>()));
    const Tensor slope = torch_sdk::gradients(loss, {&logits, 1})[0];
    CHECK(slope[0][0].item<double>() > 0);  // descent brings both nearer to a half
    CHECK(slope[0][1].item<double>() < 0);
}
