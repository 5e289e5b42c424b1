// SPDX-License-Identifier: Apache-2.0
// Indicators of networks that can be computed with pencil and paper.
#include <cmath>

#include <ATen/ATen.h>

#include "espalier/torch/tensors/generator.hpp"

#include "activation_patterns.hpp"
#include "catch.hpp"
#include "hamming_kernel.hpp"
#include "jacobian_correlation.hpp"
#include "linear_regions.hpp"
#include "ntk_condition.hpp"
#include "output_sensitivity.hpp"

namespace {

using namespace espalier;
using namespace espalier::indicators;

/// x [features] -> linear -> [outputs]
Network linear_model(std::int64_t features, double outputs)
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {static_cast<double>(features)}}});
    n.add(Op::linear, {x}, {{"out", {outputs}}}, "model");
    return n;
}

Tensor rows(std::initializer_list<std::vector<double>> values)
{
    std::vector<Tensor> all;
    for (const std::vector<double>& row : values)
        all.push_back(at::tensor(row, at::kDouble));
    return at::stack(all);
}

}  // namespace

TEST_CASE("the tangent kernel of a linear model is X X^T", "[indicators]")
{
    const Network network = linear_model(3, 1);
    const torch_sdk::Weights weights(network, {}, 1, at::kDouble);
    const Tensor x = at::diag(at::tensor({1.0, 2.0, 3.0}, at::kDouble));
    const Tensor kernel = tangent_kernel(network, weights, x);
    CHECK(at::allclose(kernel, x.mm(x.t())));
    CHECK(inverse_condition(kernel) == Approx(1.0 / 9));
}

TEST_CASE("a kernel without full rank scores 0", "[indicators]")
{
    CHECK(inverse_condition(at::ones({3, 3}, at::kDouble)) <= 1e-15);
    CHECK(inverse_condition(at::zeros({3, 3}, at::kDouble)) == 0);
    CHECK(inverse_condition(at::diag(at::tensor({2.0, -1.0}, at::kDouble))) == 0);
}

TEST_CASE("the sensitivity of a linear map is the variance of the noise times the square of its mean row",
          "[indicators]")
{
    const Network network = linear_model(5, 4);
    const torch_sdk::Weights weights(network, {}, 3, at::kDouble);
    const std::int64_t samples = 200'000;
    const double sigma = 0.1;
    const Tensor noise =
        sigma * at::randn({samples, 5}, torch_sdk::generator(1, "noise"), at::TensorOptions(at::kDouble));
    const Tensor x = at::zeros({samples, 5}, at::kDouble);
    const OutputSensitivity seen =
        output_sensitivity(torch_sdk::forward(network, weights, x), torch_sdk::forward(network, weights, x + noise));
    const double expected = sigma * sigma * weights.at("model.weight").mean(0).square().sum().item<double>();
    CHECK(seen.variance == Approx(expected).epsilon(0.01));
    CHECK(seen.relative == 0);  // constant logits: no scale to compare with
}

TEST_CASE("the relative sensitivity does not change with the scale of the logits", "[indicators]")
{
    const Tensor clean = rows({{1, 2}, {3, 5}, {4, 9}}), noisy = rows({{1, 3}, {2, 5}, {4, 8}});
    // errors (0, 1), (-1, 0), (0, -1): mean square 1/2; variances of the columns 7/3 and 37/3
    CHECK(output_sensitivity(clean, noisy).relative == Approx(0.5 / (22.0 / 3)));
    CHECK(output_sensitivity(10 * clean, 10 * noisy).relative == Approx(0.5 / (22.0 / 3)));
    // means of the errors 1/2, -1/2, -1/2
    CHECK(output_sensitivity(clean, noisy).variance == Approx(1.0 / 3));
    CHECK(output_sensitivity(10 * clean, 10 * noisy).variance == Approx(100.0 / 3));
}

TEST_CASE("rows that answer alike correlate fully and count nothing", "[indicators]")
{
    const Tensor alike = correlation(rows({{1, 2, 4}, {1, 2, 4}, {2, 4, 8}}));
    CHECK(at::allclose(alike, at::ones({3, 3}, at::kDouble)));
    CHECK(correlations_below(alike, 0.25) == 0);
    const Tensor opposed = correlation(rows({{1, 2, 3}, {3, 2, 1}}));
    CHECK(opposed[0][1].item<double>() == Approx(-1));
    CHECK(correlations_below(opposed, 0.25) == 0);
}

TEST_CASE("a Jacobian that does not vary gives the least scores there are", "[indicators]")
{
    const Tensor r = correlation(rows({{0, 0, 0}, {1, 2, 5}, {4, 1, 1}}));
    CHECK(correlations_below(r, 0.25) == 0);
    // eigenvalues 3, 0, 0
    const double least = -(std::log(3 + 1e-5) + 1 / (3 + 1e-5) + 2 * (std::log(1e-5) + 1e5));
    CHECK(log_determinant_score(r) == Approx(least));
    CHECK(log_determinant_score(at::eye(3, at::kDouble)) == Approx(-3).epsilon(1e-4));
}

TEST_CASE("different activation patterns are counted once each", "[indicators]")
{
    ActivationPatterns patterns(4);
    patterns.add(rows({{-1, -1}, {-1, 2}, {-3, 1}, {1, 1}}));  // 00 01 01 11
    CHECK(ActivationPatterns::distinct({&patterns, 1}) == 3);
    CHECK(patterns.units() == 2);
    CHECK(patterns.equal(0, 0) == 2);
    CHECK(patterns.equal(0, 1) == 1);
    CHECK(patterns.equal(0, 3) == 0);
    CHECK(patterns.equal(1, 2) == 2);
    std::vector<ActivationPatterns> batches(2, patterns);
    CHECK(ActivationPatterns::distinct(batches) == 3);  // the same patterns again
    patterns.add(rows({{0, 1, 1}, {0, 1, 1}, {0, -1, 1}, {0, 1, 1}}));
    CHECK(ActivationPatterns::distinct({&patterns, 1}) == 4);
    CHECK(patterns.equal(0, 2) == 3);  // 0 is not active
}

TEST_CASE("patterns longer than a word keep every unit, in either memory format", "[indicators]")
{
    const Tensor x = at::randn({6, 5, 7, 3}, torch_sdk::generator(4, "x"), at::TensorOptions(at::kFloat));
    ActivationPatterns plain(6), last(6);
    plain.add(x);
    last.add(x.contiguous(at::MemoryFormat::ChannelsLast));
    const Tensor active = x.gt(0).flatten(1);
    for (std::int64_t i = 0; i < 6; ++i)
        for (std::int64_t j = 0; j < 6; ++j) {
            const auto expected = active[i].eq(active[j]).sum().item<std::int64_t>();
            CHECK(plain.equal(i, j) == expected);
            CHECK(last.equal(i, j) == expected);
        }
    CHECK(ActivationPatterns::distinct({&plain, 1}) == 6);
}

TEST_CASE("the Hamming kernel's determinant is never below that of a singular one", "[indicators]")
{
    ActivationPatterns patterns(3);
    patterns.add(rows({{1, 1, -1}, {1, 1, -1}, {1, -1, -1}}));
    const Tensor k = hamming_kernel(patterns);
    CHECK(at::equal(k, rows({{3, 3, 2}, {3, 3, 2}, {2, 2, 3}})));
    CHECK(log_determinant(k) == 0);
    CHECK(log_determinant(rows({{3, 1}, {1, 3}})) == Approx(std::log(8.0)));
    CHECK(log_determinant(at::zeros({3, 3}, at::kDouble)) == 0);
}

TEST_CASE("linear regions of one unit are its two sides, and a network without ReLUs has one", "[indicators]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {1, 1, 1}}});
    const std::size_t active = n.add(Op::relu, {x});
    Network without = n;
    n.add(Op::conv, {active}, {{"out", {1}}, {"kernel", {1}}}, "w");
    const torch_sdk::Weights weights(n, {}, 1);
    const Tensor patches = at::tensor({-2.0F, 1.0F, 3.0F, -1.0F, 0.5F}).reshape({5, 1, 1, 1});
    CHECK(linear_regions(n, weights, patches, 2) == 2);
    CHECK(linear_regions(n, weights, patches.narrow(0, 1, 2), 2) == 1);
    without.add(Op::global_average, {active});  // the classifier's ReLU is none of the cell's
    CHECK(linear_regions(without, weights, patches, 5) == 1);
}
