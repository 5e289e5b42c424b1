// SPDX-License-Identifier: Apache-2.0
#include "reinforce.hpp"

#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/stack.h>
#include <c10/core/GradMode.h>

#include "espalier/torch/tensors/generator.hpp"

namespace espalier::qos_nas {
namespace {

/// Away from where a logarithm is infinite.
Tensor inside(const Tensor& p)
{
    return p.clamp(1e-6, 1 - 1e-6);
}

struct Samples {
    Tensor policies, advantages;  // [samples, batch, modules], [samples, batch]
};

Samples samples(const Tensor& p, const Tensor& explored, const PolicyGradient& gradient, const PolicyRewards& rewards,
                Rng& rng)
{
    const c10::NoGradGuard no_graph;
    std::vector<Tensor> policies, worth;
    for (int i = 0; i < gradient.samples; ++i) {
        policies.push_back(drawn(explored, rng));
        worth.push_back(rewards(policies.back()));
    }
    Tensor advantages = at::stack(worth);
    if (gradient.samples == 1)
        advantages = advantages - rewards(greedy(p));
    else
        advantages = (advantages - advantages.mean(0, true)) * (gradient.samples / (gradient.samples - 1.0));
    if (gradient.normalised)
        advantages = advantages / (advantages.std(false) + 1e-8);
    return {at::stack(policies), advantages};
}

}  // namespace

Tensor bounded(const Tensor& p, double alpha)
{
    return alpha * p + (1 - alpha) * (1 - p);
}

Tensor drawn(const Tensor& p, Rng& rng)
{
    const Tensor points = at::rand(p.sizes(), torch_sdk::generator(rng), p.options().device(at::kCPU));
    return points.to(p.device()).lt(p.detach()).to(p.scalar_type());
}

Tensor greedy(const Tensor& p)
{
    return p.detach().ge(0.5).to(p.scalar_type());
}

Tensor log_probability(const Tensor& policy, const Tensor& p)
{
    const Tensor q = inside(p);
    return (policy * q.log() + (1 - policy) * (1 - q).log()).sum(-1);
}

Tensor entropy(const Tensor& p)
{
    const Tensor q = inside(p);
    return -(q * q.log() + (1 - q) * (1 - q).log()).sum(-1);
}

Tensor policy_loss(const Tensor& p, const PolicyGradient& gradient, const PolicyRewards& rewards, Rng& rng)
{
    const Tensor explored = bounded(p, gradient.alpha);
    const auto [policies, advantages] = samples(p, explored, gradient, rewards, rng);
    const Tensor score = (log_probability(policies, explored) * advantages).mean();
    return -score - gradient.entropy_weight * entropy(explored).mean();
}

}  // namespace espalier::qos_nas
