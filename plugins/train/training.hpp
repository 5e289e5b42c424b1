// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>

#include <c10/core/Device.h>

#include "espalier/phase.hpp"
#include "espalier/torch/training/trainer.hpp"

namespace espalier::train {

/// Trains one network from scratch; a step is an epoch. What the candidate itself does wrong (out of memory, a layer
/// that cannot be computed) is kept as a reason beside the Error.
class Training final : public Phase {
public:
    /// Lent.
    struct Task {
        const Network& network;
        const torch_sdk::TensorData& data;
        std::span<const std::int64_t> examples;  ///< which of the training split are trained on
        std::uint64_t seed;                      ///< of the initial weights
    };
    Training(const Task&, const torch_sdk::Recipe&, const c10::Device&, const torch_sdk::Replication& = {});

    bool step(Step&) override;
    std::optional<std::size_t> steps() const override { return epochs_; }
    void save(const std::string& folder) const override { trainer_.save(folder); }
    void load(const std::string& folder) override { trainer_.load(folder); }

    const torch_sdk::Weights& weights() const { return weights_; }
    double loss() const { return trainer_.loss(); }  ///< mean over the last epoch, smoothed as in training
    const std::optional<std::string>& failure() const { return failure_; }

private:
    const Network& network_;
    std::optional<std::size_t> epochs_;
    torch_sdk::Weights weights_;
    torch_sdk::Trainer trainer_;
    std::optional<std::string> failure_;
};

}  // namespace espalier::train
