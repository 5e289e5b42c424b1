// SPDX-License-Identifier: Apache-2.0
#include "model.hpp"

#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include "espalier/torch/tensors/tensors.hpp"
#include "espalier/torch/training/model.hpp"

#include "policies.hpp"
#include "request_branch.hpp"

namespace espalier::qos_nas {

Tensor Model::probabilities(const Tensor& images, const Tensor& rates, torch_sdk::Mode mode)
{
    return controller.probabilities(images, request_numbers(rates, range, latency, scale), mode);
}

Tensor Model::greedy_policies(const Tensor& images, const Tensor& rates)
{
    return greedy(probabilities(images, rates, torch_sdk::Mode::eval));
}

Tensor Model::answers(const torch_sdk::Batch& batch, const Tensor& policies) const
{
    const c10::NoGradGuard no_graph;
    const torch_sdk::Gates chosen = gates(policies);
    return torch_sdk::forward(meta, weights, batch.inputs, {.gates = &chosen});
}

void Model::save(const std::string& folder, const torch_sdk::TensorData& data, const Metrics& metrics) const
{
    torch_sdk::save_model(folder + "/meta_graph", meta, weights, data, metrics);
    torch_sdk::save_model(folder + "/controller", controller.network(), controller.weights(), data, {});
    const auto modules = static_cast<std::int64_t>(latency.modules().size());
    Tensor layer = at::zeros({modules}, at::kLong), forced = at::zeros({modules}, at::kLong);
    for (std::size_t l = 0; l < latency.layers().size(); ++l) {
        for (const std::size_t decision : latency.layers()[l].decisions)
            layer[static_cast<std::int64_t>(decision)] = static_cast<std::int64_t>(l);
        if (latency.layers()[l].forced)
            forced[static_cast<std::int64_t>(*latency.layers()[l].forced)] = 1;
    }
    const auto numbers = [](std::vector<double> values) { return at::tensor(values, at::kDouble); };
    torch_sdk::save_tensors(folder + "/policy", {{"module_ms", numbers(latency.modules())},
                                                 {"layer", layer},
                                                 {"forced", forced},
                                                 {"fixed_ms", numbers({latency.fixed()})},
                                                 {"controller_ms", numbers({controller_ms})},
                                                 {"requests", numbers({range.low, range.high})},
                                                 {"scale", numbers({scale})}});
}

}  // namespace espalier::qos_nas
