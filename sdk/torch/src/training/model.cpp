// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/training/model.hpp"

#include "espalier/error.hpp"
#include "espalier/model_folder/model_folder.hpp"

#include "../tensors/stored.hpp"

namespace espalier::torch_sdk {

void save_model(const std::string& folder, const Network& network, const Weights& weights, const TensorData& data,
                const Metrics& metrics)
{
    std::vector<std::pair<std::string, Tensor>> named;
    for (const NamedTensor& tensor : weights.tensors())
        named.emplace_back(tensor.name, tensor.value);
    write_model_folder(folder, network, Stored(named).tensors(),
                       {data.inputs(), data.output(), data.preprocessing(), metrics});
}

Model load_model(const std::string& folder, const c10::Device& device)
{
    const ModelFolder read = read_model_folder(folder);
    const auto tensors = tensors_in(read.weights);
    const auto dtype = tensors.empty() ? at::kFloat : tensors.front().second.scalar_type();
    Model model{read.network, Weights(read.network, {}, /*seed=*/0, dtype, device), read.facts.inputs,
                read.facts.preprocessing, read.facts.metrics};
    try {
        model.weights.assign(tensors);
    } catch (const Error& error) {
        throw Error(weights_file(folder) + ": " + error.what());
    }
    return model;
}

}  // namespace espalier::torch_sdk
