// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "espalier/evaluation.hpp"
#include "espalier/network.hpp"
#include "espalier/torch/data/data.hpp"
#include "espalier/torch/network/weights.hpp"

namespace espalier::indicators {
using at::Tensor;

/// What every network is shown, the same for all.
struct Shown {
    Tensor images, labels;                ///< different training images
    Tensor second_images, second_labels;  ///< others, for `zico`
    Tensor noise;                         ///< normal numbers of the images' sizes, for `az_*`
};

/// Depends on data, batch, seed and repeat only.
Shown draw_shown(const torch_sdk::TensorData&, std::int64_t batch, std::uint64_t seed, int repeat,
                 const c10::Device& device);

/// The indicators that look at the very network that is scored, all with the same weights: normal, variance 2 / fan_in.
/// `trainability` and `jacobian_logdet` share one forward pass and its graph.
class ZeroCost {
public:
    static const std::vector<std::string>& all();
    static bool knows(std::string_view metric);
    /// Whether the metric is defined by the blocks that the space marks.
    static bool needs_blocks(std::string_view metric);

    explicit ZeroCost(std::vector<std::string> metrics);
    bool empty() const { return metrics_.empty(); }
    std::size_t size() const { return metrics_.size(); }

    /// Higher is better; -infinity for a network that ignores its input or that an indicator is not defined for.
    /// @param seed of weights and signs.
    Metrics operator()(const Network&, const Shown&, std::uint64_t seed, const c10::Device&) const;

private:
    bool wants(std::string_view metric) const;
    void on_images(const Network&, const torch_sdk::Weights&, const Shown&, std::uint64_t seed, Metrics&) const;
    void on_noise(const Network&, const torch_sdk::Weights&, const Shown&, Metrics&) const;
    void by_loss(const Network&, torch_sdk::Weights&, const Shown&, Metrics&) const;
    std::vector<std::string> metrics_;
};

}  // namespace espalier::indicators
