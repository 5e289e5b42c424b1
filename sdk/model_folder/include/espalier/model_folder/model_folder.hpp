// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "espalier/data.hpp"
#include "espalier/evaluation.hpp"
#include "espalier/model_folder/tensor_file.hpp"
#include "espalier/network.hpp"

namespace espalier {

/// What a model folder says beside the network and its weights.
struct ModelFacts {
    std::vector<Data::Input> inputs;
    Shape output;
    Attributes preprocessing;  ///< what is done to examples first
    Metrics metrics;           ///< how well the network did
};

/// A trained network with what is needed to use it, as docs/models.md describes it.
struct ModelFolder {
    Network network;
    TensorFile weights;  ///< by full name, running statistics among them
    ModelFacts facts;
};

/// @param folder is made if it is not there. Metrics that are no finite numbers are left out.
/// @throws Error naming the file that cannot be written.
void write_model_folder(const std::string& folder, const Network&, std::span<const StoredTensor> weights,
                        const ModelFacts&);

/// @throws Error naming the file that is missing, damaged, or from another folder.
ModelFolder read_model_folder(const std::string& folder);

/// The file of its weights, for messages.
std::string weights_file(const std::string& folder);

}  // namespace espalier
