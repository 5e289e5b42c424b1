// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "espalier/torch/data/data.hpp"
#include "espalier/torch/network/weights.hpp"

#include "controller.hpp"
#include "policy_latency.hpp"
#include "requests.hpp"

namespace espalier::qos_nas {

/// What all phases of a search share and move.
struct Model {
    Network meta;
    torch_sdk::Weights weights;
    Controller controller;
    PolicyLatency latency;  ///< with the controller's
    double controller_ms;
    RequestRange range;
    double scale;  ///< of the numbers that requests become

    /// The controller's probabilities, [batch, modules]. @param rates [batch], per second.
    Tensor probabilities(const Tensor& images, const Tensor& rates, torch_sdk::Mode);
    /// The policies that it prefers.
    Tensor greedy_policies(const Tensor& images, const Tensor& rates);
    /// The meta-graph's answers with a policy for each example, without a graph.
    Tensor answers(const torch_sdk::Batch&, const Tensor& policies) const;

    /// Model folders "meta_graph" and "controller", and the file "policy": what each module takes, and the requests.
    /// @throws Error naming the file that cannot be written.
    void save(const std::string& folder, const torch_sdk::TensorData&, const Metrics&) const;
};

}  // namespace espalier::qos_nas
