// SPDX-License-Identifier: Apache-2.0
#include "surrogate.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_solve.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include "policies.hpp"

namespace espalier::qos_nas {
namespace {

constexpr double kFloor = 0.85;

/// One policy: each child keeps about another share of the modules, each layer of it another one still.
Tensor random_child(const std::vector<PolicyLatency::Layer>& layers, std::int64_t modules, Rng& rng)
{
    const double keep = std::pow(rng.uniform(), 1.5);
    Tensor p = at::empty({1, modules});
    for (const PolicyLatency::Layer& layer : layers) {
        const double here = std::clamp(keep + 0.3 * rng.uniform() - 0.15, 0.02, 1.0);
        for (const std::size_t decision : layer.decisions)
            p[0][static_cast<std::int64_t>(decision)] = here;
    }
    return drawn(p, rng);
}

double pearson(const Tensor& x, const Tensor& y)
{
    const Tensor a = x - x.mean(), b = y - y.mean();
    return ((a * b).sum() / ((a * a).sum() * (b * b).sum()).sqrt()).item<double>();
}

}  // namespace

Surrogate::Surrogate(const Model& model, const Lessons& lessons, const Settings& settings, Rng& rng)
    : layers_{model.latency.layers()}
{
    const auto modules = static_cast<std::int64_t>(model.latency.modules().size());
    const auto count = std::min(static_cast<std::size_t>(settings.images), lessons.examples.size());
    const torch_sdk::Batch batch =
        lessons.data.batch(torch_sdk::Split::train, lessons.examples.first(count)).to(model.weights.device());
    std::vector<Tensor> rows;
    std::vector<double> right;
    for (int child = 0; child < settings.children; ++child) {
        const Tensor policy = random_child(layers_, modules, rng);
        const Tensor policies = policy.expand({static_cast<std::int64_t>(count), modules});
        const Tensor probabilities = at::softmax(model.answers(batch, policies), 1);
        right.push_back(probabilities.gather(1, batch.y.unsqueeze(1)).mean().item<double>());
        rows.push_back(at::tensor(features(PolicyRows(policy)[0]), at::kDouble));
    }
    floor_ = kFloor * *std::ranges::min_element(right);
    const Tensor p = at::tensor(right, at::kDouble).clamp(1e-3, 1 - 1e-3), x = at::stack(rows);
    const Tensor y = (p / (1 - p)).log(), mean = x.mean(0), centred = x - mean;
    const Tensor gram = centred.t().mm(centred) + settings.penalty * at::eye(x.size(1), at::kDouble);
    const Tensor weights = at::linalg_solve(gram, centred.t().mv(y - y.mean())).contiguous();
    weights_.assign(weights.const_data_ptr<double>(), weights.const_data_ptr<double>() + weights.numel());
    weights_.push_back((y.mean() - weights.dot(mean)).item<double>());
    correlation_ = pearson(x.mv(weights), y);
}

std::vector<double> Surrogate::features(std::span<const std::uint8_t> policy) const
{
    std::vector<double> all(policy.begin(), policy.end());
    for (const PolicyLatency::Layer& layer : layers_) {
        double count = 0;
        for (const std::size_t decision : layer.decisions)
            count += policy[decision];
        all.push_back(count == 0 ? 1 : 0);
        all.push_back(std::min(count, 3.0) / 3);
    }
    return all;
}

double Surrogate::probability(std::span<const std::uint8_t> policy) const
{
    const std::vector<double> x = features(policy);
    double logit = weights_.back();
    for (std::size_t i = 0; i < x.size(); ++i)
        logit += weights_[i] * x[i];
    return 1 / (1 + std::exp(-logit));
}

double Surrogate::above_floor(std::span<const std::uint8_t> policy) const
{
    return std::max(0.0, probability(policy) - floor_) / (1 - floor_);
}

}  // namespace espalier::qos_nas
