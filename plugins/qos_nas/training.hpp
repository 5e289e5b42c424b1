// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <span>
#include <string>

#include "espalier/phase.hpp"
#include "espalier/reward.hpp"
#include "espalier/torch/training/trainer.hpp"

#include "curriculum.hpp"
#include "drop_path.hpp"
#include "model.hpp"
#include "reinforce.hpp"

namespace espalier::qos_nas {

/// What phases learn from; lent.
struct Lessons {
    const torch_sdk::TensorData& data;
    std::span<const std::int64_t> examples;  ///< which of the training split
    torch_sdk::Replication replication;
};

/// (a) The meta-graph alone, with random policies.
class Pretraining final : public Phase {
public:
    Pretraining(Model&, const Lessons&, const torch_sdk::Recipe&, const DropPath&);
    bool step(Step&) override;
    std::optional<std::size_t> steps() const override { return recipe_.known_epochs(); }
    void save(const std::string& folder) const override { trainer_.save(folder); }
    void load(const std::string& folder) override { trainer_.load(folder); }

private:
    Model& model_;
    torch_sdk::Recipe recipe_;
    DropPath drop_path_;
    torch_sdk::Trainer trainer_;
};

/// (b) Controller and meta-graph in turn: the controller by REINFORCE on what the reward says of each example, the
/// meta-graph with policies that the controller draws, mixed among the examples, so that its weights fit no image's
/// policy but all.
class JointSearch final : public Phase {
public:
    struct Settings {
        torch_sdk::Recipe recipe;     ///< of the meta-graph; its epochs are those of both
        bool by_epoch = true;         ///< whether whole epochs take turns, the controller's first; else batches
        double controller_share = 0;  ///< of the batches that are the controller's, unless by epoch
        double controller_rate = 1e-3;
        double alpha_first = 0.8, alpha_last = 0.97;  ///< of bounded probabilities, along a line
        double entropy = 0;                           ///< at first, falling along a line to 0
        int samples = 1;                              ///< as of PolicyGradient
        bool normalised = false;
        Curriculum::Kind curriculum = Curriculum::Kind::linear;
        double log_uniform = 0;  ///< of the requests, as `drawn_rates`
    };
    JointSearch(Model&, const Lessons&, const Reward&, const Settings&);
    bool step(Step&) override;
    std::optional<std::size_t> steps() const override { return settings_.recipe.known_epochs(); }
    void save(const std::string& folder) const override;
    void load(const std::string& folder) override;

private:
    struct Sums;
    torch_sdk::Descent of_controller(const torch_sdk::Batch&, double progress, Rng&, Sums&);
    torch_sdk::Descent of_meta_graph(const torch_sdk::Batch&, double progress, Rng&);
    double mean_rate(const torch_sdk::Batch&, double requested);
    Tensor requests(const torch_sdk::Batch&, double progress, Rng&) const;
    Tensor rewards(const torch_sdk::Batch&, const Tensor& rates, double progress, const Tensor& policies) const;

    Model& model_;
    const Reward& reward_;
    Settings settings_;
    Curriculum curriculum_;
    torch_sdk::Optimiser adam_;
    torch_sdk::Trainer trainer_;
};

/// (c) The meta-graph with the policies that the controller, which stays as it is, prefers.
class FineTuning final : public Phase {
public:
    /// @param distillation how much the full network teaches, which then learns beside; 0: labels alone.
    FineTuning(Model&, const Lessons&, const torch_sdk::Recipe&, double distillation);
    bool step(Step&) override;
    std::optional<std::size_t> steps() const override { return recipe_.known_epochs(); }
    void save(const std::string& folder) const override { trainer_.save(folder); }
    void load(const std::string& folder) override { trainer_.load(folder); }

private:
    Model& model_;
    torch_sdk::Recipe recipe_;
    double distillation_;
    torch_sdk::Trainer trainer_;
};

}  // namespace espalier::qos_nas
