// SPDX-License-Identifier: Apache-2.0
#include "weight_gradients.hpp"

#include <set>

#include <ATen/ops/zeros_like.h>

#include "espalier/torch/tensors/gradient.hpp"
#include "espalier/torch/training/loss.hpp"

#include "batch_statistics.hpp"

namespace espalier::indicators {

std::vector<WeightGradient> weight_gradients(const Network& network, const torch_sdk::Weights& weights,
                                             const Tensor& loss)
{
    std::set<std::string_view> seen;
    std::vector<WeightGradient> all;
    std::vector<Tensor> wanted;
    for (const Layer layer : network)
        if ((layer.op() == Op::conv || layer.op() == Op::linear) && seen.insert(layer.spec().weights).second) {
            wanted.push_back(weights.layer(layer.spec().weights).weight);
            all.push_back({wanted.back(), {}});
        }
    const std::vector<Tensor> found = torch_sdk::gradients(loss, wanted);
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i].gradient = found[i];
    return all;
}

Tensor training_loss(const Network& network, const torch_sdk::Weights& weights, const Tensor& x, const Tensor& labels)
{
    return torch_sdk::cross_entropy(torch_sdk::forward(network, weights, x, batch_statistics()), labels);
}

}  // namespace espalier::indicators
