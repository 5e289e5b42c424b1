// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "espalier/phase.hpp"
#include "espalier/torch/network/weights.hpp"
#include "espalier/torch/training/optimiser.hpp"

#include "curriculum.hpp"
#include "policy_latency.hpp"
#include "reinforce.hpp"
#include "requests.hpp"

namespace espalier::qos_nas {

/// Requests and what becomes of policies, without any image: a bandit.
struct Bandit {
    const PolicyLatency& latency;
    RequestRange range;
    /// R_acc of a policy, in [0, 1].
    std::function<double(std::span<const std::uint8_t> policy)> accuracy;
};

/// What the bandit pays, R_acc x R_QoS, example by example.
/// @param policies [batch, modules] on the CPU. @param rates [batch], double.
Tensor bandit_rewards(const Bandit&, const Tensor& policies, const Tensor& rates);

/// Trains the request branch of a controller on a bandit, which takes seconds: one that learns with images and the
/// meta-graph from the start collapses to shallow policies before it reacts to requests.
class WarmStart final : public Phase {
public:
    struct Settings {
        int updates = 1500, updates_a_step = 100, batch = 128, samples = 4;
        double learning_rate = 3e-3;
        double constant = 0.6, last = 0.02;  ///< share of the updates at full rate; then linearly to this share of it
        double alpha_first = 0.8, alpha_last = 0.995;
        double entropy = 0.002;  ///< at first, falling linearly to 0
        bool normalised = true;
        Curriculum::Kind curriculum = Curriculum::Kind::adaptive;
        double log_uniform = 0.5;  ///< share of the requests that is drawn uniformly in logarithms
        double scale = 2;          ///< of the numbers that requests become
    };
    /// @param weights hold the layers of `branch`, and perhaps others, which stay as they are.
    WarmStart(const Network& branch, torch_sdk::Weights& weights, Bandit, const Settings&);

    bool step(Step&) override;
    std::optional<std::size_t> steps() const override;
    void save(const std::string& folder) const override;
    void load(const std::string& folder) override;

private:
    void update(int index, Rng&);

    const Network& branch_;
    torch_sdk::Weights& weights_;
    Bandit bandit_;
    Settings settings_;
    Curriculum curriculum_;
    torch_sdk::Optimiser adam_;
};

}  // namespace espalier::qos_nas
