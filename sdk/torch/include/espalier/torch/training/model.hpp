// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "espalier/torch/data/data.hpp"
#include "espalier/torch/network/weights.hpp"

namespace espalier::torch_sdk {

/// A trained network with what is needed to use it. `forward(model.network, model.weights, x)` runs it.
struct Model {
    Network network;
    Weights weights;  ///< with the running statistics
    std::vector<Data::Input> inputs;
    Attributes preprocessing;  ///< what is done to examples first: TensorData::preprocessing
    Metrics metrics;           ///< how well it did
};

/// Writes a model folder: `network.json`, `weights.safetensors`, `model.json`; docs/models.md describes them.
/// @param folder is made if it is not there. @param metrics those that are no finite numbers are left out.
/// @throws Error naming the file that cannot be written.
ESPALIER_API void save_model(const std::string& folder, const Network&, const Weights&, const TensorData&,
                             const Metrics& metrics);

/// What `save_model` wrote; its outputs are the same, bit by bit.
/// @throws Error naming the file that is missing, damaged, or from another folder.
ESPALIER_API Model load_model(const std::string& folder, const c10::Device& = c10::Device(c10::kCPU));

}  // namespace espalier::torch_sdk
