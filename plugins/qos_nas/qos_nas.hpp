// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "espalier/option.hpp"
#include "espalier/setup.hpp"
#include "espalier/strategy.hpp"
#include "espalier/torch/data/data.hpp"
#include "espalier/torch/training/trainer.hpp"

#include "children.hpp"
#include "controller.hpp"
#include "evaluation.hpp"
#include "warm_start.hpp"

namespace espalier::qos_nas {

/// QoS-NAS: one meta-graph, trained, and a controller that chooses its modules for each image and requested frame rate.
/// The winner is a model, no architecture.
class QosNas final : public Strategy {
public:
    /// The recipe is the pre-training's.
    struct Options : torch_sdk::Recipe {
        Options();
        MetricName latency{"latency_ms"};
        double slowest_fps = 0, fastest_fps = 0;
        std::vector<std::int64_t> controller_widths{16, 32, 64};
        int controller_pool = 1, controller_hidden = 64;
        double request_scale = 1;
        double all_modules = 0.5, keep = 0.5;
        std::string drop = "falling";
        int search_epochs = 500;
        std::string turns = "epoch";
        double controller_share = 0.5, controller_rate = 5e-4, weights_rate = 5e-4;
        double alpha = 0.8, last_alpha = 0.97, entropy = 0.027;
        int samples = 1;
        bool normalised = false;
        std::string curriculum = "linear";
        double log_uniform = 0;
        int warm_start = 0;
        int tune_epochs = 300;
        double tune_rate = 1e-3, distillation = 0;
        int constants = 0;
        std::vector<Use<SearchSpace>> beside;
        int score_images = 0, curve_points = 21, draws = 1;
        static void describe(Describe<Options>&);
    };
    /// @throws Error for a space whose layers are not modules, data that are no labelled images, or without a reward.
    QosNas(const Options&, const Setup&);
    void search(Search&) override;
    bool announces_winners() const override { return true; }

private:
    torch_sdk::TrainingExamples examples(const Search&) const;
    Model model(Search&) const;
    JointSearch::Settings search_settings() const;
    WarmStart::Settings warm_settings() const;
    torch_sdk::Recipe tuning() const;
    void warm_up(Search&, Model&, const Lessons&) const;
    std::vector<std::unique_ptr<Child>> children(Search&, Model&, const Lessons&) const;
    Metrics metrics(const Results&, const Model&, std::span<const std::pair<std::string, FixedModel>>) const;

    Options options_;
    const torch_sdk::TensorData& data_;
    const Reward& reward_;
    torch_sdk::Replication replication_;
    std::string device_;
    std::vector<std::unique_ptr<SearchSpace>> beside_;
};

}  // namespace espalier::qos_nas
