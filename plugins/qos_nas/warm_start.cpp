// SPDX-License-Identifier: Apache-2.0
#include "warm_start.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <ATen/ops/empty.h>

#include "espalier/torch/network/forward.hpp"

#include "policies.hpp"
#include "request_branch.hpp"

namespace espalier::qos_nas {
namespace {

std::vector<Tensor> parameters(const Network& branch, const torch_sdk::Weights& weights)
{
    std::vector<Tensor> all;
    for (const Layer layer : branch)
        if (const std::string& name = layer.spec().weights; !name.empty()) {
            all.push_back(weights.layer(name).weight);
            all.push_back(weights.layer(name).bias);
        }
    return all;
}

}  // namespace

Tensor bandit_rewards(const Bandit& bandit, const Tensor& policies, const Tensor& rates)
{
    const PolicyRows rows(policies);
    const Tensor rewards = at::empty({rows.count()}, at::kDouble);
    auto* reward = rewards.mutable_data_ptr<double>();
    const auto rate = rates.accessor<double, 1>();
    for (std::int64_t i = 0; i < rows.count(); ++i)
        reward[i] = bandit.latency.fps(rows[i]) >= rate[i] ? bandit.accuracy(rows[i]) : 0;
    return rewards.to(policies.device(), policies.scalar_type());
}

WarmStart::WarmStart(const Network& branch, torch_sdk::Weights& weights, Bandit bandit, const Settings& settings)
    : branch_{branch},
      weights_{weights},
      bandit_{std::move(bandit)},
      settings_{settings},
      curriculum_{settings.curriculum},
      adam_{parameters(branch, weights), torch_sdk::Adam{.learning_rate = settings.learning_rate, .clip = 5}}
{
}

std::optional<std::size_t> WarmStart::steps() const
{
    return static_cast<std::size_t>((settings_.updates + settings_.updates_a_step - 1) / settings_.updates_a_step);
}

bool WarmStart::step(Step& step)
{
    const int first = static_cast<int>(step.index) * settings_.updates_a_step;
    const int end = std::min(settings_.updates, first + settings_.updates_a_step);
    for (int index = first; index < end; ++index)
        update(index, step.rng);
    return end < settings_.updates;
}

void WarmStart::update(int index, Rng& rng)
{
    const double progress = static_cast<double>(index) / settings_.updates;
    const Tensor rates =
        drawn_rates(bandit_.range, curriculum_.share(progress), settings_.log_uniform, settings_.batch, rng);
    const Tensor numbers =
        request_numbers(rates, bandit_.range, bandit_.latency, settings_.scale).to(weights_.device(), weights_.dtype());
    const Tensor p = torch_sdk::forward(branch_, weights_, numbers);
    const PolicyGradient gradient{
        .alpha = settings_.alpha_first + (settings_.alpha_last - settings_.alpha_first) * progress,
        .entropy_weight = settings_.entropy * (1 - progress),
        .samples = settings_.samples,
        .normalised = settings_.normalised};
    const auto rewards = [&](const Tensor& policies) { return bandit_rewards(bandit_, policies, rates); };
    const double falling =
        settings_.constant < 1 ? std::max(0.0, progress - settings_.constant) / (1 - settings_.constant) : 0;
    adam_.set_learning_rate(settings_.learning_rate * (1 - (1 - settings_.last) * falling));
    adam_.step(policy_loss(p, gradient, rewards, rng));
    curriculum_.observe(met(bandit_.latency, greedy(p), rates));
}

void WarmStart::save(const std::string& folder) const
{
    weights_.save(folder);
    adam_.save(folder, "adam");
    curriculum_.save(folder);
}

void WarmStart::load(const std::string& folder)
{
    weights_.load(folder);
    adam_.load(folder, "adam");
    curriculum_.load(folder);
}

}  // namespace espalier::qos_nas
