// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>

#include <c10/core/Device.h>

#include "espalier/phase.hpp"
#include "espalier/torch/data/data.hpp"
#include "espalier/torch/network/weights.hpp"
#include "espalier/torch/training/optimiser.hpp"

namespace espalier::train {

/// How one network is trained.
struct Recipe {
    int epochs = 12;
    int batch = 128;
    double learning_rate = 0.1;  ///< of the first step; falls to 0 along half a cosine
    double momentum = 0.9;
    double weight_decay = 5e-4;
    double label_smoothing = 0;
    double clip = 0;
    torch_sdk::Augmentation augmentation{.crop_padding = 4, .flip = true};
    std::uint64_t seed = 1;
};

/// Trains one network by stochastic gradient descent with Nesterov's momentum; a step is an epoch. What the candidate
/// itself does wrong (out of memory, a layer that cannot be computed) is kept as a reason beside the Error.
class Training final : public Phase {
public:
    /// @param network,data,examples are lent. @param examples which of the training split are trained on.
    Training(const Network& network, const torch_sdk::TensorData& data, std::span<const std::int64_t> examples,
             const Recipe&, const c10::Device&);

    bool step(Step&) override;
    std::optional<std::size_t> steps() const override { return static_cast<std::size_t>(recipe_.epochs); }
    void save(const std::string& folder) const override;
    void load(const std::string& folder) override;

    const torch_sdk::Weights& weights() const { return weights_; }
    double loss() const { return loss_; }  ///< mean over the last epoch, smoothed as in training
    const std::optional<std::string>& failure() const { return failure_; }
    /// What the data's task thinks of the outputs for these examples.
    Metrics scored(torch_sdk::Split, std::span<const std::int64_t> examples, Context&) const;

private:
    double epoch(Step&);

    const Network& network_;
    const torch_sdk::TensorData& data_;
    std::span<const std::int64_t> examples_;
    Recipe recipe_;
    c10::Device device_;
    torch_sdk::Weights weights_;
    torch_sdk::Optimiser optimiser_;
    double loss_ = 0;
    std::optional<std::string> failure_;
};

}  // namespace espalier::train
