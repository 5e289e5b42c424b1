// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>

#include <ATen/core/Tensor.h>

#include "espalier/rng.hpp"

namespace espalier::qos_nas {
using at::Tensor;

// Policies are zeros and ones, one a module: [..., modules]. So are the probabilities that a module is on.

/// alpha p + (1 - alpha)(1 - p): whatever the controller says, samples explore.
Tensor bounded(const Tensor& p, double alpha);
/// A policy drawn of each row.
Tensor drawn(const Tensor& p, Rng&);
/// The modules that are likelier on than off, by the controller's own probabilities.
Tensor greedy(const Tensor& p);
/// Of a policy: the sum over its modules, [...].
Tensor log_probability(const Tensor& policy, const Tensor& p);
/// The sum of the modules' entropies, -p ln p - (1 - p) ln(1 - p), [...].
Tensor entropy(const Tensor& p);

/// What each example's policy is worth, [batch].
using PolicyRewards = std::function<Tensor(const Tensor& policies)>;

/// REINFORCE (Williams, 1992) on one batch.
struct PolicyGradient {
    double alpha = 0.8;         ///< of `bounded`
    double entropy_weight = 0;  ///< of a sample's entropy, beside its reward
    /// Policies drawn for each example. One is compared with the greedy policy (self-critical, as InstaNAS does),
    /// several with the mean of the others (leave one out).
    int samples = 1;
    bool normalised = false;  ///< advantages divided by their deviation over the batch
};

/// What to minimise: -mean over the examples and their samples of [log Pr(policy) * advantage + entropy].
/// @param p [batch, modules], the controller's probabilities, with their graph.
Tensor policy_loss(const Tensor& p, const PolicyGradient&, const PolicyRewards&, Rng&);

}  // namespace espalier::qos_nas
